package sequence

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle"
)

// Order plans the installation of the wanted items. Its error wraps ErrItems;
// a wanted patch that cannot be installed is in the plan's LeftOut.
func Order(items []Item, o *Options) (*Plan, error) {
	options := Options{Unknown: fettle.RestartHost, Effort: 20_000}
	if o != nil {
		options.HostRestart = o.HostRestart
		if o.Unknown != fettle.RestartUnknown {
			options.Unknown = o.Unknown
		}
		if o.Effort > 0 {
			options.Effort = o.Effort
		}
	}
	g, err := newGraph(items, &options)
	if err != nil {
		return nil, err
	}
	pairs := g.conflicts()
	left := g.leaveOut(pairs)
	effort := min(options.Effort, 1+10_000_000/(1+len(items)))
	best, clash, err := g.draw(pairs, effort)
	for err == nil && len(clash) > 0 {
		for _, i := range clash {
			g.out[i] = true
		}
		g.prune(left)
		best, clash, err = g.draw(pairs, effort)
	}
	if err != nil {
		return nil, err
	}
	plan := g.plan(best.stages, &options)
	plan.AtLeast = best.atLeast
	for i, reason := range left {
		plan.LeftOut = append(plan.LeftOut, LeftOut{Patch: g.id(i), Reason: reason})
	}
	slices.SortFunc(plan.LeftOut, func(a, b LeftOut) int { return cmp.Compare(a.Patch, b.Patch) })
	return plan, nil
}

func (g *graph) plan(stages []stage, o *Options) *Plan {
	p := &Plan{}
	done := make([]bool, len(g.items)) // and in force
	for _, s := range stages {
		t := Stage{Restart: fettle.RestartNone, Assumed: true}
		for _, i := range g.arrange(s.items, done) {
			patch := g.items[i].Patch
			t.Patches = append(t.Patches, patch.ID)
			t.Estimate += patch.Estimate
			if patch.Estimate == 0 {
				t.Unestimated++
			}
			if n := g.needs[i]; n.restart {
				t.Assumed = t.Assumed && n.assumed
			} else if patch.Restart == fettle.RestartService || patch.Restart == fettle.RestartUnknown && o.Unknown == fettle.RestartService {
				t.Restart = fettle.RestartService
			}
		}
		for _, i := range s.items {
			done[i] = true
		}
		if s.restart {
			for i, item := range g.items {
				done[i] = done[i] || item.State == Pending
			}
			t.Restart = fettle.RestartHost
			t.Estimate += o.HostRestart
			p.Restarts++
		}
		t.Assumed = t.Assumed && s.restart && !s.pending
		p.Estimate += t.Estimate
		p.Unestimated += t.Unestimated
		p.Stages = append(p.Stages, t)
	}
	return p
}
