package rollout_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/rollout"
)

// clock shows an instant: with its day if that is not now's.
func clock(at, now time.Time) string {
	if at.IsZero() {
		return "never by itself"
	}
	if at.UTC().Format(time.DateOnly) == now.UTC().Format(time.DateOnly) {
		return at.UTC().Format("15:04")
	}
	return at.UTC().Format("Mon 2006-01-02 15:04")
}

// tell says what entries mean, each instant once, rows of one kind together.
func (w *world) tell(entries []rollout.Entry) {
	type line struct {
		text  string
		hosts []string
	}
	var lines []line
	add := func(text string, hosts ...string) {
		for i := range lines { // rows of many entries read as one
			if len(hosts) > 0 && lines[i].text == text {
				lines[i].hosts = append(lines[i].hosts, hosts...)
				return
			}
		}
		lines = append(lines, line{text, hosts})
	}
	for _, e := range entries {
		for _, told := range w.tellOne(e) {
			add(told.text, told.hosts...)
		}
	}
	for _, l := range lines {
		text := l.text
		if len(l.hosts) > 0 {
			text += ": " + runsOf(l.hosts)
		}
		fmt.Fprintf(&w.out, "%s %s\n", clock(w.now, w.from), text)
	}
}

type told struct {
	text  string
	hosts []string
}

func one(format string, args ...any) []told { return []told{{text: fmt.Sprintf(format, args...)}} }

func (w *world) tellOne(e rollout.Entry) []told {
	switch e := e.Event.(type) {
	case *rollout.RegionConfigured:
		return one("region %s is configured", e.Config.Region)
	case *rollout.TakenOver:
		return one("%s takes over, epoch %d", e.Holder, e.Epoch)
	case *rollout.RolloutProposed:
		if e.BackoutOf != "" {
			return one("%s is proposed, the back-out of %s", e.Spec.ID, e.BackoutOf)
		}
		return one("%s is proposed by %s", e.Spec.ID, e.By)
	case *rollout.RolloutApproved:
		what := e.Ring
		if what != "" {
			what = " for " + what
		}
		return one("%s is approved by %s%s", e.Rollout, e.By, what)
	case *rollout.PhaseChanged:
		return tellPhase(e)
	case *rollout.RingOpened:
		return one("%s: ring %s opens with %s", e.Rollout, e.Ring, hostCount(e.Hosts))
	case *rollout.GateJudged:
		return nil
	case *rollout.RingPassed:
		return one("%s: ring %s has passed", e.Rollout, e.Ring)
	case *rollout.BlockSet:
		on := "all hosts"
		if e.Key != nil {
			on = e.Key.Dimension + " " + e.Key.Value
		}
		return one("block %s: %v not to be offered to %s", e.Name, e.Patches, on)
	case *rollout.BlockLifted:
		return one("block %s is lifted by %s", e.Name, e.By)
	case *rollout.SignalReceived:
		return one("signal %s is %s", e.Name, e.Value)
	case *rollout.OutageEnded:
		return one("the outage of %s %s is over", e.Key.Dimension, e.Key.Value)
	case *rollout.PermitGiven:
		return one("%s: ring %s is permitted", e.Rollout, e.Ring)
	case *rollout.SummaryReceived:
		return one("summary of %s taken", e.From)
	case *rollout.BackoutStarted:
		return one("%s: back-out %s starts", e.Rollout, e.Backout)
	default:
		return tellHosts(e)
	}
}

func tellPhase(e *rollout.PhaseChanged) []told {
	text := fmt.Sprintf("%s is %s", e.Rollout, e.Phase)
	if e.By != "" {
		text += " by " + e.By
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	if e.Phase != rollout.Waiting {
		lines := []string{text}
		for _, r := range e.Reasons {
			lines = append(lines, "      "+reasonText(r))
		}
		text = strings.Join(lines, "\n")
	}
	return []told{{text: text}}
}

func tellHosts(e rollout.Event) []told {
	names := func(hosts []fettle.HostID) (list []string) {
		for _, h := range hosts {
			list = append(list, string(h))
		}
		return list
	}
	switch e := e.(type) {
	case *rollout.HostsJoined:
		byRing := map[string][]string{}
		for _, h := range e.Hosts {
			if len(h.Rollouts) == 0 {
				byRing["joined"] = append(byRing["joined"], string(h.Host))
			}
			for _, m := range h.Rollouts {
				text := fmt.Sprintf("joined %s, ring %s", m.Rollout, m.Ring)
				switch {
				case m.Skipped != "":
					text = fmt.Sprintf("joined %s, skipped: %s", m.Rollout, m.Skipped)
				case m.Ring == "":
					text = fmt.Sprintf("joined %s, ring to be chosen", m.Rollout)
				}
				byRing[text] = append(byRing[text], string(h.Host))
			}
		}
		var list []told
		for _, text := range slices.Sorted(maps.Keys(byRing)) {
			list = append(list, told{text, byRing[text]})
		}
		return list
	case *rollout.HostsLeft:
		return []told{{"left", names(e.Hosts)}}
	case *rollout.HostsRelabelled:
		var list []string
		for _, h := range e.Hosts {
			list = append(list, string(h.Host))
		}
		return []told{{"relabelled", list}}
	case *rollout.MembersAssigned:
		if e.Skipped != "" {
			return []told{{fmt.Sprintf("%s: skipped, %s", e.Rollout, e.Skipped), names(e.Hosts)}}
		}
		return []told{{fmt.Sprintf("%s: chosen for ring %s", e.Rollout, e.Ring), names(e.Hosts)}}
	case *rollout.HostsQuarantined:
		return []told{{"quarantined (" + e.Reason + ")", names(e.Hosts)}}
	case *rollout.HostsReleased:
		return []told{{"released from quarantine", names(e.Hosts)}}
	case *rollout.GrantsLapsed:
		return []told{{"grant over (" + e.Reason + ")", names(e.Hosts)}}
	case *rollout.GrantsIssued:
		return tellGrants(e)
	case *rollout.OutcomesRecorded:
		var list []told
		for _, row := range e.Rows {
			text := fmt.Sprintf("%s: %s", e.Rollout, row.Outcome)
			if row.Outcome == rollout.Failed {
				text += " (" + row.Class.String() + ")"
			}
			if row.Reason != "" {
				text += " (" + row.Reason + ")"
			}
			if !row.Wake.IsZero() {
				text += ", again from " + row.Wake.UTC().Format("2006-01-02 15:04")
			}
			if n := len(list) - 1; n >= 0 && list[n].text == text {
				list[n].hosts = append(list[n].hosts, string(row.Host))
			} else {
				list = append(list, told{text, []string{string(row.Host)}})
			}
		}
		return list
	}
	return one("%s", e.Kind())
}

func tellGrants(e *rollout.GrantsIssued) []told {
	var items, hosts []string
	for _, item := range e.Items {
		var patches []string
		for _, p := range item.Patches {
			patches = append(patches, string(p))
		}
		items = append(items, string(item.Rollout)+" "+strings.Join(patches, "+"))
	}
	for _, row := range e.Rows {
		hosts = append(hosts, string(row.Host))
	}
	kind := "granted "
	if e.PreIssued {
		kind = "granted ahead "
	}
	return []told{{kind + strings.Join(items, " and ") + ", to start by " + e.StartBy.UTC().Format("2006-01-02 15:04"), hosts}}
}

// refusals tells reasons, those of many hosts as one.
func (w *world) refusals(reasons []fettle.Reason) {
	hosts := map[string][]string{}
	for _, r := range reasons {
		text := "answer to %s: "
		if rollout.Refuses(r.Code) {
			text = "refused, %s: "
		}
		one := r.Args["host"]
		r.Args["host"] = "it"
		text += strings.ReplaceAll(reasonText(r), "%", "%%")
		hosts[text] = append(hosts[text], one)
	}
	for _, text := range slices.Sorted(maps.Keys(hosts)) {
		list := hosts[text]
		if list[0] == "" {
			text = strings.ReplaceAll(strings.ReplaceAll(text, ", %s", ""), " to %s", "")
			fmt.Fprintln(&w.out, strings.ReplaceAll(text, "%%", "%"))
			continue
		}
		fmt.Fprintf(&w.out, text+"\n", runsOf(list))
	}
}

func reasonText(r fettle.Reason) string { return rollout.ReasonText(r) }

func (w *world) showApprovals(p *rollout.Progress) {
	const minute = "Mon 2006-01-02 15:04"
	fmt.Fprintf(&w.out, "%s proposed by %s\n", p.Proposed.Format(minute), p.Proposer)
	for _, a := range p.Approvals {
		fmt.Fprintf(&w.out, "%s approved by %s for %s", a.At.Format(minute), a.By, cmp.Or(a.For, "the start"))
		if a.StepUp != "" {
			fmt.Fprintf(&w.out, ", with %s", a.StepUp)
		}
		fmt.Fprintln(&w.out)
	}
}

func (w *world) showProgress(p *rollout.Progress) {
	fmt.Fprintf(&w.out, "%s is %s, %s\n", p.Rollout, p.Phase, hostCount(p.Hosts))
	if p.Waiting > 0 {
		fmt.Fprintf(&w.out, "  of them that wait for a ring: %d\n", p.Waiting)
	}
	for _, r := range p.Reasons {
		fmt.Fprintf(&w.out, "  %s\n", reasonText(r))
	}
	for _, ring := range p.Rings {
		state := "not open"
		if !ring.Opened.IsZero() {
			state = "open"
		}
		if !ring.Passed.IsZero() {
			state = "passed"
		}
		var counts []string
		for _, outcome := range slices.Sorted(maps.Keys(ring.Counts)) {
			counts = append(counts, fmt.Sprintf("%d %s", ring.Counts[outcome], outcome))
		}
		text := "no hosts"
		if len(counts) > 0 {
			text = strings.Join(counts, ", ")
		}
		fmt.Fprintf(&w.out, "  ring %s, %s: %s\n", ring.Ring, state, text)
		for _, g := range ring.Gates {
			for _, r := range g.Reasons {
				fmt.Fprintf(&w.out, "    %s, %s: %s\n", g.Gate, g.Verdict, reasonText(r))
			}
		}
	}
}

func hostCount(n int) string {
	if n == 1 {
		return "1 host"
	}
	return strconv.Itoa(n) + " hosts"
}

func (w *world) showExplain(e rollout.Explanation) {
	fmt.Fprintf(&w.out, "%s\n", e.Host)
	for _, r := range e.Reasons {
		fmt.Fprintf(&w.out, "  %s\n", reasonText(r))
	}
	for _, x := range e.Rollouts {
		ring := "no ring"
		if x.Ring != "" {
			ring = "ring " + x.Ring
		}
		fmt.Fprintf(&w.out, "  %s, %s: %s\n", x.Rollout, ring, x.Outcome)
		for _, r := range x.Reasons {
			fmt.Fprintf(&w.out, "    %s\n", reasonText(r))
		}
		if !x.Next.IsZero() {
			fmt.Fprintf(&w.out, "    next: %s\n", clock(x.Next, w.now))
		}
	}
}

func (w *world) showOffer(t *testing.T, h fettle.HostID, s scenario.Step) {
	t.Helper()
	ask := rollout.Ask{Host: h}
	if op := s.Args["op"]; op != "" {
		ask.Ops = []rollout.Op{rollout.Op(op)}
	} else if op := w.ops[h]; op != "" {
		ask.Ops = []rollout.Op{op}
	}
	o := w.state.Offer(ask, w.now)
	for _, g := range o.Grants {
		var items []string
		for _, item := range g.Items {
			for _, p := range item.Patches {
				items = append(items, string(item.Rollout)+" "+string(p.ID))
			}
		}
		fmt.Fprintf(&w.out, "grant %s, to start by %s: %s\n", g.Op, clock(g.StartBy, w.now), strings.Join(items, ", "))
	}
	for _, d := range o.Due {
		fmt.Fprintf(&w.out, "due %s\n", d.Rollout)
	}
	for _, op := range o.Withdrawn {
		fmt.Fprintf(&w.out, "withdrawn %s\n", op)
	}
	for _, r := range o.Reasons {
		fmt.Fprintf(&w.out, "%s\n", reasonText(r))
	}
	fmt.Fprintf(&w.out, "ask again: %s\n", clock(o.PollAfter, w.now))
}
