package rollout

import (
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// unjudge notes that something came in that a Tick has to judge. Until then
// nothing of the rollout is granted. What is not served has nothing to judge.
func (s *State) unjudge(r *rolloutState) {
	switch r.phase {
	case Proposed, Halted, Aborted, Retired:
		if r.backout != noRollout {
			s.rollouts[r.backout].recheck = true
			s.unjudge(s.rollouts[r.backout])
		}
		return
	case Waiting, Running, Paused, Held, Done:
	}
	s.due(r)
}

func (s *State) due(r *rolloutState) {
	if r.judged {
		r.judged = false
		s.unjudged++
	}
}

// decisive reports whether a member's change can change what its ring's gates
// say.
func decisive(before, after mark, to Outcome) bool {
	was, is := before.standing(), after.standing()
	return was != is && (is >= succeeded || was == failed) || to >= Verified
}

// memberJoined notes that a rollout has more members.
func (s *State) memberJoined(r *rolloutState) {
	_, grown := r.grown()
	if grown && r.phase == Running || r.heldFor() == ReasonRingEmpty {
		s.unjudge(r)
	}
}

// looked notes that a Tick at that instant has judged, and when time alone can
// change what it found.
func (s *State) looked(r *rolloutState, next, at time.Time) {
	if !next.IsZero() && !next.After(at) {
		s.due(r) // there is another step to take at once
		return
	}
	if !r.judged {
		r.judged = true
		s.unjudged--
	}
	r.wake = 0
	if !next.IsZero() {
		r.wake = max(secondsUp(next), 1)
		s.timers.add(r.wake, timer{host: noHost, rollout: r.index})
	}
}

// judgeRings appends what time and new evidence lead to for the rollouts' rings:
// openings, passes, halts, ends. Each rollout goes one step at a Tick, and every
// step says when the next is due.
//
// It leaves what the Tick has found so far to be applied first.
func (s *State) judgeRings(d *decided, now time.Time) {
	if len(d.events) > 0 {
		return
	}
	for i := range s.outages {
		if o := &s.outages[i]; !o.until.IsZero() && !now.Before(o.until) {
			d.add(&OutageEnded{Signal: o.signal, Key: o.key})
		}
	}
	for _, r := range s.rollouts {
		if !r.judged || r.wake != 0 && r.wake <= secondsDown(now) {
			from := len(d.events)
			if s.step(d, r, now); reachesOthers(r, d.events[from:]) {
				return // the others are judged by what this leaves of them
			}
		}
	}
}

// reachesOthers reports whether a step of r moves members of another rollout.
func reachesOthers(r *rolloutState, events []Event) bool {
	return len(r.spec.Replaces) > 0 && slices.ContainsFunc(events, func(e Event) bool {
		o, ok := e.(*OutcomesRecorded)
		return ok && o.Rollout != r.spec.ID
	})
}

// step takes a rollout one step on. Its last event says when to look again.
func (s *State) step(d *decided, r *rolloutState, now time.Time) {
	id := r.spec.ID
	if r.recheck && s.goThrough(d, r) {
		return // the look is still to come
	}
	over := !r.spec.NotAfter.IsZero() && !now.Before(r.spec.NotAfter)
	switch r.phase {
	case Proposed, Waiting, Paused, Held, Running:
		if over {
			s.giveBack(d, r)
			d.add(&PhaseChanged{Rollout: id, Phase: Aborted, Reasons: reasonList(fettle.Reason{Code: ReasonOver})})
			return
		}
	case Halted:
		if b := r.spec.Backout; b != nil && b.Auto && r.backout == noRollout {
			s.startBackout(d, r, "", now)
			return
		}
	case Done, Aborted, Retired:
	}
	if r.phase == Waiting {
		if first := r.spec.Rings[0].NotBefore; now.Before(first) {
			d.add(&PhaseChanged{Rollout: id, Phase: Waiting, Reasons: r.reasons, By: r.by, Why: r.why, Next: first})
			return
		}
		d.add(&PhaseChanged{Rollout: id, Phase: Running})
		s.openRing(d, r, 0, now)
		return
	}
	if i := r.current(); i >= 0 && r.phase != Halted && r.phase != Aborted && r.phase != Retired {
		s.stepRing(d, r, i, now)
		return
	}
	d.add(&GateJudged{Rollout: id, Next: r.nextOf(time.Time{}, now)})
}

// goThrough looks after members whose standing changed behind the back of their
// rollout, and reports whether there were any.
func (s *State) goThrough(d *decided, r *rolloutState) bool {
	more := s.startedSince(r)
	s.assign(d, r.spec.ID, "rest", "", more)
	gone := s.overtaken(r)
	s.skip(d, r, gone, ReasonReplaced)
	back := s.lost(r)
	rows := make([]OutcomeRow, len(back))
	for i, h := range back {
		rows[i] = OutcomeRow{Host: s.hosts.rows[h].id, Outcome: Pending, Reason: ReasonGivenBack, Loose: true, at: h}
	}
	addOutcomes(d, r.spec.ID, rows)
	return len(more)+len(gone)+len(back) > 0
}

// stepRing judges the rings of a rollout of which ring i opened last.
func (s *State) stepRing(d *decided, r *rolloutState, i int, now time.Time) {
	id, name := r.spec.ID, r.spec.Rings[i].Name
	for k := range i {
		if v := s.look(r, k, now).judgeAll(r.spec.Rings[k].Gates); v.halt != nil {
			s.halt(d, r, k, v, now)
			return
		}
	}
	v := s.look(r, i, now).judgeAll(r.spec.Rings[i].Gates)
	if v.halt != nil {
		s.halt(d, r, i, v, now)
		return
	}
	judged := &GateJudged{Rollout: id, Ring: name, Gates: v.statuses(), Next: r.nextOf(v.next, now)}
	passed := !r.rings[i].passed.IsZero()
	if grown, ok := r.grown(); ok && r.phase == Running {
		d.add(&PhaseChanged{Rollout: id, Phase: Held, Reasons: reasonList(grown), Next: r.nextOf(time.Time{}, now)})
		return
	}
	switch {
	case r.phase == Held && r.heldFor() == ReasonRingEmpty && !v.small && !passed:
		d.add(&PhaseChanged{Rollout: id, Phase: Running, Reasons: reasonList(fettle.Reason{
			Code: ReasonRingFilled, Args: map[string]string{"ring": name},
		}), Base: r.size, Next: now})
	case r.phase != Running:
		judged.Next = r.nextOf(time.Time{}, now)
		d.add(judged)
	case passed:
		s.goOn(d, r, i, now)
	case v.outcome == gatestat.Passed && !s.firstIsEmpty(r, i, now):
		judged.Next = now
		d.add(judged)
		d.add(&RingPassed{Rollout: id, Ring: name})
		if i == len(r.rings)-1 {
			d.add(&PhaseChanged{Rollout: id, Phase: Done})
		}
	case s.firstIsEmpty(r, i, now):
		d.add(&PhaseChanged{Rollout: id, Phase: Held, Reasons: reasonList(s.look(r, i, now).empty(name))})
	case v.small && i < len(r.rings)-1:
		d.add(judged)
		d.add(&PhaseChanged{Rollout: id, Phase: Held, Reasons: holdReasons(name, &v), Next: r.nextOf(time.Time{}, now)})
	case v.small && r.rings[i].sum.Started == 0:
		d.add(judged)
		d.add(&RingPassed{Rollout: id, Ring: name})
		d.add(&PhaseChanged{Rollout: id, Phase: Done, Reasons: reasonList(s.look(r, i, now).empty(name))})
	case v.small:
		d.add(judged)
		d.add(&PhaseChanged{Rollout: id, Phase: Held, Reasons: holdReasons(name, &v), Next: r.nextOf(time.Time{}, now)})
	default:
		d.add(judged)
	}
}

// firstIsEmpty reports whether ring i is the first of a rollout that acts, and
// has nobody in it: whatever its gates say, nothing was tried. In an emergency
// hosts that could not be served are nobody, either.
func (s *State) firstIsEmpty(r *rolloutState, i int, now time.Time) bool {
	rs := &r.rings[i]
	nobody := rs.next == 0 || r.spec.Lane == Emergency && r.backoutOf == noRollout && rs.sum.Started == 0
	return i == 0 && r.spec.Mode == Act && !rs.waived && nobody && rs.ended(&r.spec.Rings[i], now)
}

// goOn opens the next ring when its instant has come.
func (s *State) goOn(d *decided, r *rolloutState, i int, now time.Time) {
	if i == len(r.rings)-1 {
		d.add(&PhaseChanged{Rollout: r.spec.ID, Phase: Done})
		return
	}
	if next := r.spec.Rings[i+1].NotBefore; now.Before(next) {
		d.add(&GateJudged{Rollout: r.spec.ID, Ring: r.spec.Rings[i].Name, Next: r.nextOf(next, now)})
		return
	}
	s.openRing(d, r, i+1, now)
}

// nextOf returns the earlier of an instant and the rollout's end, if that is to
// come.
func (r *rolloutState) nextOf(at, now time.Time) time.Time {
	switch r.phase {
	case Done, Halted, Aborted, Retired:
		return at
	default:
		return sooner(at, r.spec.NotAfter, now)
	}
}

// holdReasons say which gates can never pass any more.
func holdReasons(ring string, v *verdict) []fettle.Reason {
	var list []fettle.Reason
	for _, j := range v.gates {
		if !j.small {
			continue
		}
		args := map[string]string{"ring": ring, "gate": j.gate, "lacks": ReasonText(fettle.Reason{Code: j.reason.Code, Args: j.reason.Args})}
		code := ReasonProvesNothing
		if j.reason.Code == ReasonRingEmpty {
			code = ReasonRingEmpty
			args["members"] = j.reason.Args["members"]
			delete(args, "lacks")
		}
		list = append(list, fettle.Reason{Code: code, Args: args})
	}
	return list
}

func (v *verdict) statuses() []GateStatus {
	list := make([]GateStatus, len(v.gates))
	for i, j := range v.gates {
		list[i] = j.status()
	}
	return list
}

// halt stops a rollout for what one of its rings has shown, and blocks what it
// brings: for the stratum that showed it, else for all.
func (s *State) halt(d *decided, r *rolloutState, ring int, v verdict, now time.Time) {
	id, name := r.spec.ID, r.spec.Rings[ring].Name
	reason := v.halt.reason
	reason.Args = withArgs(reason.Args, "ring", name, "gate", v.halt.gate)
	d.add(&GateJudged{Rollout: id, Ring: name, Gates: v.statuses()})
	// Hosts that could not be served say nothing against the patch.
	if r.spec.Mode == Act && r.backoutOf == noRollout && v.halt.gate != "reach" {
		s.block(d, r, v.halt.stratum, reason)
	}
	s.giveBack(d, r)
	halted := &PhaseChanged{Rollout: id, Phase: Halted, Reasons: reasonList(reason)}
	if b := r.spec.Backout; b != nil && b.Auto && r.backout == noRollout && v.halt.gate != "reach" {
		halted.Next = now
	}
	d.add(halted)
}

// withArgs returns a copy of args with more of them.
func withArgs(args map[string]string, more ...string) map[string]string {
	all := make(map[string]string, len(args)+len(more)/2)
	maps.Copy(all, args)
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// look gathers what a ring's gates are asked about.
func (s *State) look(r *rolloutState, i int, now time.Time) *look {
	rs, spec := &r.rings[i], &r.spec.Rings[i]
	l := &look{
		now: now, opened: rs.opened, members: rs.members, open: rs.unstarted(), busy: rs.busy(),
		ring: &rs.cohorts, earlier: r.rings[:i], lastResult: rs.lastResult, plans: rs.plans, latePlans: r.latePlans,
		approvals: r.approvals[spec.Name], proposer: r.proposer, approvers: emergencyNeed(r.spec, &s.config),
		observe: r.spec.Mode == Observe, past: !rs.passed.IsZero(), waived: rs.waived, resumed: rs.floor > 0,
		unreached: max(rs.unreached-rs.unreachedBefore, 0), reached: rs.sum.Succeeded + rs.sum.Failed,
		signal: func(name string) (signalValue, bool) { return s.signalOf(name, r.spec.ID) },
	}
	l.granted = l.unreached + l.reached + rs.counts[Granted] + l.busy
	if l.ended = rs.ended(spec, now); !l.ended && spec.Close != 0 {
		l.closes = rs.opened.Add(time.Duration(spec.Close))
	}
	l.strata = make([]stratumLook, 0, len(rs.strata))
	for k := range rs.strata {
		if st := &rs.strata[k]; st.size > 0 {
			l.strata = append(l.strata, stratumLook{key: st.key, size: st.size, hosts: &st.cohorts})
		}
	}
	if i == r.current() {
		l.late = &r.late.cohorts
	}
	if i+1 < len(r.rings) {
		l.next = r.spec.Rings[i+1].Name
		l.permitted = slices.ContainsFunc(r.permits, func(p permitGiven) bool { return p.ring == l.next })
	}
	return l
}

// openRing chooses a ring's hosts, if it is one of a number, and opens it.
func (s *State) openRing(d *decided, r *rolloutState, i int, now time.Time) {
	spec, rs := &r.spec.Rings[i], &r.rings[i]
	chosen := s.choose(r, i)
	s.assign(d, r.spec.ID, spec.Name, "", chosen)
	s.assign(d, r.spec.ID, "", ReasonNoRing, s.leftOver(r, i, chosen))
	e := &RingOpened{Rollout: r.spec.ID, Ring: spec.Name, Hosts: rs.members + len(chosen), Next: now}
	if i == 0 {
		e.Base = r.size
	}
	d.add(e)
	s.replaceOlder(d, r, i, chosen)
}

func (e *RingOpened) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	if r == nil {
		return refused("rollout %q is not known", e.Rollout)
	}
	i := r.ringNamed(e.Ring)
	switch {
	case i < 0:
		return refused("rollout %q has no ring %q", e.Rollout, e.Ring)
	case i != r.current()+1 || i > 0 && r.rings[i-1].passed.IsZero():
		return refused("ring %q of rollout %q opens before its turn", e.Ring, e.Rollout)
	}
	return nil
}

func (e *RingOpened) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	i := r.ringNamed(e.Ring)
	r.rings[i].opened = at.At
	r.frozen[i] = r.spec.Rings[i].Count > 0
	if e.Base > 0 {
		r.base = e.Base
	}
	r.ringGen[i]++
	s.looked(r, e.Next, at.At)
}

func (e *GateJudged) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case e.Ring != "" && r.ringNamed(e.Ring) < 0:
		return refused("rollout %q has no ring %q", e.Rollout, e.Ring)
	}
	return nil
}

func (e *GateJudged) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	r.recheck = false
	s.looked(r, e.Next, at.At)
}

func (e *RingPassed) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	if r == nil {
		return refused("rollout %q is not known", e.Rollout)
	}
	if i := r.ringNamed(e.Ring); i < 0 || i != r.current() || !r.rings[i].passed.IsZero() {
		return refused("ring %q of rollout %q is not the one that is open", e.Ring, e.Rollout)
	}
	return nil
}

func (e *RingPassed) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	r.rings[r.ringNamed(e.Ring)].passed = at.At
	r.gen++
	s.unjudge(r)
}
