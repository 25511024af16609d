package sequence

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// ErrItems is wrapped by the error of Order for items that are no set of
// patches: one without a patch or an ID, two with one ID, too many.
var ErrItems = errors.New("sequence: items cannot be ordered")

// MaxItems is the largest number of items that Order takes.
const MaxItems = 100_000

// Item is a patch and how it stands on the host.
type Item struct {
	Patch *applicability.Patch // is read only
	State State
}

// State is how a patch stands on the host in question.
type State uint8

// The states. The zero value is Unavailable, so a patch whose state was
// forgotten is not installed.
const (
	Unavailable State = iota // not to be had here; known for what it supersedes and holds
	Wanted                   // to be installed
	Available                // may be installed if a wanted one requires it
	Installed                // on disk and in force
	Pending                  // on disk, in force after a restart of the host
)

// Options are a nil *Options or zero where the defaults will do.
type Options struct {
	// Unknown is what a patch whose restart is unknown is taken for. Default:
	// fettle.RestartHost.
	Unknown fettle.Restart
	// HostRestart is how long a restart of the host takes; it counts into the
	// estimates.
	HostRestart time.Duration
	// Effort bounds the search, in stages that are tried. Default 20,000; with
	// more than some 500 items it is less, so that the time stays bounded.
	Effort int
}

// Plan is an order in which the patches can be installed.
type Plan struct {
	Stages []Stage
	// LeftOut are the wanted patches that are in no stage, by ID.
	LeftOut []LeftOut
	// Restarts is how often the host restarts: the stages whose Restart is
	// RestartHost.
	Restarts int
	// AtLeast is a number of restarts below which no order of these patches can
	// go. Equal to Restarts: the plan is proven to be the best.
	AtLeast int
	// Estimate is how long installing and restarting takes, as far as the
	// patches say; Unestimated counts those that do not.
	Estimate    time.Duration
	Unestimated int
}

// Stage is what is installed between two restarts of the host.
type Stage struct {
	Patches []fettle.PatchID // in the order of installing; none: only the restart that was pending
	// Restart is what follows the stage: none, the services concerned, or the
	// host.
	Restart fettle.Restart
	// Assumed says that the host restarts only because of patches that do not
	// say what they need.
	Assumed     bool
	Estimate    time.Duration // with the restart of the host
	Unestimated int
}

// LeftOut says why a wanted patch is not in the plan.
type LeftOut struct {
	Patch  fettle.PatchID
	Reason fettle.Reason
}

// The codes of the reasons in Plan.LeftOut.
const (
	// CodeMissing: none of the alternatives in the argument "requires" is
	// installed, to be had here, or left in the plan.
	CodeMissing = "missing-prerequisite"
	// CodeCycle: the patch requires itself by way of "by".
	CodeCycle = "cycle"
	// CodeConflict: the patch conflicts with "by", which is installed or comes
	// first: the more severe one, else the one whose ID sorts first.
	CodeConflict = "conflict"
	// CodeBundled: the patch is part of "by", which is in the plan.
	CodeBundled = "bundled"
)

// String writes the plan for people, a line for each stage, restart and patch
// left out.
func (p *Plan) String() string {
	var b strings.Builder
	for i, s := range p.Stages {
		ids := make([]string, len(s.Patches))
		for j, id := range s.Patches {
			ids[j] = string(id)
		}
		if len(ids) == 0 {
			ids = []string{"nothing"}
		}
		fmt.Fprintf(&b, "stage %d: %s\n", i+1, strings.Join(ids, ", "))
		switch {
		case s.Restart == fettle.RestartHost && s.Assumed:
			b.WriteString("  restart the host (to be safe: the vendor does not say)\n")
		case s.Restart == fettle.RestartHost:
			b.WriteString("  restart the host\n")
		case s.Restart == fettle.RestartService:
			b.WriteString("  restart the services\n")
		}
	}
	for _, l := range p.LeftOut {
		fmt.Fprintf(&b, "left out: %s: %s\n", l.Patch, ReasonText(l.Reason))
	}
	fmt.Fprintf(&b, "restarts: %d", p.Restarts)
	if p.AtLeast < p.Restarts {
		fmt.Fprintf(&b, ", at least %d", p.AtLeast)
	}
	if p.Estimate > 0 {
		fmt.Fprintf(&b, "; %s", p.Estimate)
		if p.Unestimated > 0 {
			fmt.Fprintf(&b, ", without %d that give no estimate", p.Unestimated)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// ReasonText renders the reason of a LeftOut for people.
func ReasonText(r fettle.Reason) string {
	switch r.Code {
	case CodeMissing:
		return "requires " + r.Args["requires"] + ", not to be had here"
	case CodeCycle:
		return "requires itself by way of " + r.Args["by"]
	case CodeConflict:
		return "conflicts with " + r.Args["by"]
	case CodeBundled:
		return "comes with " + r.Args["by"]
	default:
		return r.Code
	}
}

// Items makes items of what a catalogue says about a host: what is Needed is
// Wanted, what waits for a restart is Pending, and so on. choose, where it is
// not nil, may say otherwise for what is Needed: Wanted, Available or
// Unavailable, as approval and policy have it.
func Items(c *applicability.Catalog, a *applicability.Assessment, choose func(applicability.Finding) State) []Item {
	items := make([]Item, 0, len(a.Findings))
	for _, f := range a.Findings {
		item := Item{Patch: c.Patch(int(f.Patch))}
		switch f.Verdict {
		case applicability.Needed:
			item.State = Wanted
			if choose != nil {
				item.State = choose(f)
			}
		case applicability.Installed:
			item.State = Installed
		case applicability.PendingRestart:
			item.State = Pending
		case applicability.VerdictUnknown, applicability.NotApplicable, applicability.Superseded, applicability.Blocked:
			item.State = Unavailable
		}
		items = append(items, item)
	}
	return items
}
