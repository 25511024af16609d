package rollout_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
)

func region() *rollout.Config {
	return &rollout.Config{
		Region:      "emea",
		Budgets:     []rollout.Budget{{Name: "cluster", Per: "label.cluster", Units: 2}, {Name: "region", Share: rollout.Percent(10)}},
		ClockMargin: rollout.Duration(time.Minute), PollEvery: rollout.Duration(15 * time.Minute),
	}
}

// paths returns the paths of the problems that are errors, or warnings.
func paths(p rollout.Problems, warning bool) []string {
	var all []string
	for _, one := range p {
		if one.Warning == warning {
			all = append(all, one.Path)
		}
	}
	return all
}

func TestAFullSpecIsValid(t *testing.T) {
	t.Parallel()
	if p := fullSpec().Validate(region()); len(p) != 0 {
		t.Errorf("%v", p)
	}
	if p := region().Validate(); len(p) != 0 {
		t.Errorf("%v", p)
	}
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	five := 5
	hours := func(n int) rollout.Duration { return rollout.Duration(n) * rollout.Duration(time.Hour) }
	for _, c := range []struct {
		name string
		do   func(*rollout.Spec)
		want []string // paths of errors
	}{
		{"no id", func(s *rollout.Spec) { s.ID = "" }, []string{"id"}},
		{"an id that looks like a back-out's", func(s *rollout.Spec) { s.ID = "a~backout" }, []string{"id"}},
		{"a control character in the title", func(s *rollout.Spec) { s.Title = "a\x1b[2J" }, []string{"title"}},
		{"no patches", func(s *rollout.Spec) { s.Patches, s.Backout = nil, nil }, []string{"patches"}},
		{"a patch twice", func(s *rollout.Spec) { s.Patches = append(s.Patches, s.Patches[0]) }, []string{"patches[1].id"}},
		{"a payload that is no digest", func(s *rollout.Spec) { s.Patches[0].Payloads[1] = "md5:1" }, []string{"patches[0].payloads[1]"}},
		{"a payload twice", func(s *rollout.Spec) { s.Patches[0].Payloads[1] = s.Patches[0].Payloads[0] }, []string{"patches[0].payloads[1]"}},
		{"no catalogue", func(s *rollout.Spec) { s.Catalog = rollout.CatalogRef{} }, []string{"catalog.revision", "catalog.digest"}},
		{"no target", func(s *rollout.Spec) { s.Target = applicability.Footprint{} }, []string{"target"}},
		{"a target of a newer kind", func(s *rollout.Spec) {
			s.Target = applicability.That(applicability.Not{Of: applicability.That(applicability.Opaque{Kind: "moon", JSON: "{}"})})
		}, []string{"target"}},
		{"an impossible version in a target", func(s *rollout.Spec) {
			s.Target = applicability.That(applicability.Package{Type: "deb", Name: "a", Range: applicability.Exactly("not a version")})
		}, []string{"target.package.range.intervals[0]"}},
		{"no rings", func(s *rollout.Spec) { s.Rings = nil }, []string{"rings"}},
		{"65 rings", func(s *rollout.Spec) { s.Rings = make([]rollout.Ring, 65) }, []string{"rings", "rings[0]", "rings[0].gates"}},
		{"two rings of one name", func(s *rollout.Spec) { s.Rings[2].Name = "half" }, []string{"rings[2].name"}},
		{"a ring named backout", func(s *rollout.Spec) { s.Rings[1].Name = "backout" }, []string{"rings[1].name"}},
		{"an empty ring", func(s *rollout.Spec) { s.Rings[1].Share = 0 }, []string{"rings[1]"}},
		{"a ring with a share and a count", func(s *rollout.Spec) { s.Rings[1].Count = 5 }, []string{"rings[1]"}},
		{"the rest not last", func(s *rollout.Spec) { s.Rings[1].Share, s.Rings[1].Rest = 0, true }, []string{"rings[1].rest"}},
		{"shares above 100 %", func(s *rollout.Spec) {
			s.Rings[2] = rollout.Ring{Name: "more", Share: rollout.Percent(51)}
		}, []string{"rings"}},
		{"shares below 100 %", func(s *rollout.Spec) { s.Rings[2] = rollout.Ring{Name: "more", Share: rollout.Percent(40)} }, []string{"rings"}},
		{"a host pinned twice", func(s *rollout.Spec) { s.Rings[1].Pins = []fettle.HostID{"h2", "h1"} }, []string{"rings[1].pins[1]"}},
		{"more pins than hosts", func(s *rollout.Spec) { s.Rings[0].Pins, s.Rings[0].Count = []fettle.HostID{"h1", "h2"}, 1 }, []string{"rings[0].count"}},
		{"a close shorter than run", func(s *rollout.Spec) { s.Rings[0].Close = hours(1) }, []string{"rings[0].close"}},
		{"a gate of nothing", func(s *rollout.Spec) { s.Rings[0].Gates[1] = rollout.Gate{} }, []string{"rings[0].gates[1]"}},
		{"a gate of two", func(s *rollout.Spec) { s.Rings[0].Gates[1].Bake = &rollout.BakeGate{For: hours(1)} }, []string{"rings[0].gates[1]"}},
		{"two rate gates", func(s *rollout.Spec) { s.Rings[0].Gates[1] = s.Rings[0].Gates[0] }, []string{"rings[0].gates[1]"}},
		{"a limit of 0", func(s *rollout.Spec) { s.Rings[0].Gates[0].Rate.Limit = 0 }, []string{"rings[0].gates[0].rate.limit"}},
		{"a pass error of 60 %", func(s *rollout.Spec) { s.Rings[0].Gates[0].Rate.PassError = rollout.Percent(60) }, []string{"rings[0].gates[0].rate.passError"}},
		{"a raw gate of nothing", func(s *rollout.Spec) { s.Rings[0].Gates[1].Raw = &rollout.RawGate{} }, []string{"rings[0].gates[1].raw"}},
		{"a raw gate of both", func(s *rollout.Spec) {
			s.Rings[0].Gates[1].Raw = &rollout.RawGate{Count: &five, Share: rollout.Percent(1)}
		}, []string{"rings[0].gates[1].raw"}},
		{"a bake of nothing", func(s *rollout.Spec) { s.Rings[0].Gates[3].Bake.For = 0 }, []string{"rings[0].gates[3].bake.for"}},
		{"an approval gate of one in the emergency lane", nil, []string{"rings[0].gates[4].approval.need"}},
		{"an approval that nobody can give", func(s *rollout.Spec) { s.Approval.Need = 4 }, []string{"approval.need"}},
		{"an approval of nobody", func(s *rollout.Spec) { s.Approval.Need = 0 }, []string{"approval.need"}},
		{"an approver twice", func(s *rollout.Spec) { s.Approval.From[1] = "ann" }, []string{"approval.from[1]"}},
		{"a signal that halts on what it wants", func(s *rollout.Spec) { s.Rings[0].Gates[5].Signal.Halt = "none" }, []string{"rings[0].gates[5].signal.halt"}},
		{"an unknown budget", func(s *rollout.Spec) { s.Budgets[0].Budget = "clutser" }, []string{"budgets[0].budget"}},
		{"a budget that widens", func(s *rollout.Spec) { s.Budgets[0].Units = 3 }, []string{"budgets[0].units"}},
		{"a budget twice", func(s *rollout.Spec) { s.Budgets = append(s.Budgets, s.Budgets[0]) }, []string{"budgets[1].budget"}},
		{"a back-out of nothing", func(s *rollout.Spec) { s.Backout.Patches = nil }, []string{"backout.patches", "backout.patches"}},
		{"a back-out that leaves one", func(s *rollout.Spec) { s.Patches = append(s.Patches, rollout.PatchRef{ID: "P2"}) }, []string{"backout.patches"}},
		{"a back-out of another's patch", func(s *rollout.Spec) { s.Backout.Patches[0].Undoes[0] = "P9" }, []string{"backout.patches[0].undoes[0]", "backout.patches"}},
		{"a back-out that undoes nothing", func(s *rollout.Spec) { s.Backout.Patches[0].Undoes = nil }, []string{"backout.patches[0].undoes", "backout.patches"}},
		{"a back-out that puts the patch on", func(s *rollout.Spec) { s.Backout.Patches[0].ID = "DSA-5764-1" }, []string{"backout.patches[0].id"}},
		{"a gate of the back-out", func(s *rollout.Spec) { s.Backout.Gates[0].Raw = nil }, []string{"backout.gates[0]"}},
		{"emergency by one person", func(s *rollout.Spec) { s.Approval.Need = 1 }, []string{"approval.need"}},
		{"emergency without canaries", func(s *rollout.Spec) { s.Rings = s.Rings[2:] }, []string{"rings[0]", "rings[0].gates"}},
		{"emergency with everybody as canaries", func(s *rollout.Spec) { s.Rings[0].Count, s.Rings[0].Share = 0, rollout.Whole }, []string{"rings", "rings[0]"}},
		{"no mode of that number", func(s *rollout.Spec) { s.Mode = 7 }, []string{"mode"}},
		{"no lane of that number", func(s *rollout.Spec) { s.Lane = 7 }, []string{"lane"}},
		{"silence shorter than run", func(s *rollout.Spec) { s.Silence = hours(3) }, []string{"silence"}},
		{"no times", func(s *rollout.Spec) { s.Silence, s.Grant, s.Run = 0, 0, 0 }, []string{"silence", "grant", "run"}},
		{"an end before a beginning", func(s *rollout.Spec) { s.NotAfter = s.Rings[0].NotBefore }, []string{"notAfter"}},
		{"no attempts", func(s *rollout.Spec) { s.Retry.Attempts[rollout.ClassDisk] = 0 }, []string{"retry.attempts.disk"}},
		{"a wait that shrinks", func(s *rollout.Spec) { s.Retry.MaxBackoff = rollout.Duration(time.Minute) }, []string{"retry.maxBackoff"}},
		{"a growth above 100 %", func(s *rollout.Spec) { s.Growth = 2_000_000 }, []string{"growth"}},
		{"a dimension of no form", func(s *rollout.Spec) { s.Coverage[1], s.Strata[0] = "label.", "OS" }, []string{"coverage[1]", "strata[0]"}},
		{"a stratum twice", func(s *rollout.Spec) { s.Strata = []string{"os", "os"} }, []string{"strata[1]"}},
		{"no salt", func(s *rollout.Spec) { s.Salt = "" }, []string{"salt"}},
		{"a salt with a zero byte", func(s *rollout.Spec) { s.Salt = "a\x00b" }, []string{"salt"}},
		{"a rollout that replaces itself", func(s *rollout.Spec) { s.Replaces[0] = s.ID }, []string{"replaces"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fullSpec()
			if c.do != nil {
				c.do(s)
			} else {
				s.Rings[0].Gates[4].Approval = &rollout.Approval{Need: 1}
			}
			found := s.Validate(region())
			errs := paths(found, false)
			// The words of the rules are read by eye in the log; the places are held.
			t.Log(found)
			if !slices.Equal(errs, c.want) {
				t.Errorf("got %q, want %q", errs, c.want)
			}
			if err := found.Err(); !errors.Is(err, rollout.ErrInvalid) {
				t.Errorf("%v", err)
			}
			for _, p := range found {
				if strings.Contains(p.Rule, "%!") || p.Rule == "" {
					t.Errorf("the rule reads %q", p.Rule)
				}
			}
		})
	}
}

func TestValidateWarns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*rollout.Spec)
		want string // path and words of the rule
	}{
		{"no payload", func(s *rollout.Spec) { s.Patches[0].Payloads = nil }, "patches[0].payloads: nothing is fetched"},
		{"a ring of 20 and a rate", func(s *rollout.Spec) { s.Rings[0].Count, s.Rings[0].Gates[0].Rate.PassError = 20, 0 }, "rings[0].gates[0].rate: needs 59 hosts without a failure and has 20"},
		{"a ring of 20 and a raw limit", func(s *rollout.Spec) {
			s.Rings[0].Count = 20
			s.Rings[0].Gates = []rollout.Gate{{Raw: &rollout.RawGate{Share: rollout.Percent(5)}}}
		}, "rings[0].gates[0].raw: a patch that fails on 8.3% of all hosts passes every second time, and one that fails on 21.6% still one time in twenty"},
		{"a raw limit that nothing breaks", func(s *rollout.Spec) {
			s.Rings[0].Count = 20
			s.Rings[0].Gates = []rollout.Gate{{Raw: &rollout.RawGate{Share: rollout.Whole}}}
		}, "rings[0].gates[0].raw: all 20 hosts may fail"},
		{"shares and the rest", func(s *rollout.Spec) { s.Rings[1].Share = rollout.Whole }, "rings: gets only hosts that no other ring may have"},
		{"counts alone", func(s *rollout.Spec) { s.Rings = s.Rings[:1]; s.Rings[0].Eligible = applicability.Footprint{} }, "rings: hosts beyond that get nothing"},
		{"a last ring for some", func(s *rollout.Spec) { s.Rings[2].Eligible = applicability.MustParse("site = london") }, "rings[2].eligible: get nothing"},
		{"no gates", func(s *rollout.Spec) { s.Rings[1].Gates = nil }, "rings[1].gates: the next ring opens at once"},
		{"gates that never halt", func(s *rollout.Spec) { s.Rings[1].Gates = []rollout.Gate{{Permit: &rollout.PermitGate{}}} }, "rings[1].gates: nothing halts here"},
		{"everybody has to agree", func(s *rollout.Spec) { s.Approval.Need = 3 }, "approval.need: none of them can be the one who proposes it"},
		{"a back-out that is not required and leaves one", func(s *rollout.Spec) {
			s.Backout.Required = false
			s.Patches = append(s.Patches, rollout.PatchRef{ID: "P2", Payloads: []fettle.Digest{digest("p2")}})
		}, "backout.patches: nothing takes these out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fullSpec()
			s.Lane = rollout.Ordinary
			c.do(s)
			found := s.Validate(nil)
			path, words, _ := strings.Cut(c.want, ": ")
			if err := found.Err(); err != nil || len(found.Warnings()) != 1 || found[0].Path != path || !strings.Contains(found[0].Rule, words) {
				t.Errorf("got %v, want a warning %s", found, c.want)
			}
		})
	}
}

func TestRegionsCanDemandABackout(t *testing.T) {
	t.Parallel()
	c := region()
	c.RequireBackout = true
	s := fullSpec()
	s.Backout = nil
	if got := paths(s.Validate(c), false); !slices.Equal(got, []string{"backout"}) {
		t.Errorf("%v", got)
	}
	s.Mode = rollout.Observe
	if err := s.Validate(c).Err(); err != nil {
		t.Errorf("observing needs none: %v", err)
	}
	c.EmergencyApprovers = 3
	if got := paths(fullSpec().Validate(c), false); !slices.Equal(got, []string{"rings[0].gates[4].approval.need", "approval.need"}) {
		t.Errorf("%v", got)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, do := range map[string]func(*rollout.Config){
		"region":             func(c *rollout.Config) { c.Region = "" },
		"budgets[1].name":    func(c *rollout.Config) { c.Budgets[1].Name = "cluster" },
		"budgets[0].per":     func(c *rollout.Config) { c.Budgets[0].Per = "Cluster" },
		"budgets[0]":         func(c *rollout.Config) { c.Budgets[0].Units = 0 },
		"budgets[1]":         func(c *rollout.Config) { c.Budgets[1].Units = 5 },
		"budgets[1].keys":    func(c *rollout.Config) { c.Budgets[1].Keys = map[string]int{"a": 1} },
		"budgets[0].keys.a":  func(c *rollout.Config) { c.Budgets[0].Keys = map[string]int{"a": -1, "b": 0} },
		"budgets[0].units":   func(c *rollout.Config) { c.Budgets[0].Units = -1 },
		"budgets[0].hold":    func(c *rollout.Config) { c.Budgets[0].Hold = 9 },
		"clockMargin":        func(c *rollout.Config) { c.ClockMargin = -1 },
		"pollEvery":          func(c *rollout.Config) { c.PollEvery = 0 },
		"emergencyApprovers": func(c *rollout.Config) { c.EmergencyApprovers = 1 },
		"budgets":            func(c *rollout.Config) { c.Budgets = budgets(257) },
	} {
		c := region()
		do(c)
		if got := paths(c.Validate(), false); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func budgets(n int) []rollout.Budget {
	var all []rollout.Budget
	for i := range n {
		all = append(all, rollout.Budget{Name: fmt.Sprintf("b%d", i), Units: 1})
	}
	return all
}
