package rollout

import (
	"fmt"
	"strconv"

	"github.com/fettle-dev/fettle"
)

// rings checks the rings one by one, then how they go together.
func (f *finder) rings(s *Spec, c *Config) {
	f.count("rings", len(s.Rings), 1, MaxRings)
	if len(s.Rings) > MaxRings {
		return
	}
	names := map[string]int{}
	for i := range s.Rings {
		r := &s.Rings[i]
		at := fmt.Sprintf("rings[%d]", i)
		f.word(at+".name", r.Name)
		if before, ok := names[r.Name]; ok {
			f.refuse(at+".name", r.Name, "rings[%d] has this name", before)
		} else if r.Name == forBackout || r.Name == forResume {
			f.refuse(at+".name", r.Name, "in approvals this name stands for the back-out, or for a resume")
		}
		names[r.Name] = i
		f.size(at, r, i == len(s.Rings)-1)
		if !r.Eligible.IsZero() {
			f.footprint(at+".eligible", r.Eligible)
		}
		if r.Close != 0 {
			f.within(at+".close", r.Close, s.Run)
		}
		f.gates(at+".gates", r.Gates, gateRules{approvers: max(1, emergencyNeed(s, c)), last: i == len(s.Rings)-1, mode: s.Mode})
		f.provable(s, i)
	}
	f.pins(s.Rings)
	f.shares(s.Rings)
}

// size checks that exactly one of Share, Count and Rest says how many.
func (f *finder) size(at string, r *Ring, last bool) {
	stated := 0
	for _, is := range []bool{r.Share != 0, r.Count != 0, r.Rest} {
		if is {
			stated++
		}
	}
	switch {
	case stated == 0 && len(r.Pins) > 0:
		f.refuse(at, r.Name, "want a share, a count or the rest; a ring of nothing but its pins has count %d", len(r.Pins))
	case stated == 0:
		f.refuse(at, r.Name, "the ring is empty: want a share, a count or the rest")
	case stated > 1:
		f.refuse(at, r.Name, "want one of share, count and rest, found %d", stated)
	case r.Rest && !last:
		f.refuse(at+".rest", r.Name, "only the last ring takes the rest: later rings would be empty")
	}
	if r.Share != 0 {
		f.share(at+".share", r.Share, 1, Whole)
	}
	if r.Count != 0 {
		f.count(at+".count", r.Count, max(1, len(r.Pins)), maxHosts)
	}
}

func (f *finder) pins(rings []Ring) {
	in := map[fettle.HostID]int{}
	all := 0
	for i, r := range rings {
		for j, host := range r.Pins {
			at := fmt.Sprintf("rings[%d].pins[%d]", i, j)
			f.text(at, string(host))
			if before, ok := in[host]; ok {
				f.refuse(at, string(host), "it is pinned to ring %q, too: a host is in one ring", rings[before].Name)
				continue
			}
			in[host] = i
		}
		all += len(r.Pins)
	}
	if all > MaxPins {
		f.refuse("rings", strconv.Itoa(all), "want at most %d pins in all", MaxPins)
	}
}

// shares checks that the shares are those of one whole.
func (f *finder) shares(rings []Ring) {
	if len(rings) == 0 {
		return
	}
	sum, shared := uint64(0), false
	for _, r := range rings {
		sum += uint64(r.Share)
		shared = shared || r.Share != 0
	}
	last := rings[len(rings)-1]
	switch total := Share(min(sum, 1<<31)); {
	case total > Whole:
		f.refuse("rings", total.String(), "the shares are more than 100%% in all")
	case total == Whole && last.Rest:
		f.warn("rings", total.String(), "the shares are 100%% already: the rest, ring %q, gets only hosts that no other ring may have", last.Name)
	case total < Whole && shared && !last.Rest:
		f.refuse("rings", total.String(), "the shares are less than 100%% in all, and no last ring takes the rest: %v of the hosts would be in no ring", Whole-total)
	case !shared && !last.Rest:
		f.warn("rings", "", "every ring has a count: hosts beyond that get nothing")
	}
	if !last.Eligible.IsZero() {
		f.warn(fmt.Sprintf("rings[%d].eligible", len(rings)-1), last.Eligible.String(),
			"hosts that the last ring may not have, and no earlier one has, get nothing")
	}
}
