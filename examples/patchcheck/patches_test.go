package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPatchFiles: what people write by hand is read or named, never dropped.
func TestPatchFiles(t *testing.T) {
	t.Parallel()
	const hello = `{"id":"a","target":"deb:hello","installed":"every deb:hello >= 2.10-3+deb12u1"}`
	for name, c := range map[string]struct {
		text        string
		status      int
		out, errOut string
	}{
		"by hand":            {hello, somethingNeeded, "needed   -         a      hello:amd64", ""},
		"byte order mark":    {"\ufeff" + hello + "\r\n", somethingNeeded, "needed   -         a", ""},
		"as it is written":   {`{"fettleCatalog":1}` + "\n" + `{"id":"a","target":{"package":{"type":"deb","name":"hello"}},"installed":{"not":{"always":{}}}}`, somethingNeeded, "needed   -         a", ""},
		"a newer form":       {`{"fettleCatalog":2}`, noAnswer, "", "fettleCatalog: 2: want 1"},
		"one bad of two":     {hello + `{"id":"b","target":"deb:","installed":"always"}`, somethingNeeded, "read 2, used 1 in 1 patch, refused 1", "b: target: applicability: footprint: character 5: want the name"},
		"a member twice":     {`{"id":"a","id":"b","target":"always","installed":"always"}`, noAnswer, "", "id: is there twice"},
		"a slip":             {`{"id":"a","target":"deb:hello","installed":"not always","severty":"high"}`, somethingNeeded, "noted: not understood: severty of a (1)", ""},
		"a word not known":   {`{"id":"a","target":"deb:hello","installed":"not always","severity":"huge"}`, somethingNeeded, "noted: not understood: severity of a (1)", ""},
		"a forgotten member": {`{"id":"a","target":"deb:hello"}`, noAnswer, "unknown", "installed: applicability: footprint is not stated"},
		"cut":                {hello[:40], noAnswer, "", "behind byte 0: want a patch as a JSON object"},
		"no object":          {"[" + hello + "]", noAnswer, "", "want a patch as a JSON object"},
		"empty":              {"", noAnswer, "", "patches.json: is empty"},
		"white space":        {" \n", noAnswer, "", "holds no patch"},
		"an error page":      {"<!DOCTYPE html>", noAnswer, "", "want a patch as a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range map[string]string{"patches.json": c.text, "status": hostStatus, "os": "ID=debian\nVERSION_ID=12\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, errOut, status := run(t, "-host", filepath.Join(dir, "status"), "-os", filepath.Join(dir, "os"), "-feed", "patches:"+filepath.Join(dir, "patches.json"))
			if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errOut, c.errOut) || c.errOut == "" && errOut != "" {
				t.Errorf("status %d, want %d; wrote %q, want %q in it; said %q, want %q in it", status, c.status, out, c.out, errOut, c.errOut)
			}
		})
	}
}
