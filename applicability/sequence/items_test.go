package sequence_test

import (
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/sequence"
	"github.com/fettle-dev/fettle/inventory"
)

// TestItems takes what a catalogue says about a host into an order.
func TestItems(t *testing.T) {
	t.Parallel()
	patch := func(name string, requires ...fettle.PatchID) applicability.Patch {
		p := applicability.Patch{
			ID: fettle.PatchID(name), Restart: fettle.RestartNone,
			Target:    applicability.MustParse("deb:" + name),
			Installed: applicability.MustParse("not deb:" + name + " < 2"),
		}
		if len(requires) > 0 {
			p.Requires = [][]fettle.PatchID{requires}
		}
		return p
	}
	catalog, problems := applicability.Compile([]applicability.Patch{patch("app", "lib"), patch("lib", "base"), patch("base"), patch("other")}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	host := &inventory.Record{Version: inventory.RecordVersion, Snapshot: inventory.Snapshot{
		Packages: []inventory.Package{
			{Type: "deb", Name: "app", Version: "1", Arch: "amd64"},
			{Type: "deb", Name: "base", Version: "2", Arch: "amd64"},
			{Type: "deb", Name: "lib", Version: "1", Arch: "amd64"},
			{Type: "deb", Name: "other", Version: "1", Arch: "amd64"},
		},
		Scope: inventory.Scope{Packages: []inventory.PackageScope{{Type: "deb", All: true}}},
	}}
	assessed := catalog.Assess(host, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		choose func(applicability.Finding) sequence.State
		want   string
	}{
		{nil, "stage 1: lib, app, other\nrestarts: 0\n"},
		{func(f applicability.Finding) sequence.State {
			if catalog.ID(int(f.Patch)) == "app" {
				return sequence.Wanted
			}
			return sequence.Available
		}, "stage 1: lib, app\nrestarts: 0\n"},
		{func(f applicability.Finding) sequence.State {
			if catalog.ID(int(f.Patch)) == "lib" {
				return sequence.Unavailable
			}
			return sequence.Wanted
		}, "stage 1: other\nleft out: app: requires lib, not to be had here\nrestarts: 0\n"},
	} {
		p, err := sequence.Order(sequence.Items(catalog, assessed, c.choose), nil)
		if err != nil || p.String() != c.want {
			t.Errorf("got\n%s%v\nwant\n%s", p, err, c.want)
		}
	}
}
