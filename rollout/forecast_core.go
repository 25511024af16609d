package rollout

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

// joinRows is how many hosts a command of a forecast carries at most.
const joinRows = 1000

// begin configures the region, proposes the rollout, lets every host join and
// approves.
func (t *trial) begin(region int) error {
	r := t.r
	config := r.config
	config.Region = RegionID(string(config.Region) + regionSuffix(region, len(r.regions)))
	t.state, t.planes, t.wants = &State{}, planesOf(r.spec.Patches), idsOf(r.spec.Patches)
	if err := t.command(Configure{Config: config, By: proposer}); err != nil {
		return err
	}
	t.state.tables = r.tables
	start := Start{Spec: r.spec, Digest: r.digest, By: proposer, Present: payloads(r.spec)}
	if err := t.command(start); err != nil {
		return err
	}
	t.rollout = t.state.rolloutOf(r.spec.ID)
	if t.rollout == nil {
		return errors.New("the spec was not taken")
	}
	if err := t.join(); err != nil {
		return err
	}
	return t.approve(&r.spec.Approval, "", t.approvers())
}

// approvers returns how many people must agree to the start and to a resume.
func (t *trial) approvers() int { return t.state.approvers(t.r.spec) }

// join lets the hosts join in their order, so that the state's indices of hosts
// are those of the fleet.
func (t *trial) join() error {
	candidates := make([][]Candidate, len(t.r.classes))
	rows := make([]Member, 0, joinRows)
	for h, id := range t.fleet.ids {
		class := t.fleet.class[h]
		if candidates[class] == nil {
			candidates[class] = []Candidate{{Rollout: t.r.spec.ID, Eligible: t.r.classes[class].eligible}}
		}
		rows = append(rows, Member{Host: id, Keys: t.r.classes[class].keys, Rollouts: candidates[class]})
		if len(rows) == joinRows || h == len(t.fleet.ids)-1 {
			if err := t.command(Join{Hosts: rows}); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if known := len(t.state.hosts.rows); known != len(t.fleet.ids) {
		return forecastError("hosts", t.r.spec.Title, "not every one could join")
	}
	return nil
}

// payloads are what the shell would have found at hand: everything.
func payloads(s *Spec) []fettle.Digest {
	var list []fettle.Digest
	for _, p := range s.Patches {
		list = append(list, p.Payloads...)
	}
	if s.Backout != nil {
		for _, p := range s.Backout.Patches {
			list = append(list, p.Payloads...)
		}
	}
	return list
}

// command decides, applies, and goes on with Ticks as long as one is due, as
// State.Take does. Rows that are refused are no errors.
func (t *trial) command(c Command) error {
	now := t.r.instant(t.now)
	d := decided{quiet: true}
	err := t.state.decide(&d, c, t.state.instant(now))
	for err == nil && len(d.events) > 0 {
		for _, e := range d.events {
			if err := t.state.rehearse(e, now); err != nil {
				return err
			}
		}
		if next := t.state.Next(); next.IsZero() || next.After(now) {
			break
		}
		d.events = d.events[:0]
		err = t.state.decide(&d, Tick{}, t.state.instant(now))
	}
	if t.rollout != nil {
		t.look()
	}
	return err
}

// rehearse applies an event as Apply does, but for its bytes and their chain:
// nobody keeps the journal of a forecast.
func (s *State) rehearse(e Event, now time.Time) error {
	entry := Entry{Position: s.head.Position + 1, At: s.instant(now), Event: e}
	if err := e.check(s, &entry); err != nil {
		return fmt.Errorf("%w: entry %d: %w", ErrEntry, entry.Position, err)
	}
	e.apply(s, &entry)
	s.head.Position, s.at = entry.Position, entry.At
	s.timers.settle(s.live)
	return nil
}

// next returns when a Tick can change something that it has not been asked yet.
func (t *trial) next() uint32 {
	at := t.state.Next()
	if at.IsZero() || t.state.Head().Position == t.ticked && !at.After(t.r.instant(t.now)) {
		return forever
	}
	second := t.r.second(at)
	if t.r.instant(second).Before(at) {
		second++
	}
	return second
}

// say lets hosts report what they have to: starts and results first, so that
// they are judged before anything is granted.
func (t *trial) say() error {
	if len(t.reports) > 0 {
		if err := t.sayResults(); err != nil {
			return err
		}
	}
	if t.next() <= t.now {
		if err := t.tick(); err != nil {
			return err
		}
	}
	return t.sayReady()
}

// tick lets time pass, and looks what has come of it.
func (t *trial) tick() error {
	err := t.command(Tick{})
	t.ticked = t.state.Head().Position
	return err
}

func (t *trial) sayResults() error {
	reports := t.reports
	t.reports = t.reports[len(t.reports):]
	rows := t.rows[:0]
	results := t.results[:0]
	for _, p := range reports {
		x := &t.hosts[p.host]
		x.seq++
		rollout, of := t.rollout, t.planes[:]
		if x.backing {
			rollout, of = t.backout, t.undone[:]
		}
		result := Result{
			Rollout: rollout.spec.ID, Op: t.state.hosts.rows[p.host].op.op(t.state.config.Region),
			Outcome: p.outcome, Class: p.class,
		}
		if p.outcome == Verified {
			result.Patches = of
		}
		results = append(results, result)
		rows = append(rows, HostReport{
			Host: t.id(p.host), Seq: uint64(x.seq), Boot: t.boot(p.host), Results: results[len(results)-1:],
		})
		t.hour(t.now).reports++
	}
	t.rows, t.results = rows, results
	if err := t.command(Reports{Hosts: rows}); err != nil {
		return err
	}
	for _, p := range reports {
		t.reported(p)
	}
	if len(t.reports) == 0 {
		t.reports = reports[:0]
	}
	return nil
}

// reported notes what became of a report: a success, or another try.
func (t *trial) reported(p report) {
	x := &t.hosts[p.host]
	if x.backing {
		if p.outcome == Verified {
			t.backedOut = max(t.backedOut, t.now)
		}
		return
	}
	m := t.rollout.members.at(hostIndex(p.host))
	switch {
	case m == nil:
	case m.outcome == Verified && !x.done:
		x.done = true
		if t.now < t.r.by {
			t.verified++
		}
		if t.all++; t.most == forever && isMost(t.all, len(t.hosts)) {
			t.most = t.now
		}
		if int(m.ring) < len(t.rings) {
			t.rings[m.ring].count(t.now, t.now/t.r.bucket)
		}
	case m.outcome == Failed && m.wake != 0:
		t.wake(p.host, t.r.second(fromSeconds(m.wake)))
	}
}

// sayReady polls for the hosts whose turn it is, says that they are ready, and
// lets those start that were granted.
func (t *trial) sayReady() error {
	hosts := t.ready
	if len(hosts) == 0 {
		return nil
	}
	now := t.r.instant(t.now)
	rows := t.readies[:0]
	for _, h := range hosts {
		x := &t.hosts[h]
		if !t.state.anyDue(hostIndex(h), now) {
			offer := t.state.Offer(Ask{Host: t.id(h)}, now)
			x.stage = idle // woken again when something opens or goes on
			if len(offer.Reasons) > 0 && offer.Reasons[0].Code == ReasonJudging {
				t.wake(h, t.now+t.r.pollEvery())
			}
			continue
		}
		x.seq++
		rows = append(rows, ReadyHost{
			Host: t.id(h), Seq: uint64(x.seq), Boot: t.boot(h), Readiness: Readiness{Needs: t.needs(h)},
		})
		hosts[len(rows)-1] = h
	}
	hosts = hosts[:len(rows)]
	t.ready, t.readies = t.ready[:0], rows
	if len(rows) == 0 {
		return nil
	}
	if err := t.command(Ready{Hosts: rows}); err != nil {
		return err
	}
	t.hour(t.now).reports += uint32(len(rows))
	for _, h := range hosts {
		if !t.state.hosts.rows[h].is(hostLive) {
			t.hosts[h].stage = polling
			t.wake(h, t.now+t.r.pollEvery())
			continue
		}
		t.hour(t.now).polls++ // it fetches its grant
		t.start(h)
	}
	return t.sayStarts()
}

// sayStarts reports the hosts that have just started.
func (t *trial) sayStarts() error {
	if len(t.reports) == 0 {
		return nil
	}
	return t.sayResults()
}

// boot is the host's boot id. It changes with restarts in real life; here one is
// enough to tell two machines apart.
func (t *trial) boot(h uint32) string { return "b" }

// open reports whether the ring of a host is open for it.
func (t *trial) open(h uint32) bool {
	r := t.rollout
	if t.hosts[h].backing {
		r = t.backout
	}
	m := r.members.at(hostIndex(h))
	return m != nil && m.ring != noRing && !r.rings[m.ring].opened.IsZero()
}

// look finds rings that have opened or passed, and halts.
func (t *trial) look() {
	r := t.rollout
	for i := range t.rings {
		ring, seen := &r.rings[i], &t.rings[i]
		if !ring.passed.IsZero() && seen.passed == forever {
			seen.passed = t.r.second(ring.passed)
		}
		if !ring.opened.IsZero() && seen.opened == forever {
			seen.opened = t.r.second(ring.opened)
			if seen.hosts = ring.members; seen.hosts == 0 {
				seen.most = seen.opened
			}
			t.attend(i)
			t.wakeRing(r, uint8(i), false)
		}
	}
	if r.phase == Done && t.done == forever {
		t.done = t.now
	}
	if r.phase == Held && !t.held {
		t.heldUp()
	}
	if t.held && r.phase == Running {
		for i := range t.rings {
			if t.rings[i].opened != forever {
				t.wakeRing(r, uint8(i), false)
			}
		}
	}
	t.held = r.phase == Held
	if r.phase == Halted && t.halted == forever {
		t.halted, t.haltRing = t.now, t.lastOpened()
	}
	t.lookBackout()
}

// heldUp notes that the rollout waits for people, who may let it go on.
func (t *trial) heldUp() {
	ring := &t.rings[t.lastOpened()]
	if !ring.held {
		ring.held, ring.holds = true, t.rollout.reasons
	}
	if t.r.assume.Resume > 0 {
		t.later(t.now+t.seconds(t.r.assume.Resume), func() error {
			if t.rollout.phase != Held {
				return nil
			}
			if err := t.approve(&t.r.spec.Approval, forResume, t.approvers()); err != nil {
				return err
			}
			return t.command(Resume{Rollout: t.r.spec.ID, By: proposer, Why: proposer})
		})
	}
}

func (t *trial) lastOpened() int {
	last := 0
	for i := range t.rings {
		if t.rings[i].opened != forever {
			last = i
		}
	}
	return last
}

// lookBackout finds rings of the back-out that have opened.
func (t *trial) lookBackout() {
	if t.rollout.backout == noRollout {
		return
	}
	if t.backout == nil {
		t.backout = t.state.rollouts[t.rollout.backout]
		t.backRings = make([]bool, len(t.backout.rings))
		t.undone, t.undoes = planesOf(t.backout.spec.Patches), idsOf(t.backout.spec.Patches)
	}
	for i := range t.backRings {
		if !t.backRings[i] && !t.backout.rings[i].opened.IsZero() {
			t.backRings[i] = true
			t.wakeRing(t.backout, uint8(i), true)
		}
	}
}

// wakeRing lets the hosts of a ring poll.
func (t *trial) wakeRing(r *rolloutState, ring uint8, backing bool) {
	for h, m := range r.members.all {
		if m.ring != ring || m.outcome != Pending {
			continue
		}
		x := &t.hosts[h]
		if x.stage != idle && x.stage != ended {
			continue
		}
		x.backing = backing
		t.wake(uint32(h), t.now)
	}
}

// needs are the patches that a host finds that it needs.
func (t *trial) needs(h uint32) []fettle.PatchID {
	if t.hosts[h].backing {
		return t.undoes
	}
	return t.wants
}

func idsOf(patches []PatchRef) []fettle.PatchID {
	list := make([]fettle.PatchID, len(patches))
	for i, p := range patches {
		list[i] = p.ID
	}
	return list
}

// planesOf says that the patches are installed and active.
func planesOf(patches []PatchRef) []PatchState {
	list := make([]PatchState, len(patches))
	for i, p := range patches {
		list[i] = PatchState{Patch: p.ID, Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}
	}
	return list
}

func regionSuffix(region, regions int) string {
	if regions == 1 {
		return ""
	}
	return "-" + strconv.Itoa(region+1)
}
