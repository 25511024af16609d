package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ran carries out one command line.
func ran(args ...string) (status int, out, errOut string) {
	var o, e bytes.Buffer
	p := program{in: strings.NewReader(""), out: &o, errOut: &e, now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	status = p.run(context.Background(), args)
	return status, o.String(), e.String()
}

// TestSavedCatalog judges a host by feeds and by what they were saved as.
func TestSavedCatalog(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	host := []string{"-host", file("status"), "-os", file("os-release")}
	feeds := []string{"-feed", "osv:" + file("advisory.json"), "-feed", "osv:" + file("cut.json")}
	with := func(more ...string) []string { return append(append([]string{}, host...), more...) }
	const when = ", saved 2026-11-21 00:00 UTC"
	for _, how := range [][]string{nil, {"-json"}, {"-explain", "TEST-1"}, {"-all"}} {
		wantStatus, want, wantErr := ran(with(append(append(how, feeds...), "-save", file("saved"))...)...)
		status, got, gotErr := ran(with(append(how, "-feed", "catalog:"+file("saved"))...)...)
		if status != wantStatus || status != somethingNeeded || strings.ReplaceAll(got, when, "") != want {
			t.Errorf("%v: status %d, want %d, by feeds\n%s%s\nby the saved catalogue\n%s%s", how, status, wantStatus, want, wantErr, got, gotErr)
		}
		if !strings.Contains(gotErr, "not used") || !strings.Contains(gotErr, "cut.json") {
			t.Errorf("%v: what could not be read was forgotten: %s", how, gotErr)
		}
	}
	_, summary, _ := ran(with("-summary", "-feed", "catalog:"+file("saved"))...)
	if !strings.Contains(summary, "advisory.json, saved 2026-11-21 00:00 UTC: read 1") {
		t.Errorf("the summary does not say what was saved when:\n%s", summary)
	}
	whole, err := os.ReadFile(file("saved"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("half"), whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"-feed catalog:@half", "cut off"},
		{"-feed catalog:@rubbish", "not a saved catalogue"},
		{"-feed catalog:@", "is a folder"},
		{"-feed catalog:@none", "no such file"},
		{"-feed catalog:@saved -feed osv:@advisory.json", "judged by itself"},
		{"-feed catalog:@saved -save @other", "saved already"},
		{"-feed catalog:@saved -baseline @none", "judged by itself"},
		{"-feed osv:@advisory.json -baseline @none -save @other", "without -lint and -baseline"},
		{"-feed oval:@none -save @other", "OVAL"},
		{"-feed osv:@advisory.json -save @none/other", "no such file"},
	} {
		status, _, errOut := ran(with(strings.Fields(strings.ReplaceAll(c.args, "@", dir+"/"))...)...)
		if status != noAnswer || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: status %d, %s", c.args, status, errOut)
		}
	}
	if parts, _ := filepath.Glob(file("*.part")); len(parts) > 0 {
		t.Errorf("left behind: %v", parts)
	}
}
