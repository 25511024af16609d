package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

const day = Duration(24 * time.Hour)

// Validate returns every problem of the spec, in the order of its fields: what
// contradicts itself, what nobody can fulfil, what proves nothing. c is the
// configuration of the region that it is for; nil: budgets and the region's own
// rules are not looked at. It is pure.
//
// Problems that depend on the hosts, such as a first ring that lacks a model, are
// Preview's.
func (s *Spec) Validate(c *Config) Problems {
	f := &finder{}
	f.head(s)
	f.rings(s, c)
	f.budgetRefs(s.Budgets, c)
	f.backout(s, c)
	f.authority(s, c)
	f.times(s)
	f.retry(s.Retry)
	f.share("growth", s.Growth, 0, Whole)
	once(f, "coverage", s.Coverage, f.dimension)
	once(f, "strata", s.Strata, f.dimension)
	if len(s.Strata) > 8 {
		f.refuse("strata", strconv.Itoa(len(s.Strata)), "want at most 8: each takes a part of the others' error")
	}
	f.text("salt", s.Salt)
	once(f, "replaces", s.Replaces, f.word)
	if slices.Contains(s.Replaces, s.ID) {
		f.refuse("replaces", string(s.ID), "a rollout cannot replace itself")
	}
	return f.found
}

func (f *finder) head(s *Spec) {
	f.word("id", string(s.ID))
	f.optional("title", s.Title)
	f.count("patches", len(s.Patches), 1, MaxPatches)
	f.patches("patches", s.Patches)
	for i, p := range s.Patches {
		if len(p.Payloads) == 0 {
			f.warn(fmt.Sprintf("patches[%d].payloads", i), string(p.ID),
				"no payload: nothing is fetched for it, and what is done rests on the catalogue alone")
		}
	}
	f.number("catalog.revision", s.Catalog.Revision)
	f.digest("catalog.digest", s.Catalog.Digest)
	if s.Target.IsZero() {
		f.refuse("target", "", "it is missing; every host is written always")
		return
	}
	f.footprint("target", s.Target)
}

func (f *finder) times(s *Spec) {
	f.within("silence", s.Silence, Duration(time.Minute))
	f.within("grant", s.Grant, Duration(time.Minute))
	f.within("run", s.Run, Duration(time.Minute))
	if s.Silence < s.Run {
		f.refuse("silence", s.Silence.String(),
			"want at least run (%v): a host that does as it may would count as failed", s.Run)
	}
	if s.NotAfter.IsZero() {
		return
	}
	for i, r := range s.Rings {
		if !r.NotBefore.Before(s.NotAfter) {
			f.refuse("notAfter", s.NotAfter.Format(time.RFC3339), "want an instant after the earliest of ring %q (rings[%d], %s)",
				r.Name, i, r.NotBefore.Format(time.RFC3339))
		}
	}
}

func (f *finder) retry(r Retry) {
	for _, class := range sortedClasses(r.Attempts) {
		path := "retry.attempts." + class.String()
		f.count(path, r.Attempts[class], 1, 20)
		if class > ClassContent {
			f.refuse(path, class.String(), "no such class of error")
		}
	}
	if r.Backoff != 0 {
		f.within("retry.backoff", r.Backoff, Duration(time.Minute))
	}
	if r.MaxBackoff != 0 {
		f.within("retry.maxBackoff", r.MaxBackoff, max(r.Backoff, Duration(time.Minute)))
	}
	f.count("retry.quarantine", r.Quarantine, 0, 100)
}

func sortedClasses(m map[Class]int) []Class {
	list := make([]Class, 0, len(m))
	for c := range m {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// authority checks who has to agree, and the emergency lane's own rules.
func (f *finder) authority(s *Spec, c *Config) {
	if s.Mode > Act {
		f.refuse("mode", s.Mode.String(), "want observe or act")
	}
	if s.Lane > Emergency {
		f.refuse("lane", s.Lane.String(), "want ordinary or emergency")
	}
	least := 0
	if s.Mode == Act {
		least = 1
	}
	f.approval("approval", s.Approval, max(least, emergencyNeed(s, c)))
	if s.Lane != Emergency || len(s.Rings) == 0 {
		return
	}
	first := s.Rings[0]
	if first.Count < 1 && first.Share == 0 || first.Share >= Whole {
		f.refuse("rings[0]", first.Name, "the emergency lane has canaries, too: want a count or a share below 100%% first")
	}
	if len(first.Gates) == 0 {
		f.refuse("rings[0].gates", "", "the emergency lane has gates, too: want one at least")
	}
}

// emergencyNeed returns how many people each approval of the spec needs for
// its lane.
func emergencyNeed(s *Spec, c *Config) int {
	switch {
	case s.Lane != Emergency:
		return 0
	case c == nil:
		return 2
	default:
		return max(2, c.EmergencyApprovers)
	}
}

// approval checks one approval that needs so many people at least.
func (f *finder) approval(path string, a Approval, least int) {
	need := strconv.Itoa(a.Need)
	switch {
	case a.Need < least && least > 1:
		f.refuse(path+".need", need, "want at least %d people in the emergency lane", least)
	case a.Need < least:
		f.refuse(path+".need", need, "want at least one person: nothing starts because nobody was asked")
	case a.Need < 0 || a.Need > fettle.MaxSignatures:
		f.refuse(path+".need", need, "want 0 to %d", fettle.MaxSignatures)
	case len(a.From) > 0 && a.Need > len(a.From):
		f.refuse(path+".need", need, "nobody can fulfil it: from names %d people", len(a.From))
	case len(a.From) > 0 && a.Need == len(a.From):
		f.warn(path+".need", need, "all of %s have to agree: none of them can be the one who proposes it",
			strings.Join(a.From, ", "))
	}
	once(f, path+".from", a.From, f.text)
	if a.Expires != 0 {
		f.within(path+".expires", a.Expires, Duration(time.Minute))
	}
}

// budgetRefs checks the budgets that a spec names.
func (f *finder) budgetRefs(refs []BudgetRef, c *Config) {
	seen := map[string]bool{}
	for i, ref := range refs {
		at := fmt.Sprintf("budgets[%d]", i)
		if seen[ref.Budget] {
			f.refuse(at+".budget", ref.Budget, "it is there twice")
		}
		seen[ref.Budget] = true
		f.count(at+".units", ref.Units, 0, maxHosts)
		if c == nil {
			continue
		}
		j := slices.IndexFunc(c.Budgets, func(b Budget) bool { return b.Name == ref.Budget })
		switch {
		case j < 0:
			f.refuse(at+".budget", ref.Budget, "the region has no such budget; it has %s", budgetNames(c))
		case c.Budgets[j].Units > 0 && ref.Units > c.Budgets[j].Units:
			f.refuse(at+".units", strconv.Itoa(ref.Units), "want at most the region's %d: a rollout narrows, it never widens", c.Budgets[j].Units)
		}
	}
}

func budgetNames(c *Config) string {
	names := make([]string, len(c.Budgets))
	for i, b := range c.Budgets {
		names[i] = b.Name
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
