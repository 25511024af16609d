package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// audit folds the durable entries into a model of its own and asks every rule of
// it. It calls nothing of the state, apart from the decoder of entries.
type audit struct {
	w        *world
	at       int // entries that were folded
	last     fettle.Digest
	lastAt   time.Time
	hosts    map[fettle.HostID]*hostModel
	rollouts map[rollout.ID]*rolloutModel
	order    []rollout.ID
	blocks   map[string]*rollout.BlockSet
	signals  map[string]signalModel
	ops      map[rollout.Op]*opModel
	truths   map[said]map[fettle.PatchID]bool
	taken    map[said]bool // rows that stand in the journal, by rollout
	outages  []outage      // that people know to be taken in
	replica  *rollout.State
	steps    int
}

type said struct {
	host    fettle.HostID
	seq     uint64
	rollout rollout.ID
}

type hostModel struct {
	present, quarantined bool
	unheard              bool // its grant ahead lapsed, and it has said nothing since
	keys                 []rollout.Key
	live                 *opModel
	units                map[rollout.Charge]bool
}

type opModel struct {
	op        rollout.Op
	host      fettle.HostID
	items     []rollout.GrantedItem
	startBy   time.Time
	run       time.Duration
	deadline  time.Time
	accepted  bool
	preIssued bool
	backout   bool
	charges   []rollout.Charge
	taken     []rollout.Charge       // those of them that the host did not keep before
	limits    map[rollout.Charge]int // when it was granted
	cut       bool                   // time ended it, by a clock that was ahead
	gone      bool                   // people took the host out of the region meanwhile
	ran       int
}

type rolloutModel struct {
	spec      *rollout.Spec
	phase     rollout.Phase
	proposer  string
	backoutOf rollout.ID
	blocked   bool // it has left a block
	unreached bool // it has halted because hosts could not be served, which says nothing about the patch
	opened    map[string]time.Time
	passed    map[string]time.Time
	waived    map[string]bool
	members   map[fettle.HostID]*memberModel
	approvals []approvalModel
	permits   map[string]int // by ring: hosts in flight, 0 for no bound
}

type approvalModel struct {
	ring, by string
	at       time.Time
}

type signalModel struct {
	value string
	since time.Time
}

type memberModel struct {
	ring       string
	outcome    rollout.Outcome
	class      rollout.Class
	started    time.Time // first of all
	result     time.Time // first of all that counts
	place      int       // among those that started in the ring
	failed     bool      // what it has shown is a failure; a silence that it broke by a success is none
	before     bool      // it started before a halt that people ended
	hushed     bool      // what it has shown last is a silence, and it has not started since
	forgiven   bool
	wake       time.Time
	reason     string
	rolledBack bool
}

func newAudit(w *world) *audit {
	return &audit{
		w: w, hosts: map[fettle.HostID]*hostModel{}, rollouts: map[rollout.ID]*rolloutModel{}, blocks: map[string]*rollout.BlockSet{},
		signals: map[string]signalModel{}, ops: map[rollout.Op]*opModel{}, truths: map[said]map[fettle.PatchID]bool{}, taken: map[said]bool{},
	}
}

// follow folds what the journal holds and the audit has not seen.
func (a *audit) follow() {
	for ; a.at < len(a.w.journal.entries) && a.w.failed == nil; a.at++ {
		data := a.w.journal.entries[a.at]
		a.chain(data)
		e, err := rollout.ParseEntry(rollout.Position(a.at+1), data)
		if err != nil {
			a.w.violate(ruleReplays, "entry %d: %v: %s", a.at+1, err, data)
			return
		}
		if a.w.trace != nil {
			a.w.say("#%d %s", a.at+1, data[min(len(data), 130):])
		}
		a.lastAt = e.At
		a.fold(&e)
	}
	for _, id := range a.order {
		if r := a.rollouts[id]; r.phase == rollout.Halted && r.spec.Mode == rollout.Act && !r.blocked && !r.unreached && r.backoutOf == "" {
			a.w.violate(ruleBlocked, "%s has halted and leaves no block", id)
		}
	}
}

// chain: every entry names the digest of the one before.
func (a *audit) chain(data []byte) {
	var head struct {
		V    int           `json:"v"`
		Prev fettle.Digest `json:"prev"`
		At   time.Time     `json:"at"`
	}
	err := json.Unmarshal(data, &head)
	if err != nil || head.V != 1 || head.Prev != a.last {
		a.w.violate(ruleChain, "entry %d follows %q, want %q: %v", a.at+1, head.Prev, a.last, err)
	}
	if head.At.Before(a.lastAt) {
		a.w.violate(ruleTime, "entry %d is of %s, the one before of %s", a.at+1, head.At, a.lastAt)
	}
	sum := sha256.Sum256(data)
	a.last = fettle.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

func (a *audit) host(id fettle.HostID) *hostModel {
	h := a.hosts[id]
	if h == nil {
		h = &hostModel{units: map[rollout.Charge]bool{}}
		a.hosts[id] = h
	}
	return h
}

func (a *audit) member(id rollout.ID, host fettle.HostID) *memberModel {
	r := a.rollouts[id]
	if r.members[host] == nil {
		r.members[host] = &memberModel{place: -1}
	}
	return r.members[host]
}

func (a *audit) fold(e *rollout.Entry) {
	switch ev := e.Event.(type) {
	case *rollout.RolloutProposed:
		spec := ev.Spec
		if own := a.w.plan.byID[spec.ID]; own != nil {
			spec = own
		}
		a.rollouts[spec.ID] = &rolloutModel{
			spec: spec, phase: rollout.Proposed, proposer: ev.By, backoutOf: ev.BackoutOf, opened: map[string]time.Time{},
			passed: map[string]time.Time{}, waived: map[string]bool{}, members: map[fettle.HostID]*memberModel{}, permits: map[string]int{},
		}
		a.order = append(a.order, spec.ID)
		if ev.BackoutOf != "" {
			a.w.stats.Backouts++
		}
	case *rollout.RolloutApproved:
		r := a.rollouts[ev.Rollout]
		r.approvals = append(r.approvals, approvalModel{ev.Ring, ev.By, e.At})
	case *rollout.PhaseChanged:
		a.phase(ev)
	case *rollout.HostsJoined:
		for _, j := range ev.Hosts {
			h := a.host(j.Host)
			h.present, h.keys = true, j.Keys
			for _, m := range j.Rollouts {
				a.putAway(m.Rollout, j.Host, "a member")
				one := a.member(m.Rollout, j.Host)
				one.ring = m.Ring
				if m.Skipped != "" {
					one.outcome = rollout.Skipped
				}
			}
		}
	case *rollout.HostsLeft:
		for _, id := range ev.Hosts {
			a.leaves(id)
		}
	case *rollout.HostsRelabelled:
		for _, j := range ev.Hosts {
			a.host(j.Host).keys = j.Keys
		}
	case *rollout.MembersAssigned:
		for _, id := range ev.Hosts {
			a.putAway(ev.Rollout, id, "a member")
			m := a.member(ev.Rollout, id)
			m.ring = ev.Ring
			if ev.Skipped != "" {
				m.outcome = rollout.Skipped
			}
		}
	case *rollout.RingOpened:
		a.ringOpened(ev, e.At)
	case *rollout.RingPassed:
		a.ringPassed(ev, e.At)
	case *rollout.BlockSet:
		a.blocks[ev.Name] = ev
		if r := a.rollouts[ev.Rollout]; r != nil {
			r.blocked = true
		}
	case *rollout.BlockLifted:
		delete(a.blocks, ev.Name)
	case *rollout.PermitGiven:
		a.rollouts[ev.Rollout].permits[ev.Ring] = ev.Units
	case *rollout.SignalReceived:
		if s := a.signals[ev.Name]; s.value != ev.Value || s.since.IsZero() {
			a.signals[ev.Name] = signalModel{ev.Value, e.At}
		}
	default:
		a.foldHosts(e)
	}
}

func (a *audit) foldHosts(e *rollout.Entry) {
	switch ev := e.Event.(type) {
	case *rollout.GrantsIssued:
		for i := range ev.Rows {
			a.granted(e, ev, i)
		}
	case *rollout.GrantsLapsed:
		for _, id := range ev.Hosts {
			if h := a.host(id); h.live != nil {
				h.unheard = h.live.preIssued
				h.live.cut = e.At.After(a.w.now.Add(margin))
				for _, item := range h.live.items {
					if m := a.member(item.Rollout, id); m.outcome == rollout.Granted {
						m.outcome = rollout.Pending
					}
				}
			}
			a.settle(id)
		}
	case *rollout.OutcomesRecorded:
		for i := range ev.Rows {
			a.outcome(e, ev.Rollout, &ev.Rows[i])
		}
	case *rollout.HostsQuarantined:
		for _, id := range ev.Hosts {
			a.host(id).quarantined = true // what it holds and has not started lapses
		}
	case *rollout.HostsReleased:
		for _, id := range ev.Hosts {
			a.host(id).quarantined, a.host(id).unheard = false, false
			for _, r := range a.rollouts {
				if m := r.members[id]; m != nil {
					m.forgiven = true
				}
			}
			a.settle(id)
		}
	}
}

func (a *audit) phase(ev *rollout.PhaseChanged) {
	r := a.rollouts[ev.Rollout]
	if r.phase != ev.Phase {
		switch ev.Phase { //nolint:exhaustive // the others are people's
		case rollout.Halted:
			a.w.stats.Halts++
			r.unreached = len(ev.Reasons) > 0 && ev.Reasons[0].Code == rollout.ReasonReachHalted
		case rollout.Done:
			a.w.stats.Done++
		case rollout.Running:
			if r.phase == rollout.Proposed {
				a.w.violate(ruleApproved, "%s runs without having waited", ev.Rollout)
			}
		case rollout.Retired:
			a.retires(ev.Rollout, r)
		case rollout.Waiting:
			a.twoPeople(r, ev)
			if r.phase == rollout.Proposed && a.approvers(r, "", a.lastAt, &r.spec.Approval) < r.spec.Approval.Need {
				a.w.violate(ruleApproved, "%s waits with %d of %d approvals", ev.Rollout, a.approvers(r, "", a.lastAt, &r.spec.Approval), r.spec.Approval.Need)
			}
		}
	}
	if r.phase == rollout.Halted && ev.Phase == rollout.Running {
		for _, m := range r.members {
			m.before = m.place >= 0
		}
	}
	r.phase = ev.Phase
	if ev.Waived != "" {
		r.waived[ev.Waived] = true
	}
}

// leaves: nothing of a host that is gone counts.
func (a *audit) leaves(id fettle.HostID) {
	h := a.host(id)
	h.present, h.unheard = false, false
	for _, r := range a.rollouts {
		if m := r.members[id]; m != nil && r.phase != rollout.Retired && m.outcome != rollout.Verified && m.outcome != rollout.RolledBack {
			m.outcome = rollout.Removed
			if a.w.ephemeral(id) && m.result.IsZero() {
				m.started, m.place, m.before = time.Time{}, -1, false // it was made to go away
			}
		}
	}
	if h.live != nil {
		h.live.gone = true
	}
	h.live = nil
	clear(h.units)
}

func (a *audit) outcome(e *rollout.Entry, id rollout.ID, row *rollout.OutcomeRow) {
	h, m, r := a.host(row.Host), a.member(id, row.Host), a.rollouts[id]
	a.taken[said{row.Host, row.Seq, id}] = true
	h.unheard = h.unheard && row.Seq == 0
	if row.Reason == rollout.ReasonHeard {
		a.settle(row.Host) // it says nothing of the rollout
		return
	}
	a.putAway(id, row.Host, row.Outcome.String())
	if row.Outcome == rollout.Verified && m.outcome != rollout.Verified {
		a.verified(r, row)
	}
	a.goes(id, row)
	a.another(id, row)
	counts := row.Outcome == rollout.Verified || row.Outcome == rollout.Silent || row.Outcome == rollout.Failed && row.Class.Safety()
	hushed := m.hushed
	m.hushed = row.Outcome == rollout.Silent || hushed && !row.Late && (row.Outcome == rollout.Pending || row.Outcome == rollout.Granted)
	if hushed && row.Late && !counts && row.Outcome != rollout.RolledBack {
		m.started, m.result, m.place, m.before, m.failed = time.Time{}, time.Time{}, -1, false, false // it did not come to the patch
	}
	if (row.Outcome.Started() || counts && (m.outcome.InFlight() || row.Outcome == rollout.Failed || row.Late)) && m.started.IsZero() {
		m.started, m.place = e.At, a.starts(r, m.ring)
	}
	if counts && m.result.IsZero() && !m.started.IsZero() {
		m.result = e.At
	}
	if m.result.IsZero() && !counts && row.Outcome >= rollout.Deferred {
		m.started, m.place, m.before = time.Time{}, -1, false // it did not come to the patch
	}
	switch {
	case counts && row.Outcome != rollout.Verified:
		m.failed = true
	case counts && (m.outcome == rollout.Silent || hushed && row.Late):
		m.failed = false
	}
	if row.Outcome.Started() && h.live != nil {
		h.live.accepted = true
		h.live.deadline = e.At.Add(h.live.run)
	}
	if row.Outcome == rollout.Failed || row.Outcome == rollout.Silent || row.Outcome == rollout.Verified {
		m.forgiven = false
	}
	m.rolledBack = m.rolledBack || row.Outcome == rollout.RolledBack
	if m.outcome == rollout.Removed {
		h.present = true
	}
	m.outcome, m.class, m.wake, m.reason = row.Outcome, row.Class, row.Wake, row.Reason
	if row.Seq == 0 && h.live != nil && e.At.After(a.w.now.Add(margin)) {
		h.live.cut = true
	}
	a.settle(row.Host)
}

func (a *audit) starts(r *rolloutModel, ring string) int {
	n := 0
	for _, m := range r.members {
		if m.ring == ring && m.place >= 0 {
			n++
		}
	}
	return n
}

// verified: the patches were on a machine of that name, and in force, when it
// said so.
func (a *audit) verified(r *rolloutModel, row *rollout.OutcomeRow) {
	a.w.stats.Verified++
	truth := a.truths[said{host: row.Host, seq: row.Seq}]
	for _, p := range r.spec.Patches {
		if !truth[p.ID] {
			a.w.violate(ruleTrue, "%s on %s by report %d: %s was not installed and active", r.spec.ID, row.Host, row.Seq, p.ID)
		}
	}
}

// spoken keeps what was true when a report was written.
func (a *audit) spoken(m *machine, r *rollout.HostReport) {
	key := said{host: m.id, seq: r.Seq}
	if a.truths[key] == nil {
		a.truths[key] = map[fettle.PatchID]bool{}
	}
	for _, res := range r.Results {
		for _, p := range res.Patches {
			if p.Installed == fettle.Yes && p.Active == fettle.Yes && m.installed[p.Patch] && m.active[p.Patch] {
				a.truths[key][p.Patch] = true
			}
		}
	}
}
