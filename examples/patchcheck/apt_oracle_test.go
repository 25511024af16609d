package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/internal/oracle"
)

// listsDay is an instant at which the shared archive lists are in force.
const listsDay = "2026-11-22T00:00:00Z"

// run carries out one command line and returns what it wrote.
func run(t *testing.T, args ...string) (out, errOut string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	now, err := time.Parse(time.RFC3339, listsDay)
	if err != nil {
		t.Fatal(err)
	}
	p := program{in: strings.NewReader(""), out: &o, errOut: &e, now: now}
	status = p.run(t.Context(), args)
	return o.String(), e.String(), status
}

// decoded is one line of -json as another program reads it.
type decoded struct {
	Patch    string `json:"patch"`
	Verdict  string `json:"verdict"`
	Exposed  string `json:"exposed"`
	Restart  string `json:"restart"`
	Packages []struct {
		Name, Arch, Installed, Fixed string
		Held, Broken                 bool
	} `json:"packages"`
	Reasons []struct {
		Code string            `json:"code"`
		Args map[string]string `json:"args"`
	} `json:"reasons"`
}

func lines(t *testing.T, out string) []decoded {
	t.Helper()
	var all []decoded
	scan := bufio.NewScanner(strings.NewReader(out))
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var d decoded
		if err := json.Unmarshal(scan.Bytes(), &d); err != nil {
			t.Fatalf("%v in line %q", err, scan.Text())
		}
		all = append(all, d)
	}
	return all
}

// bookworm is the command line for a host against the lists that the recorded
// answers of apt were made with.
func bookworm(t *testing.T, host string, more ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("reads lists of 50 MB, in one goroutine: left out under the race detector")
	}
	args := []string{"-host", oracle.Path(t, host), "-keyring", oracle.Path(t, "apt/debian-archive-keyring.gpg"), "-feed"}
	for _, suite := range []string{"bookworm", "bookworm-security"} {
		args = append(args, "apt:"+oracle.Path(t, "apt/"+suite+"/InRelease")+","+oracle.Path(t, "apt/"+suite+"/Packages.xz"))
	}
	return append(args, more...)
}

type upgradable struct {
	Package, Arch, Candidate string
	DistUpgrade              bool `json:"dist_upgrade"`
}

// TestNeededIsWhatAptUpgrades holds the packages of the needed patches equal to
// the recorded "apt list --upgradable", with the versions that apt would take.
func TestNeededIsWhatAptUpgrades(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		count int
		held  []string
	}{
		{"bookworm", 83, nil},
		{"with-holds/bookworm", 82, []string{"nginx-common", "openssl", "unzip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := "oracles/apt-upgradable/" + c.name
			out, errOut, status := run(t, bookworm(t, base+".status.xz", "-os", oracle.Path(t, base+".os-release"), "-json")...)
			if status != somethingNeeded || errOut != "" {
				t.Fatalf("status %d, said %q", status, errOut)
			}
			want := map[string]upgradable{}
			for _, u := range oracle.Lines[upgradable](t, base+".upgradable.jsonl") {
				want[u.Package+":"+u.Arch] = u
			}
			if len(want) != c.count {
				t.Fatalf("the recorded answer has %d packages, want %d", len(want), c.count)
			}
			got := map[string]bool{}
			var held []string
			for _, d := range lines(t, out) {
				if d.Verdict != "needed" {
					continue
				}
				for _, p := range d.Packages {
					key := p.Name + ":" + p.Arch
					if got[key] {
						t.Errorf("%s: named by two needed patches", key)
					}
					got[key] = true
					u, ok := want[key]
					if !ok {
						t.Errorf("%s: %s is needed here, apt leaves the package alone", d.Patch, key)
					} else if p.Fixed != u.Candidate {
						t.Errorf("%s: fixed in %s, apt's candidate is %s", key, p.Fixed, u.Candidate)
					}
					if p.Held && u.DistUpgrade {
						t.Errorf("%s: said to be held, and apt's dist-upgrade takes it", key)
					}
					if p.Held {
						held = append(held, p.Name)
					}
				}
			}
			slices.Sort(held)
			if !slices.Equal(held, c.held) {
				t.Errorf("said to be held: %v, want %v", held, c.held)
			}
			for key := range want {
				if !got[key] {
					t.Errorf("%s: apt upgrades it, nothing here needs it", key)
				}
			}
		})
	}
}

// TestHalfUpgraded walks through what a host says that was stopped in the
// middle of an upgrade: package by package, what is said and why.
func TestHalfUpgraded(t *testing.T) {
	t.Parallel()
	out, _, status := run(t, bookworm(t, "inventory-dpkg/bookworm-half-upgraded.status.xz", "-json")...)
	if status != somethingNeeded {
		t.Fatalf("status %d", status)
	}
	said := map[string]string{}
	for _, d := range lines(t, out) {
		for _, p := range d.Packages {
			if d.Verdict != "needed" {
				continue
			}
			switch {
			case p.Broken:
				said[p.Name] = "broken"
			case p.Held:
				said[p.Name] = "held"
			default:
				said[p.Name] = "needed"
			}
			if p.Broken && !hasReason(d, "broken") {
				t.Errorf("%s: %s is broken, and no reason says so: %v", d.Patch, p.Name, d.Reasons)
			}
			if p.Held && !hasReason(d, "held") {
				t.Errorf("%s: %s is held, and no reason says so: %v", d.Patch, p.Name, d.Reasons)
			}
		}
	}
	for name, c := range map[string]struct{ want, why string }{
		"liblzma5":     {"broken", "dpkg left it unpacked at the fixed version: on disk, never configured, so to be repaired"},
		"tzdata":       {"broken", "likewise: install ok unpacked"},
		"openssl":      {"held", "hold ok installed, and the list has a newer version: needed, and the hold is said"},
		"unzip":        {"held", "likewise"},
		"nginx-common": {"held", "likewise; the other packages of nginx are needed and not held"},
		"libssl3":      {"needed", "of the same source as the held openssl: a hold counts for its own package only"},
		"mutt":         {"", "deinstall ok config-files: only its configuration is left, nothing to patch"},
	} {
		if said[name] != c.want {
			t.Errorf("%s: said %q, want %q: %s", name, said[name], c.want, c.why)
		}
	}
	for name, what := range said {
		if what == "broken" && name != "liblzma5" && name != "tzdata" {
			t.Errorf("%s: said to be broken, and dpkg has it whole", name)
		}
	}
}

func hasReason(d decoded, code string) bool {
	for _, r := range d.Reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}
