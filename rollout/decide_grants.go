package rollout

import (
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

func (s *State) decideReady(d *decided, c Ready, now time.Time) {
	b := s.newGranting(now)
	var seen hostSet
	for i := range c.Hosts {
		row := &c.Hosts[i]
		h, ok := s.known(row.Host)
		if !ok {
			if nameable(d, row.Host) {
				d.refuse(ReasonHostUnknown, "host", string(row.Host))
			}
			continue
		}
		if seen.again(h) {
			d.refuse(ReasonHostTwice, "host", string(row.Host))
			continue
		}
		if row.Seq != 0 && row.Seq <= s.hosts.rows[h].seq {
			d.refuse(ReasonRepeated, "host", string(row.Host), "seq", strconv.FormatUint(s.hosts.rows[h].seq, 10))
			continue
		}
		if !b.ready(d, h, row.Boot, &row.Readiness) {
			b.heardOf(h, row.Seq, row.Boot)
		}
	}
	b.finish(d)
}

// granting gathers the grants of one command, so that they are charged together.
type granting struct {
	s      *State
	now    time.Time
	limits limitTable
	inRing map[ringKey]int // of rings whose permit bounds their hosts
	clones []fettle.HostID
	heard  map[rolloutIndex][]OutcomeRow
	events []*GrantsIssued
	byWhat map[string]*GrantsIssued // the last entry of those terms that has room
	// The last patches that a host needs of each rollout: most hosts need the same.
	patches map[rolloutIndex][]fettle.PatchID
	// Memory that is used again for each host.
	needed []fettle.PatchID
	items  []dueItem
	taken  []int
	what   []byte
}

type ringKey struct {
	rollout rolloutIndex
	ring    uint8
}

func (s *State) newGranting(now time.Time) *granting {
	return &granting{s: s, now: now}
}

// dueItem is a rollout that is due on a host, and what of it the host needs.
type dueItem struct {
	r       *rolloutState
	m       *member
	patches []fettle.PatchID
}

// ready decides about one host, and reports whether it is granted something.
func (b *granting) ready(d *decided, h hostIndex, boot string, ready *Readiness) bool {
	s, row := b.s, &b.s.hosts.rows[h]
	host := string(row.id)
	if row.alternates(boot) && !row.is(hostQuarantined) {
		b.clones = append(b.clones, row.id)
		d.refuse(ReasonClone, "host", host)
		return false
	}
	if row.is(hostQuarantined) {
		if !d.quiet {
			d.reasons = append(d.reasons, s.whyQuarantined(h))
			d.reasons[len(d.reasons)-1].Args["host"] = host
		}
		return false
	}
	if row.is(hostLive) {
		if !d.quiet {
			reason := s.whyUnderWay(h, s.liveItem(h), b.now)
			reason.Args["host"] = host
			d.reasons = append(d.reasons, reason)
		}
		return false
	}
	due, refused := b.due(d, h, ready.Needs)
	if len(due) == 0 {
		if !refused && !d.quiet {
			d.reasons = append(d.reasons, b.notDue(h))
		}
		return false
	}
	ahead := !ready.Away.IsZero()
	if !b.charges(d, h, due, ahead) {
		return false
	}
	b.add(h, boot, due, ahead)
	return true
}

// heardOf notes that a host is there after all of which nobody knew whether it was
// well, when nothing else that its report leads to says so.
func (b *granting) heardOf(h hostIndex, seq uint64, boot string) {
	row := &b.s.hosts.rows[h]
	if !row.is(hostUnheard) || seq == 0 || row.first == noRollout || row.alternates(boot) {
		return
	}
	one := OutcomeRow{
		Host: row.id, Outcome: b.s.rollouts[row.first].members.at(h).outcome, Reason: ReasonHeard, Seq: seq, Loose: true, at: h,
	}
	if bootHash(boot) != row.boots[0] {
		one.Boot = boot
	}
	if b.heard == nil {
		b.heard = map[rolloutIndex][]OutcomeRow{}
	}
	b.heard[row.first] = append(b.heard[row.first], one)
}

// notDue says why nothing is due for a host: of the oldest rollout that it waits
// in, what binds.
func (b *granting) notDue(h hostIndex) fettle.Reason {
	s := b.s
	reason := fettle.Reason{Code: ReasonNothingDue, Args: map[string]string{"host": string(s.hosts.rows[h].id)}}
	for r, m := range s.memberships(h) {
		switch {
		case m.outcome != Pending:
			continue
		case r.phase != Running && r.phase != Done:
			reason.Code = ReasonNotRunning
			reason.Args["phase"] = string(r.phase)
		case r.spec.Mode == Observe:
			reason.Code = ReasonObserveOnly
		case s.blockedIn(r, h) != nil && r.backoutOf == noRollout:
			reason.Code = ReasonBlocked
			reason.Args["block"] = s.blockedIn(r, h).name
		case m.ring != noRing && r.rings[m.ring].opened.IsZero():
			reason.Code = ReasonRingClosed
			reason.Args["ring"] = r.spec.Rings[m.ring].Name
			if i := r.current(); i >= 0 {
				reason.Args["open"] = r.spec.Rings[i].Name
			}
		default:
			continue
		}
		reason.Args["rollout"] = string(r.spec.ID)
	}
	return reason
}

// liveItem returns a membership that the host's operation is about.
func (s *State) liveItem(h hostIndex) *member {
	row := &s.hosts.rows[h]
	for _, item := range s.terms.all[row.terms].items {
		if m := s.rollouts[item.rollout].members.at(h); m.outcome.InFlight() {
			return m
		}
	}
	return &member{}
}

// due returns what a host may be granted, in the order of the rollouts' start;
// back-outs alone if there is one. It is valid until the next call. refused says
// that a permit is spent, which d says.
func (b *granting) due(d *decided, h hostIndex, needs []fettle.PatchID) (due []dueItem, refused bool) {
	s := b.s
	due = b.items[:0]
	backout := false
	for r, m := range s.memberships(h) {
		if !s.open(r, h, m, b.now) {
			continue
		}
		patches := b.patchesOf(r, h, needs)
		if len(patches) == 0 {
			continue
		}
		if units := r.permitUnits(int(m.ring)); units > 0 {
			ring := &r.rings[m.ring]
			if used := ring.counts[Granted] + ring.busy() + b.inRing[ringKey{r.index, m.ring}]; used >= units {
				d.refuse(ReasonPermitSpent, "host", string(s.hosts.rows[h].id), "rollout", string(r.spec.ID),
					"ring", r.spec.Rings[m.ring].Name, "units", strconv.Itoa(units))
				refused = true
				continue
			}
		}
		backout = backout || r.backoutOf != noRollout
		due = append(due, dueItem{r: r, m: m, patches: patches})
	}
	b.items = due
	if backout {
		due = slices.DeleteFunc(due, func(i dueItem) bool { return i.r.backoutOf == noRollout })
	}
	slices.Reverse(due)
	slices.SortStableFunc(due, func(a, b dueItem) int { return int(a.r.index) - int(b.r.index) })
	return due, refused
}

// patchesOf returns what a host needs of a rollout and no block keeps from it.
func (b *granting) patchesOf(r *rolloutState, h hostIndex, needs []fettle.PatchID) []fettle.PatchID {
	list := b.needed[:0]
	for i := range r.spec.Patches {
		if p := r.spec.Patches[i].ID; slices.Contains(needs, p) && b.s.blockOfIn(r, h, p) == nil {
			list = append(list, p)
		}
	}
	b.needed = list
	if len(list) == 0 {
		return nil
	}
	last := b.patches[r.index]
	if !slices.Equal(last, list) {
		last = slices.Clone(list)
		if b.patches == nil {
			b.patches = map[rolloutIndex][]fettle.PatchID{}
		}
		b.patches[r.index] = last
	}
	return last
}

// blockOfIn returns the block that keeps a patch of a rollout from a host. What
// takes a patch out is kept from no host by the block that its rollout left.
func (s *State) blockOfIn(r *rolloutState, h hostIndex, patch fettle.PatchID) *block {
	if r.backoutOf != noRollout {
		return nil
	}
	return s.blockOf(h, patch)
}

// open reports whether a member may be granted its rollout now, budgets apart.
func (s *State) open(r *rolloutState, h hostIndex, m *member, now time.Time) bool {
	return m.outcome == Pending && m.ring != noRing && r.spec.Mode == Act && r.judged && r.serving(now) &&
		!r.rings[m.ring].opened.IsZero() && s.replacedBy(r, h) == nil
}
