package osv_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/feedtest"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/internal/oracle"
)

func advisory(id, extra string) string {
	return `{"id": "` + id + `", "modified": "2024-05-02T10:00:00Z"` + extra +
		`, "affected": [{"package": {"ecosystem": "npm", "name": "a"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}]}`
}

func collect(t *testing.T, files map[string]string, name string, opt *osv.Options) (feed.Collected, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for file, content := range files {
		fsys[file] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return feed.Collect(t.Context(), osv.NewSource(fsys, name, opt), "")
}

// Each probe lies between two good advisories. It is used, or refused with its
// file and cause, or skipped with a reason; the good ones are always used.
func TestProbes(t *testing.T) {
	t.Parallel()
	for name, probe := range map[string]struct {
		content string
		refused error  // wrapped by the refusal; nil: used
		text    string // part of the refusal
		note    string
	}{
		"GIT range before an ECOSYSTEM range": {`{"id": "P", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"},
			"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}]}`, nil, "", "GIT range"},
		"unknown field":           {advisory("P", `, "novelty": {"deep": [1, 2]}`), nil, "", "unknown field novelty"},
		"truncated file":          {advisory("P", "")[:100], osv.ErrTruncated, "p.json:1: ", ""},
		"empty file":              {"", osv.ErrEmpty, "p.json: ", ""},
		"white space":             {" \n\n", osv.ErrEmpty, "p.json: ", ""},
		"a field of 50 MB":        {advisory("P", `, "details": "`+strings.Repeat("x", 50<<20)+`"`), osv.ErrTooLarge, "p.json:1: ", ""},
		"deep nesting":            {advisory("P", `, "novelty": `+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)), osv.ErrDepth, "p.json:1: P: ", ""},
		"duplicate field":         {advisory("P", `, "id": "Q"`), osv.ErrDuplicateField, "p.json:1: P: ", ""},
		"not UTF-8":               {advisory("P", ", \"summary\": \"\xff\""), osv.ErrUTF8, "p.json:1: ", ""},
		"not JSON":                {"hello", osv.ErrSyntax, "p.json:1: ", ""},
		"wrong type":              {"{\"id\": \"P\",\n\"affected\": [{\"package\": []}]}", osv.ErrType, "p.json:2: P: affected[0].package: ", ""},
		"wrong type deeper":       {`{"id": "P", "affected": [{}, {"ranges": [{"events": [{"introduced": 1}]}]}]}`, osv.ErrType, "P: affected[1].ranges[0].events[0].introduced: ", ""},
		"a number":                {"7", osv.ErrSyntax, "p.json:1: ", ""},
		"null":                    {"null", osv.ErrSyntax, "p.json:1: ", ""},
		"no id":                   {`{"modified": "2024-05-02T10:00:00Z"}`, osv.ErrNoID, "p.json:1: id: ", ""},
		"malformed withdrawn":     {advisory("P", `, "withdrawn": "soon"`), nil, "withdrawn", ""},
		"malformed modified":      {strings.Replace(advisory("P", ""), "2024-05-02T10", "yesterday", 1), nil, "", "malformed date in modified"},
		"a year of five digits":   {strings.Replace(advisory("P", ""), "2024-05-02T10:00:00Z", "9999-12-31T23:59:59-01:00", 1), nil, "", "malformed date in modified"},
		"id used before":          {advisory("A", `, "published": "2020-01-01T00:00:00Z"`)[:0] + strings.Replace(advisory("A", ""), "2024", "2025", 1), osv.ErrDuplicate, "p.json:1: A: id: ", ""},
		"unknown ecosystem":       {strings.Replace(advisory("P", ""), "npm", "Haiku", 1), osv.ErrEcosystem, `P: osv: unknown ecosystem "Haiku"`, ""},
		"invalid version":         {strings.Replace(advisory("P", ""), "1.2.3", "1..2", 1), nil, "", "undecided range: invalid version"},
		"escaped characters":      {advisory("P", `, "summary": "\u00e9\ud83d\ude00"`), nil, "", ""},
		"null in place of a list": {advisory("P", `, "aliases": null, "related": null`), nil, "", ""},
		"a byte order mark":       {"\ufeff" + advisory("P", ""), nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := collect(t, map[string]string{"d/a.json": advisory("A", ""), "d/p.json": probe.content, "d/z.json": advisory("Z", "")}, "d", nil)
			require.NoError(t, err)
			require.Equal(t, 3, got.Tally.Read)
			require.Equal(t, got.Tally.Read, got.Tally.Used+len(got.Tally.Refused))
			if probe.refused == nil && probe.text == "" {
				require.Len(t, got.Patches, 3, "%v", got.Tally.Refused)
			} else {
				require.Len(t, got.Patches, 2)
				require.Len(t, got.Tally.Refused, 1)
				if probe.refused != nil {
					require.ErrorIs(t, got.Tally.Refused[0], probe.refused)
				}
				require.ErrorContains(t, got.Tally.Refused[0], probe.text)
				require.Less(t, len(got.Tally.Refused[0].Error()), 500)
			}
			if probe.note != "" {
				require.Equal(t, 1, got.Tally.Notes[probe.note], "%v", got.Tally.Notes)
			}
		})
	}
}

func TestFormsOfAFeed(t *testing.T) {
	t.Parallel()
	a, b := advisory("A", ""), advisory("B", "")
	var zipped, tarred, packed bytes.Buffer
	z, tw := zip.NewWriter(&zipped), tar.NewWriter(&tarred)
	for _, f := range []struct{ name, text string }{{"x/a.json", a}, {"README.md", "#"}, {"x/b.json", b}} {
		w, err := z.Create(f.name)
		require.NoError(t, err)
		_, err = w.Write([]byte(f.text))
		require.NoError(t, err)
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.text))}))
		_, err = tw.Write([]byte(f.text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, tw.Close())
	g := gzip.NewWriter(&packed)
	_, err := g.Write(tarred.Bytes())
	require.NoError(t, err)
	require.NoError(t, g.Close())
	for name, content := range map[string]string{
		"all.zip": zipped.String(), "all.tar": tarred.String(), "all.tar.gz": packed.String(), "download": packed.String(),
		"all.json": "[" + a + "," + b + "]", "all.jsonl": a + "\n" + b + "\n", "two.json": a + b,
	} {
		for _, in := range []string{name, "."} {
			got, err := collect(t, map[string]string{name: content}, in, nil)
			if in == "." && name == "download" {
				require.ErrorIs(t, err, osv.ErrNoRecords)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, 2, got.Tally.Read, name)
			require.Len(t, got.Patches, 2, name)
			require.True(t, got.Full)
		}
	}
}

func TestAFeedThatIsCutIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	var tarred bytes.Buffer
	tw := tar.NewWriter(&tarred)
	for _, id := range []string{"A", "B"} {
		text := advisory(id, "")
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: id + ".json", Mode: 0o644, Size: int64(len(text))}))
		_, err := tw.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, tw.Flush())
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	_, err := g.Write(tarred.Bytes())
	require.NoError(t, err)
	require.NoError(t, g.Close())
	array := "[" + advisory("A", "") + "," + advisory("B", "") + "]"
	for name, content := range map[string]string{
		"in a member":  tarred.String()[:700],
		"in a header":  tarred.String()[:1100],
		"in gzip":      packed.String()[:packed.Len()-20],
		"array":        array[:len(array)-1],
		"array's item": array[:len(array)-30],
	} {
		got, err := collect(t, map[string]string{"all": content}, "all", nil)
		require.ErrorIs(t, err, osv.ErrCut, name)
		require.ErrorContains(t, err, "all", name)
		require.Empty(t, got.Patches)
	}
	_, err = collect(t, map[string]string{"all": "[]"}, "all", nil)
	require.ErrorIs(t, err, osv.ErrNoRecords)
	_, err = collect(t, map[string]string{"d/README": "x"}, "d", nil)
	require.ErrorIs(t, err, osv.ErrNoRecords)
	_, err = collect(t, nil, "absent.json", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = collect(t, map[string]string{"all.zip": "PK\x03\x04garbage"}, "all.zip", nil)
	require.ErrorIs(t, err, zip.ErrFormat)
}

func TestTextBehindAnAdvisory(t *testing.T) {
	t.Parallel()
	got, err := collect(t, map[string]string{"a.json": advisory("A", "") + "\nx"}, "a.json", nil)
	require.NoError(t, err)
	require.Len(t, got.Patches, 1)
	require.ErrorIs(t, got.Tally.Refused[0], osv.ErrSyntax)
	require.ErrorContains(t, got.Tally.Refused[0], "a.json:2: ")
}

func TestYAMLNeedsAConverter(t *testing.T) {
	t.Parallel()
	files := map[string]string{"d/a.yaml": "id: A\n"}
	got, err := collect(t, files, "d", nil)
	require.NoError(t, err)
	require.ErrorIs(t, got.Tally.Refused[0], osv.ErrYAML)
	got, err = collect(t, files, "d", &osv.Options{YAML: func([]byte) ([]byte, error) { return []byte(advisory("A", "")), nil }})
	require.NoError(t, err)
	require.Len(t, got.Patches, 1)
	broken := errors.New("line 1: broken")
	got, err = collect(t, files, "d", &osv.Options{YAML: func([]byte) ([]byte, error) { return nil, broken }})
	require.NoError(t, err)
	require.ErrorIs(t, got.Tally.Refused[0], broken)
}

func TestTheSameAdvisoryTwice(t *testing.T) {
	t.Parallel()
	got, err := collect(t, map[string]string{"d/a.json": advisory("A", ""), "d/b.json": advisory("A", "")}, "d", nil)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"same advisory again": 1}, got.Tally.Skipped)

	// Of one instant, and yet another: which one is right cannot be told.
	got, err = collect(t, map[string]string{"d/a.json": advisory("A", ""), "d/b.json": advisory("A", `,"summary":"other"`)}, "d", nil)
	require.NoError(t, err)
	require.Len(t, got.Patches, 1)
	require.ErrorIs(t, got.Tally.Refused[0], osv.ErrDuplicate)
	require.ErrorContains(t, got.Tally.Refused[0], "d/b.json:1: A: id: ")
}

func TestFetchHonoursContextAndCursor(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"a.json": &fstest.MapFile{Data: []byte(advisory("A", ""))}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := feed.Collect(ctx, osv.NewSource(fsys, ".", nil), "")
	require.ErrorIs(t, err, context.Canceled)
	_, err = feed.Collect(t.Context(), osv.NewSource(fsys, ".", nil), "elsewhere")
	require.ErrorIs(t, err, feed.ErrCursor)
	first, err := feed.Collect(t.Context(), osv.NewSource(fsys, ".", nil), "")
	require.NoError(t, err)
	again, err := feed.Collect(t.Context(), osv.NewSource(fsys, ".", nil), first.Next)
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// Every advisory of real feeds is accounted for.
func TestRealFeeds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ read, used, refused int }{
		"osv-almalinux/osv-almalinux":           {2052, 2052, 0},
		"osv-bitnami/osv-bitnami":               {1200, 1200, 0},
		"osv-go/osv-go":                         {1079, 1079, 0},
		"csaf-to-osv-redhat/csaf-to-osv-redhat": {6, 2, 4}, // four are CSAF documents
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{"all.tar": &fstest.MapFile{Data: oracle.Read(t, name+".tar.xz")}}
			got, err := feed.Collect(t.Context(), osv.NewSource(fsys, "all.tar", nil), "")
			require.NoError(t, err)
			t.Logf("%s %v", got.Tally.String(), got.Tally.Notes)
			require.Equal(t, want.read, got.Tally.Read)
			require.Len(t, got.Tally.Refused, want.refused)
			require.Equal(t, want.used, got.Tally.Used)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(advisory("A", `, "withdrawn": "2024-01-01T00:00:00Z", "severity": [{"type": "CVSS_V3", "score": "x"}]`)))
	f.Add([]byte(`{"id": "X", "affected": [{"package": {"ecosystem": "SUSE:Linux Enterprise Server 15 SP5", "name": "b", "purl": "pkg:rpm/a?arch=src&rpmmod=a:b"}, "versions": ["1"], "ecosystem_specific": {"binaries": [{"a": "1"}, {"binary_name": "b", "binary_version": "2"}]}}]}`))
	f.Add([]byte(`{"id": "X", "affected": [{"package": {"ecosystem": "Debian:12", "name": "linux"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "1"}, {"limit": "*"}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, _, err := osv.Parse(data)
		if err != nil {
			return
		}
		m, err := record.Meaning()
		if err == nil && (m.Skip == "") == (m.Patch.ID == "" || m.Patch.Target.IsZero() || m.Patch.Installed.IsZero()) {
			t.Fatalf("%q: %+v", data, m)
		}
		if _, unwritten := json.Marshal(m.Patch); err == nil && m.Skip == "" && unwritten != nil {
			t.Fatalf("%q: read, and not to be written: %v", data, unwritten)
		}
	})
}

func FuzzSource(f *testing.F) {
	f.Add([]byte(advisory("A", "")))
	f.Add([]byte("[" + advisory("A", "") + "," + advisory("B", "") + "]"))
	f.Add([]byte(advisory("A", "") + "\n" + advisory("B", "")))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"a.json": &fstest.MapFile{Data: data, Mode: 0o644}}
		got, err := feed.Collect(t.Context(), osv.NewSource(fsys, "a.json", &osv.Options{MaxRecord: 4096}), "")
		skipped := 0
		for _, n := range got.Tally.Skipped {
			skipped += n
		}
		if err == nil && (got.Tally.Read == 0 || got.Tally.Read != got.Tally.Used+len(got.Tally.Refused)+skipped) {
			t.Fatalf("%q: %s", data, got.Tally.String())
		}
	})
}

func TestSourceKeepsTheContract(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	for i := range 1100 {
		lines.WriteString(advisory(fmt.Sprintf("A-%d", i), "") + "\n")
	}
	lines.WriteString("{}\n")
	fsys := fstest.MapFS{"all.jsonl": &fstest.MapFile{Data: []byte(lines.String())}, "cut.json": &fstest.MapFile{Data: []byte("[" + advisory("A", "") + ",")}}
	feedtest.Run(t, func(*testing.T) feed.Source { return osv.NewSource(fsys, "all.jsonl", nil) })
	feedtest.RunRefused(t, func(*testing.T) feed.Source { return osv.NewSource(fsys, "cut.json", nil) })
}
