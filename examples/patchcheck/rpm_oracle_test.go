package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/internal/oracle"
)

func centos(t *testing.T) map[string]decoded {
	t.Helper()
	out, errOut, status := run(t,
		"-host", oracle.Path(t, "oracles/rpm-advisories/centos6.inventory.jsonl"),
		"-feed", "updateinfo:"+oracle.Path(t, "updateinfo/centos6-updateinfo.xml.xz"), "-json")
	if status != somethingNeeded || errOut != "" {
		t.Fatalf("status %d, said %q", status, errOut)
	}
	byID := map[string]decoded{}
	for _, d := range lines(t, out) {
		byID[d.Patch] = d
	}
	return byID
}

// TestAdvisoriesAreAsZypperSays compares every advisory with the recorded
// "zypper lp --all", which does not tell superseded from needed.
func TestAdvisoriesAreAsZypperSays(t *testing.T) {
	t.Parallel()
	got := centos(t)
	want := oracle.Lines[struct{ Advisory, Expected string }](t, "oracles/rpm-advisories/centos6.zypper-patches.jsonl")
	meaning := map[string][]string{
		"needed": {"needed", "superseded"}, "not needed": {"not-applicable"}, "applied": {"installed"},
	}
	for _, w := range want {
		if v := got[w.Advisory].Verdict; !slices.Contains(meaning[w.Expected], v) {
			t.Errorf("%s: %s, zypper says %s", w.Advisory, v, w.Expected)
		}
	}
	if len(want) != 427 || len(got) != len(want) {
		t.Errorf("%d advisories recorded, %d judged, want 427 of both", len(want), len(got))
	}
}

// TestPackagesAreAsDnfSays compares every package line of the recorded "dnf
// updateinfo list": available where the advisory would bring it forward here.
func TestPackagesAreAsDnfSays(t *testing.T) {
	t.Parallel()
	got := centos(t)
	want := oracle.Lines[struct{ Advisory, Nevra, Expected string }](t, "oracles/rpm-advisories/centos6.dnf-updateinfo.jsonl")
	for _, w := range want {
		d := got[w.Advisory]
		said := "installed"
		for _, p := range d.Packages {
			if p.Name+"."+p.Arch == nameArch(w.Nevra) && (d.Verdict == "needed" || d.Verdict == "superseded") {
				said = "available"
			}
		}
		if d.Verdict == "not-applicable" {
			said = "none of its packages is here"
		}
		if said != w.Expected {
			t.Errorf("%s %s: %s (%s), dnf says %s", w.Advisory, w.Nevra, said, d.Verdict, w.Expected)
		}
	}
	if len(want) != 1018 {
		t.Errorf("%d lines recorded, want 1018", len(want))
	}
}

// nameArch cuts version and release out of name-version-release.arch.
func nameArch(nevra string) string {
	name := nevra
	for range 2 {
		name = name[:strings.LastIndexByte(name, '-')]
	}
	return name + nevra[strings.LastIndexByte(nevra, '.'):]
}
