package rollout

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

func (s *State) decideReady(d *decided, c Ready, now time.Time) {
	b := s.newGranting(now)
	seen := make(map[fettle.HostID]bool, len(c.Hosts))
	for i := range c.Hosts {
		row := &c.Hosts[i]
		if !s.nameable(d, row.Host, seen) {
			continue
		}
		h, ok := s.known(row.Host)
		if !ok {
			d.refuse(ReasonHostUnknown, "host", string(row.Host))
			continue
		}
		if row.Seq != 0 && row.Seq <= s.hosts.rows[h].seq {
			d.refuse(ReasonRepeated, "host", string(row.Host), "seq", strconv.FormatUint(s.hosts.rows[h].seq, 10))
			continue
		}
		b.ready(d, h, row.Boot, &row.Readiness)
	}
	b.finish(d)
}

// granting gathers the grants of one command, so that they are charged together.
type granting struct {
	s      *State
	now    time.Time
	taken  map[Charge]int // units that this command's grants take
	inRing map[ringKey]int
	clones []fettle.HostID
	events []*GrantsIssued
	byWhat map[string]*GrantsIssued // the last entry of those terms that has room
}

type ringKey struct {
	rollout rolloutIndex
	ring    uint8
}

func (s *State) newGranting(now time.Time) *granting {
	return &granting{s: s, now: now, taken: map[Charge]int{}, inRing: map[ringKey]int{}, byWhat: map[string]*GrantsIssued{}}
}

// dueItem is a rollout that is due on a host, and what of it the host needs.
type dueItem struct {
	r       *rolloutState
	m       *member
	patches []fettle.PatchID
}

// ready decides about one host.
func (b *granting) ready(d *decided, h hostIndex, boot string, ready *Readiness) {
	s, row := b.s, &b.s.hosts.rows[h]
	host := string(row.id)
	if row.alternates(boot) && !row.is(hostQuarantined) {
		b.clones = append(b.clones, row.id)
		d.refuse(ReasonClone, "host", host)
		return
	}
	if row.is(hostQuarantined) {
		d.refuse(ReasonQuarantined, "host", host)
		return
	}
	if row.is(hostLive) {
		reason := s.whyUnderWay(h, s.liveItem(h), b.now)
		reason.Args["host"] = host
		d.reasons = append(d.reasons, reason)
		return
	}
	before := len(d.reasons)
	due := b.due(d, h, ready.Needs)
	if len(due) == 0 && len(d.reasons) > before {
		return // it was said why
	}
	if len(due) == 0 {
		d.reasons = append(d.reasons, b.notDue(h))
		return
	}
	ahead := !ready.Away.IsZero()
	charges, ok := b.charges(d, h, due, ahead)
	if !ok {
		return
	}
	b.add(h, boot, due, charges, ahead)
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
// back-outs alone if there is one.
func (b *granting) due(d *decided, h hostIndex, needs []fettle.PatchID) []dueItem {
	s := b.s
	var due []dueItem
	backout := false
	for r, m := range s.memberships(h) {
		if !s.open(r, h, m, b.now) {
			continue
		}
		item := dueItem{r: r, m: m}
		for _, p := range r.spec.Patches {
			if slices.Contains(needs, p.ID) && s.blockOfIn(r, h, p.ID) == nil {
				item.patches = append(item.patches, p.ID)
			}
		}
		if len(item.patches) == 0 {
			continue
		}
		if units := r.permitUnits(int(m.ring)); units > 0 {
			key := ringKey{r.index, m.ring}
			ring := &r.rings[m.ring]
			if used := ring.counts[Granted] + ring.busy() + b.inRing[key]; used >= units {
				d.refuse(ReasonPermitSpent, "host", string(s.hosts.rows[h].id), "rollout", string(r.spec.ID),
					"ring", r.spec.Rings[m.ring].Name, "units", strconv.Itoa(units))
				continue
			}
		}
		backout = backout || r.backoutOf != noRollout
		due = append(due, item)
	}
	if backout {
		due = slices.DeleteFunc(due, func(i dueItem) bool { return i.r.backoutOf == noRollout })
	}
	slices.Reverse(due)
	slices.SortStableFunc(due, func(a, b dueItem) int { return int(a.r.index) - int(b.r.index) })
	return due
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

// charges returns the units that a grant takes, or refuses naming the budget that
// is spent.
func (b *granting) charges(d *decided, h hostIndex, due []dueItem, ahead bool) ([]Charge, bool) {
	s := b.s
	row := &s.hosts.rows[h]
	var charges []Charge
	charged := false
	for i := range s.config.Budgets {
		budget := &s.config.Budgets[i]
		if budget.PreIssued != ahead && (budget.PreIssued || budget.Hold == UntilOutcome) {
			continue
		}
		charged = charged || budget.PreIssued == ahead
		key, has := "", true
		if budget.Per != "" {
			key, has = s.keys.value(row.keys, budget.Per)
		}
		if !has {
			continue
		}
		limits := []struct {
			charge Charge
			units  int
		}{{Charge{Budget: budget.Name, Key: key}, s.unitsOf(budget, key)}}
		for _, item := range due {
			for _, ref := range item.r.spec.Budgets {
				if ref.Budget == budget.Name && ref.Units > 0 {
					limits = append(limits, struct {
						charge Charge
						units  int
					}{Charge{Budget: budget.Name, Key: key, Rollout: item.r.spec.ID}, ref.Units})
				}
			}
		}
		for _, l := range limits {
			if s.holdsUnit(row.held, l.charge) {
				continue
			}
			used := s.usedOf(l.charge) + b.taken[l.charge]
			if l.charge.Rollout == "" {
				used += s.outUnits(budget.Per, key, b.now)
			}
			if used >= l.units {
				more := []string{"budget", budget.Name, "units", strconv.Itoa(l.units), "used", strconv.Itoa(used)}
				if key != "" {
					more = append(more, "key", key)
				}
				if l.charge.Rollout != "" {
					more = append(more, "rollout", string(l.charge.Rollout))
				}
				d.refuse(ReasonBudgetSpent, "host", string(row.id), more...)
				return nil, false
			}
			charges = append(charges, l.charge)
		}
	}
	if ahead && !charged {
		d.refuse(ReasonNoAhead, "host", string(row.id))
		return nil, false
	}
	return charges, true
}

// unitsOf returns how many units a budget has for one key.
func (s *State) unitsOf(b *Budget, key string) int {
	if n, ok := b.Keys[key]; ok {
		return n
	}
	if b.Share == 0 {
		return b.Units
	}
	if b.Per == "" {
		return b.Share.Of(s.hosts.present)
	}
	if i, ok := s.keys.byKey[Key{Dimension: b.Per, Value: key}]; ok {
		return b.Share.Of(s.keys.hosts[i])
	}
	return 0
}

func (s *State) usedOf(c Charge) int {
	if i, ok := s.counters.byCharge[c]; ok {
		return s.counters.used[i]
	}
	return 0
}

func (s *State) holdsUnit(held chargeSet, c Charge) bool {
	i, ok := s.counters.byCharge[c]
	return ok && slices.Contains(s.counters.sets[held], i)
}

// outUnits returns the units that known outages take of the budgets of one key.
func (s *State) outUnits(dimension, value string, now time.Time) int {
	n := 0
	for i := range s.outages {
		o := &s.outages[i]
		if o.key.Dimension == dimension && o.key.Value == value && (o.until.IsZero() || now.Before(o.until)) {
			n += o.units
		}
	}
	return n
}

// add puts one host's grant into an entry with those of the same terms.
func (b *granting) add(h hostIndex, boot string, due []dueItem, charges []Charge, ahead bool) {
	row := &b.s.hosts.rows[h]
	var what strings.Builder
	for _, item := range due {
		what.WriteString(strconv.Itoa(int(item.r.index)))
		for _, p := range item.patches {
			what.WriteByte(0)
			what.WriteString(string(p))
		}
		what.WriteByte(1)
		b.inRing[ringKey{item.r.index, item.m.ring}]++
	}
	if ahead {
		what.WriteByte(2)
	}
	e := b.byWhat[what.String()]
	if e == nil || len(e.Rows) == MaxRows {
		e = b.terms(due, ahead)
		b.byWhat[what.String()] = e
		b.events = append(b.events, e)
	}
	one := GrantedRow{Host: row.id, at: h}
	if bootHash(boot) != row.boots[0] {
		one.Boot = boot
	}
	for _, c := range charges {
		b.taken[c]++
		i := slices.Index(e.Charges, c)
		if i < 0 {
			i = len(e.Charges)
			e.Charges = append(e.Charges, c)
		}
		one.Charges = append(one.Charges, i)
	}
	e.Rows = append(e.Rows, one)
}

// terms returns an entry without rows: the shortest time to start that one of
// the rollouts allows, the longest that one of them may take.
func (b *granting) terms(due []dueItem, ahead bool) *GrantsIssued {
	issued := b.now.Truncate(time.Second)
	e := &GrantsIssued{Epoch: b.s.epoch, Issued: issued, PreIssued: ahead}
	var wait, run, silence Duration
	for i, item := range due {
		spec := item.r.spec
		if i == 0 || spec.Grant < wait {
			wait = spec.Grant
		}
		run, silence = max(run, spec.Run), max(silence, spec.Silence)
		if !spec.NotAfter.IsZero() && spec.NotAfter.Before(issued.Add(time.Duration(wait))) {
			wait = max(Duration(spec.NotAfter.Sub(issued)), 0)
		}
		e.Backout = e.Backout || item.r.backoutOf != noRollout
		e.Items = append(e.Items, GrantedItem{Rollout: spec.ID, Patches: item.patches})
	}
	margin := b.s.config.ClockMargin
	e.StartBy = issued.Add(time.Duration(wait)).Truncate(time.Second)
	e.EndBy = e.StartBy.Add(time.Duration(run) + time.Second - 1).Truncate(time.Second)
	e.Run = max(run, silence, Duration(time.Second)) + margin
	return e
}

// finish appends what was gathered.
func (b *granting) finish(d *decided) {
	slices.Sort(b.clones)
	for part := range slices.Chunk(slices.Compact(b.clones), MaxRows) {
		d.add(&HostsQuarantined{Reason: ReasonClone, Hosts: part})
	}
	for _, e := range b.events {
		d.add(e)
	}
}
