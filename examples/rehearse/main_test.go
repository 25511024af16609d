package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// rehearse runs the program and returns what it says.
func rehearse(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{out: &o, errs: &e, now: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
	status = p.run(t.Context(), args)
	return status, o.String(), e.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// quick is a rehearsal that takes a moment.
func quick(more ...string) []string {
	var args []string
	for _, flag := range [][2]string{
		{"-spec", "testdata/quick.json"},
		{"-hosts", "testdata/fleet.jsonl"},
		{"-policy", "policies"},
		{"-from", "2026-12-01"},
		{"-by", "2026-12-12"},
		{"-runs", "40"},
	} {
		if !slices.Contains(more, flag[0]) {
			args = append(args, flag[0], flag[1])
		}
	}
	return append(args, more...)
}

func TestTable(t *testing.T) {
	t.Parallel()
	status, out, errs := rehearse(t, quick()...)
	require.Empty(t, errs)
	require.Equal(t, exitLate, status)
	golden(t, "table.txt", out)
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	_, first, errs := rehearse(t, quick("-json", "-regions", "3", "-seed", "7")...)
	require.Empty(t, errs)
	_, again, _ := rehearse(t, quick("-json", "-regions", "3", "-seed", "7")...)
	require.Equal(t, first, again)
	_, other, _ := rehearse(t, quick("-json", "-regions", "3", "-seed", "8")...)
	require.NotEqual(t, first, other)

	var got struct {
		Runs, Hosts, Regions int
		Left                 leftOut
		Rings                []struct{ Ring string }
	}
	require.NoError(t, json.Unmarshal([]byte(first), &got))
	require.Equal(t, 40, got.Runs)
	require.Equal(t, 3, got.Regions)
	require.Equal(t, leftOut{Hosts: 48, Others: 2, Unknown: 1}, got.Left)
	require.Equal(t, 45, got.Hosts)
	require.Len(t, got.Rings, 2)
}

func TestPageStandsAlone(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile("testdata/quick.json")
	require.NoError(t, err)
	dir := t.TempDir()
	nasty := filepath.Join(dir, "spec.json")
	require.NoError(t, os.WriteFile(nasty, bytes.Replace(spec, []byte("curl, in"), []byte(`<script>alert(1)</script> in`), 1), 0o644))
	page := filepath.Join(dir, "report.html")
	_, _, errs := rehearse(t, quick("-spec", nasty, "-html", page)...)
	require.Empty(t, errs)
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	text := string(data)
	require.NotContains(t, text, "<script>alert")
	require.Contains(t, text, "&lt;script&gt;alert(1)")
	require.Contains(t, text, "prefers-color-scheme: dark")
	require.Contains(t, text, "<svg")
	for _, outside := range []string{"http:", "https:", "src=", "@import", "url("} {
		require.NotContains(t, text, outside, "the page needs nothing else")
	}
	require.NotContains(t, text, "ZgotmplZ", "a value that the template refused")
	require.NotContains(t, text, "NaN")
}

func TestRubbishIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		return name
	}
	spec, err := os.ReadFile("testdata/quick.json")
	require.NoError(t, err)
	change := func(name, old, to string) string {
		require.Contains(t, string(spec), old)
		return file(name, strings.Replace(string(spec), old, to, 1))
	}
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.Mkdir(empty, 0o755))
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "-spec is missing"},
		{"no hosts", []string{"-spec", "testdata/quick.json"}, "want either -hosts or -synthetic"},
		{"both", []string{"-spec", "testdata/quick.json", "-hosts", "x", "-synthetic", "3"}, "want either -hosts or -synthetic"},
		{"argument", quick("surplus"), `"surplus" is no flag`},
		{"mistyped flag", []string{"-sped", "x"}, "there is no flag -sped; there is -seed and -spec"},
		{"no value", []string{"-spec", "-hosts", "x"}, "its value is missing"},
		{"spec twice", []string{"-spec", "x", "-spec", "y"}, "is there twice"},
		{"empty value", []string{"-spec", ""}, "for flag -spec: is empty"},
		{"negative fleet", []string{"-spec", "testdata/quick.json", "-synthetic", "-4"}, "-synthetic -4: want 1 to 10000000"},
		{"no regions", quick("-regions", "0"), "-regions 0: want 1 to 10000"},
		{"runs", quick("-runs", "-1"), "-runs -1: want 1 to 100000"},
		{"share", quick("-fail", "2"), "want 0 to 1, or per cents as 2%"},
		{"share is no number", quick("-fail", "NaN"), "want 0 to 1"},
		{"size", quick("-payload", "12 parsecs"), "want a number of bytes with a unit"},
		{"date", quick("-from", "tomorrow"), "want an instant such as"},
		{"deadline first", quick("-by", "2026-11-01"), "want an instant after from"},
		{"everybody away", quick("-offline", "1"), "want below 100%"},
		{"too much", quick("-fail", "0.6", "-silent", "0.6"), "want at most 100%"},
		{"no such spec", quick("-spec", filepath.Join(dir, "none.json")), "none.json"},
		{"truncated spec", quick("-spec", file("cut.json", string(spec[:200]))), "cut.json"},
		{"bad gate", quick("-spec", change("gate.json", `"count": 1}`, `"count": -1}`)), "rings[0].gates[0]"},
		{"observe", quick("-spec", change("observe.json", `"act"`, `"observe"`)), "want act"},
		{"no config", quick("-spec", "specs/weekend.json"), "-config is missing"},
		{"no such hosts", quick("-hosts", filepath.Join(dir, "none.jsonl")), "none.jsonl"},
		{"empty hosts", quick("-hosts", file("empty.jsonl", "")), "no host in it"},
		{"rubbish hosts", quick("-hosts", file("rubbish.jsonl", "host,site\n1,2\n")), "rubbish.jsonl"},
		{"host twice", quick("-hosts", file("twice.jsonl", strings.Repeat(`{"version":1,"host":{"id":"a"},"snapshot":{"os":{"id":"debian"}}}`+"\n", 2))), "host a: it is there twice"},
		{"no target", quick("-hosts", file("others.jsonl", `{"version":1,"host":{"id":"a"},"snapshot":{"os":{"id":"alpine"}}}`+"\n")), "no host of it is a target"},
		{"presence", quick("-hosts", file("presence.jsonl", `{"version":1,"host":{"id":"a","labels":{"presence":"often"}},"snapshot":{"os":{"id":"debian"}}}`+"\n")), `label presence: "often"`},
		{"empty folder", quick("-policy", empty), "no *.json in this folder"},
		{"broken policy", quick("-policy", file("policy.json", "{}")), "policy.json"},
		{"broken config", quick("-config", file("config.json", `{"region": 3}`)), "config.json"},
		{"nowhere to write", quick("-html", filepath.Join(dir, "no", "report.html")), "report.html"},
	} {
		status, out, errs := rehearse(t, c.args...)
		require.Equal(t, exitUsage, status, c.name)
		require.Contains(t, errs, c.want, c.name)
		require.Empty(t, out, c.name)
	}
}

// Interrupted, it prints what there is and says so.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs bytes.Buffer
	p := program{out: &out, errs: &errs}
	require.Equal(t, exitStopped, p.run(ctx, quick()))
	require.Contains(t, errs.String(), "of 40 runs; what is printed is of those")
	require.Contains(t, out.String(), "RING")
}

// The samples beside the program go with a made-up fleet.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"specs/weekend.json", "specs/emergency.json"} {
		status, out, errs := rehearse(t, "-spec", spec, "-synthetic", "300", "-runs", "3", "-from", "2026-12-01")
		require.Empty(t, errs)
		require.NotEqual(t, exitUsage, status)
		require.Contains(t, out, "300 hosts in 1 region, 3 runs, seed 1")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	status, out, errs := rehearse(t, "-h")
	require.Equal(t, exitOK, status)
	require.Empty(t, errs)
	for _, flag := range []string{"-spec", "-synthetic", "-bad-patch", "-html", "presence"} {
		require.Contains(t, out, flag)
	}
}
