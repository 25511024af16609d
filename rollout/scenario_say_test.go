package rollout_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/rollout"
)

// hostsSay is what hosts say: that they are ready, how far they are, or all of
// an operation at once.
func (w *world) hostsSay(t *testing.T, s scenario.Step) error {
	t.Helper()
	hosts := hostList(t, bare(s, 0))
	switch s.Name {
	case "ready":
		return w.ready(t, hosts, s)
	case "report", "seen":
		return w.report(t, hosts, bare(s, 1), s)
	}
	if err := w.ready(t, hosts, s); err != nil {
		return err
	}
	var granted []fettle.HostID
	for _, h := range hosts {
		if w.liveOp(h) != "" {
			granted = append(granted, h)
		}
	}
	if len(granted) == 0 {
		return nil
	}
	w.out.Reset()
	if err := w.report(t, granted, "accepted", s); err != nil || bare(s, 1) == "accepted" || bare(s, 1) == "unknown" {
		return err
	}
	w.out.Reset()
	return w.report(t, granted, bare(s, 1), s)
}

func (w *world) liveOp(h fettle.HostID) rollout.Op {
	for _, g := range w.state.Offer(rollout.Ask{Host: h}, w.now).Grants {
		return g.Op
	}
	return ""
}

// noteOps keeps the operation that each host got last.
func (w *world) noteOps(entries []rollout.Entry) {
	for _, e := range entries {
		if g, ok := e.Event.(*rollout.GrantsIssued); ok {
			for i, row := range g.Rows {
				w.ops[row.Host] = rollout.Op(fmt.Sprintf("%s/%d-%d", w.config.Region, e.Position, i))
			}
		}
	}
}

func (w *world) nextSeq(h fettle.HostID, s scenario.Step) uint64 {
	if text := s.Args["seq"]; text != "" {
		n, _ := strconv.ParseUint(text, 10, 64)
		return n
	}
	w.seq[h]++
	return w.seq[h]
}

func (w *world) bootOf(h fettle.HostID, s scenario.Step) string {
	if b := s.Args["boot"]; b != "" {
		w.boot[h] = b
	}
	if w.boot[h] == "" {
		return "boot-1"
	}
	return w.boot[h]
}

func (w *world) ready(t *testing.T, hosts []fettle.HostID, s scenario.Step) error {
	t.Helper()
	var c rollout.Ready
	for _, h := range hosts {
		row := rollout.ReadyHost{Host: h, Seq: w.nextSeq(h, s), Boot: w.bootOf(h, s)}
		row.Needs = w.needs(h, s)
		if away := s.Args["away"]; away != "" {
			at, err := instantOf(away, w.now)
			if err != nil {
				return err
			}
			row.Away = at
		}
		c.Hosts = append(c.Hosts, row)
	}
	return w.take(c)
}

// needs are the patches that a step names, else all of those that are due.
func (w *world) needs(h fettle.HostID, s scenario.Step) []fettle.PatchID {
	var list []fettle.PatchID
	if text, ok := s.Args["needs"]; ok {
		for p := range strings.SplitSeq(text, ",") {
			if p != "" {
				list = append(list, fettle.PatchID(p))
			}
		}
		return list
	}
	for _, due := range w.state.Offer(rollout.Ask{Host: h}, w.now).Due {
		for _, p := range due.Patches {
			list = append(list, p.ID)
		}
	}
	return list
}

func (w *world) report(t *testing.T, hosts []fettle.HostID, outcome string, s scenario.Step) error {
	t.Helper()
	var c rollout.Reports
	for _, h := range hosts {
		row := rollout.HostReport{Host: h, Seq: w.nextSeq(h, s), Boot: w.bootOf(h, s)}
		op := w.ops[h]
		if text, ok := s.Args["op"]; ok {
			op = rollout.Op(text)
		}
		if s.Name == "seen" {
			op = ""
		}
		for _, id := range w.concerned(h, op, s) {
			r := rollout.Result{Rollout: id, Op: op, Reason: s.Args["reason"]}
			if outcome == "" {
				outcome = "pending"
			}
			if err := r.Outcome.UnmarshalText([]byte(outcome)); err != nil {
				return err
			}
			if class := s.Args["class"]; class != "" {
				if err := r.Class.UnmarshalText([]byte(class)); err != nil {
					return err
				}
			}
			if until := s.Args["until"]; until != "" {
				at, err := instantOf(until, w.now)
				if err != nil {
					return err
				}
				r.Until = at
			}
			r.Patches = w.planes(h, id, op, r.Outcome, s.Args["planes"])
			row.Results = append(row.Results, r)
		}
		if _, ok := s.Args["ready"]; ok {
			row.Ready = &rollout.Readiness{Needs: w.needs(h, s)}
		}
		c.Hosts = append(c.Hosts, row)
	}
	return w.take(c)
}

// concerned are the rollouts that a report is about: the step's, those of the
// grant, or all that the host is in.
func (w *world) concerned(h fettle.HostID, op rollout.Op, s scenario.Step) []rollout.ID {
	if id := s.Args["rollout"]; id != "" {
		return []rollout.ID{rollout.ID(id)}
	}
	var list []rollout.ID
	if op != "" {
		for _, e := range w.log {
			g, ok := e.Event.(*rollout.GrantsIssued)
			if !ok || !strings.HasPrefix(string(op), fmt.Sprintf("%s/%d-", w.config.Region, e.Position)) {
				continue
			}
			for _, item := range g.Items {
				list = append(list, item.Rollout)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	for _, x := range w.state.Explain(h, w.now).Rollouts {
		list = append(list, x.Rollout)
	}
	return list
}

// planes are what the footprints say: target/installed/active of every patch of
// the grant's item. Not stated: all yes for verified.
func (w *world) planes(h fettle.HostID, id rollout.ID, op rollout.Op, outcome rollout.Outcome, text string) []rollout.PatchState {
	if text == "" {
		switch outcome {
		case rollout.Verified:
			text = "yes/yes/yes"
		case rollout.Installed, rollout.RestartPending:
			text = "yes/yes/no"
		default:
			return nil
		}
	}
	one := strings.Split(text, ",") // of each patch, the last of all that follow
	var list []rollout.PatchState
	for i, p := range w.patchesOf(id) {
		state := rollout.PatchState{Patch: p}
		words := strings.Split(one[min(i, len(one)-1)], "/")
		for k, to := range []*fettle.Truth{&state.Target, &state.Installed, &state.Active} {
			if k < len(words) {
				_ = to.UnmarshalText([]byte(words[k]))
			}
		}
		list = append(list, state)
	}
	return list
}

func (w *world) patchesOf(id rollout.ID) []fettle.PatchID {
	var list []fettle.PatchID
	if of, ok := strings.CutSuffix(string(id), "~backout"); ok && w.specs[rollout.ID(of)] != nil {
		for _, p := range w.specs[rollout.ID(of)].Backout.Patches {
			list = append(list, p.ID)
		}
		return list
	}
	if w.specs[id] != nil {
		for _, p := range w.specs[id].Patches {
			list = append(list, p.ID)
		}
	}
	return list
}
