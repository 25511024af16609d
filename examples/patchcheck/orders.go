package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/applicability/sequence"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// planJSON is a plan as -json writes it: durations as text.
type planJSON struct {
	Stages      []stageJSON   `json:"stages"`
	LeftOut     []leftOutJSON `json:"leftOut"`
	Restarts    int           `json:"restarts"`
	AtLeast     int           `json:"atLeast"` // no order can do with fewer restarts
	Estimate    string        `json:"estimate"`
	Unestimated int           `json:"unestimated"` // patches that give no estimate
}

type stageJSON struct {
	Patches  []fettle.PatchID `json:"patches"`
	Restart  fettle.Restart   `json:"restart"`           // what follows
	Assumed  bool             `json:"assumed,omitempty"` // only because some patch does not say
	Estimate string           `json:"estimate"`
}

type leftOutJSON struct {
	Patch  fettle.PatchID `json:"patch"`
	Reason fettle.Reason  `json:"reason"`
}

// printOrder writes the order in which the needed patches go in with the fewest
// restarts.
func printOrder(out io.Writer, a *answer) error {
	excused := a.excused()
	plan, err := sequence.Order(sequence.Items(a.catalog, a.assessment, func(f applicability.Finding) sequence.State {
		if _, ok := excused[a.catalog.ID(int(f.Patch))]; ok {
			return sequence.Available // where another one requires it, it goes in all the same
		}
		return sequence.Wanted
	}), nil)
	if err != nil {
		return err
	}
	leaveOut(plan, excused)
	if a.options.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(toJSON(plan))
	}
	out = plaintext.Writer{Writer: out}
	printHost(out, a)
	for i, s := range plan.Stages {
		fmt.Fprintf(out, "\nstage %d: %s%s\n", i+1, plaintext.Count(len(s.Patches), "patch"), lasting(s.Estimate, s.Unestimated))
		rows := make([][]string, len(s.Patches))
		for j, id := range s.Patches {
			rows[j] = []string{"  " + string(id), a.describe(id)}
		}
		printRows(out, rows)
		fmt.Fprintln(out, "then:", after(s))
	}
	for _, l := range plan.LeftOut {
		fmt.Fprintf(out, "left out: %s: %s\n", l.Patch, leftOutText(l.Reason))
	}
	proven := "no order does with fewer"
	if plan.AtLeast < plan.Restarts {
		proven = fmt.Sprintf("no order does with fewer than %d", plan.AtLeast)
	}
	fmt.Fprintf(out, "\n%s of the host (%s)%s\n", plaintext.Count(plan.Restarts, "restart"), proven, lasting(plan.Estimate, plan.Unestimated))
	return nil
}

// excused are the needed patches that an exception covers, with the reason that
// says so.
func (a *answer) excused() map[fettle.PatchID]fettle.Reason {
	if a.report == nil {
		return nil
	}
	excused := map[fettle.PatchID]fettle.Reason{}
	for _, r := range a.report.Results {
		at := slices.IndexFunc(r.Reasons, func(r fettle.Reason) bool { return r.Code == baseline.CodeExcused })
		if r.Verdict == applicability.Needed && at >= 0 {
			excused[r.Patch] = r.Reasons[at]
		}
	}
	return excused
}

// leaveOut names the excused patches among those left out, but for those that
// go in because others require them.
func leaveOut(plan *sequence.Plan, excused map[fettle.PatchID]fettle.Reason) {
	for _, id := range slices.Sorted(maps.Keys(excused)) {
		if !slices.ContainsFunc(plan.Stages, func(s sequence.Stage) bool { return slices.Contains(s.Patches, id) }) {
			plan.LeftOut = append(plan.LeftOut, sequence.LeftOut{Patch: id, Reason: excused[id]})
		}
	}
}

func leftOutText(r fettle.Reason) string {
	if r.Code == baseline.CodeExcused {
		return baseline.ReasonText(r)
	}
	return sequence.ReasonText(r)
}

// describe says what matters to the order about a patch.
func (a *answer) describe(id fettle.PatchID) string {
	i, ok := a.catalog.Find(id)
	if !ok {
		return ""
	}
	p := a.catalog.Patch(i)
	return fmt.Sprintf("severity %s, restart %s", p.Severity, p.Restart)
}

func after(s sequence.Stage) string {
	switch {
	case s.Restart == fettle.RestartHost && s.Assumed:
		return "restart the host, to be safe: some vendor does not say whether it is needed"
	case s.Restart == fettle.RestartHost:
		return "restart the host"
	case s.Restart == fettle.RestartService:
		return "restart the services that use them"
	default:
		return "no restart"
	}
}

func lasting(estimate time.Duration, unestimated int) string {
	switch {
	case estimate > 0 && unestimated > 0:
		return fmt.Sprintf(", about %s, without %d that give no estimate", estimate, unestimated)
	case estimate > 0:
		return fmt.Sprintf(", about %s", estimate)
	default:
		return ""
	}
}

func toJSON(plan *sequence.Plan) planJSON {
	j := planJSON{
		Stages: make([]stageJSON, len(plan.Stages)), LeftOut: make([]leftOutJSON, len(plan.LeftOut)),
		Restarts: plan.Restarts, AtLeast: plan.AtLeast, Estimate: plan.Estimate.String(), Unestimated: plan.Unestimated,
	}
	for i, s := range plan.Stages {
		j.Stages[i] = stageJSON{Patches: s.Patches, Restart: s.Restart, Assumed: s.Assumed, Estimate: s.Estimate.String()}
		if s.Patches == nil {
			j.Stages[i].Patches = []fettle.PatchID{}
		}
	}
	for i, l := range plan.LeftOut {
		j.LeftOut[i] = leftOutJSON{Patch: l.Patch, Reason: l.Reason}
	}
	return j
}
