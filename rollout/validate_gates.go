package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// gateRules are what a list of gates has to follow beside each gate's own.
type gateRules struct {
	approvers int  // the fewest people of an approval
	last      bool // nothing opens after these gates
	mode      Mode
}

// kinds returns the words of what a gate states; one, if it is right.
func (g *Gate) kinds() []string {
	var all []string
	for _, k := range []struct {
		name string
		is   bool
	}{
		{"rate", g.Rate != nil},
		{"raw", g.Raw != nil},
		{"reach", g.Reach != nil},
		{"bake", g.Bake != nil},
		{"approval", g.Approval != nil},
		{"signal", g.Signal != nil},
		{"permit", g.Permit != nil},
	} {
		if k.is {
			all = append(all, k.name)
		}
	}
	return all
}

// Kind returns the gate's word: rate, raw, reach, bake, approval, signal or
// permit; "" if it states none or several.
func (g *Gate) Kind() string {
	if all := g.kinds(); len(all) == 1 {
		return all[0]
	}
	return ""
}

func (f *finder) gates(path string, list []Gate, rules gateRules) {
	f.count(path, len(list), 0, MaxGates)
	seen := map[string]int{}
	halts := false
	for i := range list {
		g, at := &list[i], fmt.Sprintf("%s[%d]", path, i)
		kind := g.Kind()
		if kind == "" {
			f.refuse(at, strings.Join(g.kinds(), ", "), "want exactly one of rate, raw, reach, bake, approval, signal and permit")
			continue
		}
		f.gate(at+"."+kind, g, rules)
		key := kind
		if g.Signal != nil {
			key = "signal " + g.Signal.Name
			halts = halts || g.Signal.Halt != ""
		}
		if before, ok := seen[key]; ok && g.Approval == nil {
			f.refuse(at, key, "%s[%d] is one already", path, before)
		}
		seen[key] = i
		halts = halts || g.Rate != nil || g.Raw != nil
	}
	switch {
	case rules.mode != Act:
	case len(list) == 0 && !rules.last:
		f.warn(path, "", "without a gate the next ring opens at once")
	case !halts && !rules.last:
		f.warn(path, "", "nothing halts here: a rate or raw gate stops a patch that fails")
	}
}

func (f *finder) gate(path string, g *Gate, rules gateRules) {
	switch {
	case g.Rate != nil:
		if g.Rate.Limit == 0 || g.Rate.Limit >= Whole {
			f.refuse(path+".limit", g.Rate.Limit.String(), "want above 0%% and below 100%%")
		}
		f.share(path+".passError", g.Rate.PassError, 0, Whole/2)
		f.share(path+".haltError", g.Rate.HaltError, 0, Whole/2)
	case g.Raw != nil:
		f.raw(path, g.Raw)
	case g.Reach != nil:
		f.raw(path, g.Reach)
	case g.Bake != nil:
		f.within(path+".for", g.Bake.For, Duration(time.Second))
	case g.Approval != nil:
		f.approval(path, *g.Approval, rules.approvers)
	case g.Signal != nil:
		f.text(path+".name", g.Signal.Name)
		f.text(path+".want", g.Signal.Want)
		if g.Signal.Halt == g.Signal.Want && g.Signal.Want != "" {
			f.refuse(path+".halt", g.Signal.Halt, "it is what the gate waits for, too")
		}
		f.within(path+".quiet", g.Signal.Quiet, 0)
	}
}

func (f *finder) raw(path string, g *RawGate) {
	switch {
	case g.Share != 0 && g.Count != nil:
		f.refuse(path, "", "want one of share and count, found both")
	case g.Count != nil:
		f.count(path+".count", *g.Count, 0, maxHosts)
	case g.Share == 0:
		f.refuse(path, "", "want a share or a count; count 0 is: none may fail")
	}
	f.share(path+".share", g.Share, 0, Whole)
	f.count(path+".min", g.Min, 0, maxHosts)
}

// effective returns what the gate promises, its defaults filled in.
func (g *RateGate) effective() gatestat.Spec {
	or := func(s Share) gatestat.Rate {
		if s == 0 {
			return 50_000
		}
		return gatestat.Rate(s)
	}
	return gatestat.Spec{Limit: gatestat.Rate(g.Limit), PassError: or(g.PassError), HaltError: or(g.HaltError)}
}

// provable warns where a ring of a known size cannot prove what its gates are
// about, and says what a ring of that size can.
func (f *finder) provable(s *Spec, i int) {
	r := &s.Rings[i]
	if r.Count < 1 || s.Mode != Act {
		return
	}
	raw, rated := -1, false
	for j, g := range r.Gates {
		if g.Raw != nil && g.Kind() == "raw" {
			raw = j
		}
		if g.Rate == nil || g.Kind() != "rate" {
			continue
		}
		rated = true
		need := gatestat.FewestHosts(g.Rate.effective())
		have, known := pooledHosts(s, i, g.Rate.Pool)
		if known && have < need {
			f.warn(fmt.Sprintf("rings[%d].gates[%d].rate", i, j), g.Rate.Limit.String(),
				"it needs %d hosts without a failure and has %d: it can halt, and it cannot pass", need, have)
		}
	}
	if raw < 0 || rated {
		return
	}
	g := r.Gates[raw].Raw
	most := g.Share.floorOf(r.Count)
	if g.Count != nil {
		most = *g.Count
	}
	if most >= r.Count {
		f.warn(fmt.Sprintf("rings[%d].gates[%d].raw", i, raw), "", "it passes whatever happens: all %d hosts may fail", r.Count)
		return
	}
	usual := RateGate{Limit: Percent(5)}
	if need := gatestat.FewestHosts(usual.effective()); r.Count < need {
		f.warn(fmt.Sprintf("rings[%d].gates[%d].raw", i, raw), "",
			"%s of which %d may fail prove little: a patch that fails on %v of all hosts passes every second time, "+
				"and one that fails on %v still one time in twenty; to show less than 5%% it takes %d hosts without a failure",
			hostsOf(r.Count), most, tenths(gatestat.PassedBy(r.Count, most, 500_000)), tenths(gatestat.PassedBy(r.Count, most, 50_000)), need)
	}
}

// tenths rounds a rate to tenths of a per cent, for people.
func tenths(r gatestat.Rate) Share { return Share((r + 500) / 1000 * 1000) }

// pooledHosts returns how many hosts the evidence of ring i can come from;
// false if that is not known before the hosts are.
func pooledHosts(s *Spec, i int, pool bool) (int, bool) {
	sum := s.Rings[i].Count
	for j := range i {
		if !pool {
			break
		}
		if s.Rings[j].Count < 1 {
			return 0, false
		}
		sum += s.Rings[j].Count
	}
	return sum, true
}
