package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// machine is one host with its agent. Two machines may have one identity.
type machine struct {
	w      *world
	id     fettle.HostID
	keys   []rollout.Key
	boot   string
	boots  int
	skew   time.Duration // its clock against the true one
	away   time.Time     // off the network until then
	gone   bool          // exists no more
	stuck  bool          // does nothing and says nothing
	twin   bool          // shares its identity with another machine
	copyOf *machine
	left   bool // people took it out of the region

	ephemeral bool // it may be made to go away
	doing     *work
	disk
	saved  *disk
	back   int  // times that it went back to a snapshot
	unsure bool // it has started anew, maybe from a snapshot, and had no answer yet

	looks   time.Time // when it looks again after it went back
	strange bool      // it was told that it is not in the region, or in quarantine
}

// disk is what a snapshot holds and takes back.
type disk struct {
	installed map[fettle.PatchID]bool
	active    map[fettle.PatchID]bool
	seq       uint64
	seen      uint64
	done      map[rollout.Op]bool
	due       []rollout.Due
	op        *work // held or at work
	outbox    []rollout.HostReport
}

func (d *disk) clone() *disk {
	c := &disk{
		installed: maps.Clone(d.installed), active: maps.Clone(d.active), seq: d.seq, seen: d.seen, due: d.due,
		done: maps.Clone(d.done), outbox: slices.Clone(d.outbox),
	}
	if d.op != nil {
		op := *d.op
		c.op = &op
	}
	return c
}

func (m *machine) clock() time.Time { return m.w.now.Add(m.skew) }

func (m *machine) online() bool {
	return !m.gone && !m.stuck && !m.w.now.Before(m.away)
}

func (m *machine) restart() {
	m.boots++
	m.unsure = true
	m.boot = fmt.Sprintf("%s-%d-%d", m.id, m.back, m.boots)
	if m.copyOf != nil {
		m.boot += "-twin"
	}
}

// live is what a machine does again and again: speak, if there is something to
// be said, or ask.
func (m *machine) live() {
	w := m.w
	if m.gone || w.failed != nil {
		return
	}
	every := w.between(4*time.Minute, 25*time.Minute)
	if w.calm {
		every = w.between(10*time.Minute, time.Hour)
	}
	w.in(every, m.live)
	if !w.calm {
		m.mishap()
	}
	if !m.online() {
		return
	}
	n := w.door()
	if len(m.outbox) > 0 {
		m.post(n, m.outbox[0])
		return
	}
	ask := rollout.Ask{Host: m.id, Seen: m.seen}
	if m.op != nil {
		ask.Ops = []rollout.Op{m.op.grant.Op}
	}
	if m.strange {
		ask.Seen = 0 // it wants to know where it stands
	}
	life, asked := m.back, w.now
	w.send(func() {
		o, ok := n.offer(ask)
		if ok {
			w.send(func() {
				if m.back == life {
					m.offered(o, asked)
				}
			})
		}
	})
}

// door is where a host turns to.
func (w *world) door() *node {
	if len(w.nodes) > 1 && (w.nodes[1].active && !w.nodes[0].active || w.chance(8)) {
		return w.nodes[1]
	}
	return w.nodes[0]
}

// mishap is what happens to machines.
func (m *machine) mishap() {
	w := m.w
	switch w.rng.IntN(400) {
	case 0:
		m.away = w.now.Add(w.between(time.Hour, 40*time.Hour))
	case 1:
		m.restart()
	case 2:
		m.saved = m.clone()
	case 3:
		if m.saved != nil {
			w.stats.Restores++
			w.say("%s goes back to a snapshot", m.id)
			m.disk = *m.saved.clone()
			m.back++
			m.doing = nil
			if m.op != nil {
				m.op = nil
			}
			m.restart()
			m.look()
			// What it sent before may come yet. It looks again, as agents do day by day.
			again := w.between(6*time.Hour, 24*time.Hour)
			m.looks = w.now.Add(again)
			w.in(again, func() {
				if !m.gone {
					m.look()
				}
			})
		}
	case 4:
		m.look()
	case 5:
		switch {
		case w.plan.jumps:
			m.skew = w.between(0, 16*time.Hour) - 8*time.Hour
		case w.plan.skews:
			m.skew = w.between(0, 8*time.Minute) - 4*time.Minute
		}
	case 6, 7:
		if m.ephemeral && m.copyOf == nil && !m.twin {
			m.vanish()
		}
	}
}

// vanish ends a machine that was made to go away. People are told, or find out
// when faults are over.
func (m *machine) vanish() {
	m.w.say("%s is made to go away", m.id)
	m.gone = true
	if m.w.chance(2) {
		m.w.plan.leave(m)
	}
}

// tell adds a report to what is to be said.
func (m *machine) tell(r rollout.HostReport) uint64 {
	m.seq++
	r.Host, r.Seq, r.Boot = m.id, m.seq, m.boot
	m.outbox = append(m.outbox, r)
	m.w.audit.spoken(m, &r)
	if m.w.trace != nil {
		text, _ := json.Marshal(r)
		m.w.say("%s writes %s", m.id, text)
	}
	return r.Seq
}

func (m *machine) post(n *node, r rollout.HostReport) {
	w, life := m.w, m.back
	w.stats.Reports++
	w.send(func() {
		n.take(letter{report: &r, reply: func(reasons []fettle.Reason, err error) {
			w.audit.acknowledged(&r, reasons, err)
			w.send(func() {
				if m.back == life { // an answer finds who asked, not what a snapshot brought back
					m.acked(r, reasons, err)
				}
			})
		}})
	})
}

// acked takes an answer to a report.
func (m *machine) acked(r rollout.HostReport, reasons []fettle.Reason, err error) {
	if err != nil || m.gone {
		return
	}
	if m.w.trace != nil && len(reasons) > 0 {
		text, _ := json.Marshal(reasons)
		m.w.say("%s hears of report %d: %s", m.id, r.Seq, text)
	}
	refused := false
	for _, reason := range reasons {
		refused = refused || rollout.Refuses(reason.Code)
		m.strange = m.strange || reason.Code == rollout.ReasonQuarantined || reason.Code == rollout.ReasonNotIn ||
			reason.Code == rollout.ReasonOrder && reason.Args["is"] == rollout.Removed.String()
		last, _ := strconv.ParseUint(reason.Args["seq"], 10, 64)
		if reason.Code == rollout.ReasonRepeated && (last > m.seq || m.unsure && last >= r.Seq) {
			// What it says may have been taken for what it said before it went back: it
			// says it again above that.
			m.seq = max(m.seq, last)
			for i := range m.outbox {
				m.seq++
				if m.op != nil && m.op.seq == m.outbox[i].Seq {
					m.op.seq = m.seq
				}
				m.outbox[i].Seq = m.seq
				m.w.audit.spoken(m, &m.outbox[i])
			}
			return
		}
	}
	m.unsure = false
	m.outbox = slices.DeleteFunc(m.outbox, func(o rollout.HostReport) bool { return o.Seq <= r.Seq })
	if m.op == nil || m.op.stage != "asking" || m.op.seq != r.Seq {
		return
	}
	switch {
	case refused || !m.inTime(m.op): // it may count as started there, and as silent
		m.result(rollout.Deferred, "start-too-late", 0)
		m.done[m.op.grant.Op], m.op = true, nil
	default:
		m.start()
	}
}

// inTime reports whether a grant may still be started: by the machine's clock, and
// by the time that has passed since it asked, which nobody sets.
func (m *machine) inTime(op *work) bool {
	if m.w.breaks.Clock {
		return m.w.now.Before(op.grant.StartBy)
	}
	return m.clock().Before(op.grant.StartBy) && m.w.now.Before(op.until)
}

// offered takes an offer.
func (m *machine) offered(o rollout.Offer, asked time.Time) {
	if !m.online() {
		return
	}
	if slices.ContainsFunc(o.Reasons, func(r fettle.Reason) bool { return r.Code == rollout.ReasonHostUnknown }) {
		m.strange = true
		return
	}
	if o.Generation < m.seen {
		return
	}
	if o.Unchanged {
		m.again()
		return
	}
	quarantined := slices.ContainsFunc(o.Reasons, func(r fettle.Reason) bool { return r.Code == rollout.ReasonQuarantined })
	if m.strange && !quarantined {
		m.look()
	}
	m.strange = quarantined
	m.seen, m.due = o.Generation, o.Due
	if m.op != nil && m.op.stage == "asking" && slices.Contains(o.Withdrawn, m.op.grant.Op) {
		m.op = nil
	}
	for _, g := range o.Grants {
		if m.op != nil || m.done[g.Op] && !m.w.breaks.Twice || !m.clock().Before(g.StartBy) && !m.begun(g) {
			continue
		}
		if m.done[g.Op] {
			m.op = &work{grant: g}
			m.start()
			return
		}
		m.grant(g, asked.Add(g.StartBy.Sub(o.Now)))
		return
	}
	m.again()
}

// again asks for a grant as long as something is due: that a unit of a budget is
// free is no news of its own.
func (m *machine) again() {
	if m.op == nil && len(m.outbox) == 0 && len(m.due) > 0 {
		m.ready(m.due)
	}
}

// begun: the machine went back to a snapshot while it did this.
func (m *machine) begun(rollout.Grant) bool { return m.back > 0 }

// grant takes a grant up: it says so, and starts when that is acknowledged.
func (m *machine) grant(g rollout.Grant, until time.Time) {
	w := m.w
	if w.plan.users && w.chance(8) {
		m.op = &work{grant: g}
		if w.chance(2) {
			m.result(rollout.Deferred, "user", w.between(time.Hour, 20*time.Hour))
		} else {
			m.result(rollout.Refused, "user", 0)
		}
		m.done[g.Op], m.op = true, nil
		return
	}
	m.op = &work{grant: g, stage: "asking", until: until}
	if g.PreIssued {
		m.away = w.now.Add(w.between(time.Minute, 20*time.Hour))
		w.in(w.between(0, max(g.StartBy.Sub(m.clock())-time.Second, time.Second)), func() {
			if m.op != nil && m.op.grant.Op == g.Op && m.op.stage == "asking" && m.inTime(m.op) {
				m.start()
			}
		})
		return
	}
	var r rollout.HostReport
	for _, item := range g.Items {
		r.Results = append(r.Results, rollout.Result{Rollout: item.Rollout, Op: g.Op, Outcome: rollout.Accepted})
	}
	m.op.seq = m.tell(r)
}

// ready says what the machine needs of what is due.
func (m *machine) ready(due []rollout.Due) {
	ready := &rollout.Readiness{}
	var r rollout.HostReport
	asks := true
	for _, d := range due {
		if d.Mode == rollout.Observe {
			r.Results = append(r.Results, rollout.Result{Rollout: d.Rollout, Patches: m.planes(d.Patches)})
			continue
		}
		needs := 0
		for _, p := range d.Patches {
			if !m.installed[p.ID] || !m.active[p.ID] {
				ready.Needs = append(ready.Needs, p.ID)
				needs++
			}
		}
		if needs == 0 {
			asks = false
			r.Results = append(r.Results, rollout.Result{Rollout: d.Rollout, Outcome: rollout.Verified, Patches: m.planes(d.Patches)})
		}
	}
	if asks {
		r.Ready = ready
		if m.w.plan.ahead && m.w.chance(4) {
			r.Ready.Away = m.w.now.Add(10 * time.Hour)
		}
	}
	m.tell(r)
}

func (m *machine) planes(patches []rollout.PatchRef) []rollout.PatchState {
	var list []rollout.PatchState
	for _, p := range patches {
		list = append(list, rollout.PatchState{
			Patch: p.ID, Target: fettle.Yes, Installed: fettle.TruthOf(m.installed[p.ID]), Active: fettle.TruthOf(m.active[p.ID]),
		})
	}
	return list
}

// look reports what a later snapshot shows, without an operation.
func (m *machine) look() {
	var r rollout.HostReport
	for _, spec := range m.w.plan.specs {
		if m.w.plan.target(spec, m.id) {
			r.Results = append(r.Results, rollout.Result{Rollout: spec.ID, Patches: m.planes(spec.Patches)})
		}
	}
	if len(r.Results) > 0 {
		m.tell(r)
	}
}
