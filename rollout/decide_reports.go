package rollout

import (
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

func (s *State) decideReports(d *decided, c Reports, now time.Time) {
	b := &reporting{s: s, now: now, rows: make([][]OutcomeRow, len(s.rollouts)), grants: s.newGranting(now)}
	at := make([]hostIndex, len(c.Hosts))
	s.hosts.findEach(at, func(i int) fettle.HostID { return c.Hosts[i].Host })
	var seen hostSet
	for i, h := range at {
		row := &c.Hosts[i]
		switch {
		case row.Host == "":
			d.refuse(ReasonHostNameless, "host", "")
		case h == noHost:
			d.refuse(ReasonHostUnknown, "host", string(row.Host))
		case seen.again(h):
			d.refuse(ReasonHostTwice, "host", string(row.Host))
		default:
			b.host(d, h, row, len(c.Hosts)-i)
		}
	}
	for i, rows := range b.rows {
		addOutcomes(d, s.rollouts[i].spec.ID, rows)
	}
	for part := range slices.Chunk(b.failing, MaxRows) {
		d.add(&HostsQuarantined{Reason: ReasonFailsAlways, Hosts: part})
	}
	b.grants.finish(d)
}

// reporting gathers the rows of one command.
type reporting struct {
	s       *State
	now     time.Time
	rows    [][]OutcomeRow // by rollout
	failing []fettle.HostID

	grants  *granting
	last    *rolloutState // that a result spoke of
	derived bool          // the report has led to rows of rollouts that it does not name
}

// rollout finds a rollout: most often that which the result before spoke of.
func (b *reporting) rollout(id ID) *rolloutState {
	if b.last == nil || b.last.spec.ID != id {
		b.last = b.s.rolloutOf(id)
	}
	return b.last
}

// told is one result with all that there is to know about it.
type told struct {
	h   hostIndex
	r   *rolloutState
	m   *member
	res *Result
	row OutcomeRow
	// live: said about the operation that the host holds.
	live    bool
	granted []PatchRef // of the rollout, by that operation
}

// host takes in one report, of that many that are left.
func (b *reporting) host(d *decided, h hostIndex, report *HostReport, left int) {
	row := &b.s.hosts.rows[h]
	host := string(report.Host)
	if report.Seq <= row.seq {
		d.refuse(ReasonRepeated, "host", host, "seq", strconv.FormatUint(row.seq, 10))
		b.repeated(d, h, report)
		return
	}
	if row.alternates(report.Boot) && !row.is(hostQuarantined) {
		b.grants.clones = append(b.grants.clones, row.id)
		d.refuse(ReasonClone, "host", host)
	}
	took := false
	b.derived = false
	for i := range report.Results {
		res := &report.Results[i]
		if slices.ContainsFunc(report.Results[:i], func(before Result) bool { return before.Rollout == res.Rollout }) {
			d.refuse(ReasonHostTwice, "host", host, "rollout", string(res.Rollout))
			continue
		}
		t := told{h: h, res: res, r: b.rollout(res.Rollout)}
		if !b.about(d, &t) {
			continue
		}
		t.row = OutcomeRow{Host: row.id, Seq: report.Seq, Loose: !t.live, Late: !t.live && res.Op != "", at: h}
		if bootHash(report.Boot) != row.boots[0] {
			t.row.Boot = report.Boot
		}
		if b.result(d, &t) && b.follows(d, &t) {
			if b.rows[t.r.index] == nil {
				b.rows[t.r.index] = make([]OutcomeRow, 0, left)
			}
			if n := len(b.rows[t.r.index]); b.has(t.r.index, h) {
				b.rows[t.r.index] = b.rows[t.r.index][:n-1] // it says itself what another result of it led to
			}
			b.rows[t.r.index] = append(b.rows[t.r.index], t.row)
			b.follow(&t)
			took = true
		}
	}
	took = took || b.derived
	if took {
		b.leftOver(h)
	}
	granted := false
	switch {
	case report.Ready == nil:
	case took:
		d.refuse(ReasonAskAgain, "host", host)
	case !row.is(hostPresent):
		d.refuse(ReasonNotIn, "host", host)
	default:
		granted = b.grants.ready(d, h, report.Boot, report.Ready)
	}
	if !took && !granted {
		b.grants.heardOf(h, report.Seq, report.Boot)
	}
}

// has reports whether a host's report has led to a row of a rollout already.
func (b *reporting) has(r rolloutIndex, h hostIndex) bool {
	n := len(b.rows[r])
	return n > 0 && b.rows[r][n-1].at == h
}

// derive adds what a result leads to in another rollout, if the host says nothing of
// that itself.
func (b *reporting) derive(r rolloutIndex, row OutcomeRow) {
	if !b.has(r, row.at) {
		b.rows[r] = append(b.rows[r], row)
		b.derived = true
	}
}

// leftOver ends the items that a host never accepted of an operation that it has
// otherwise finished: its rollout did not go on when the host started. They would
// keep the host and its units until the deadline of what is over.
func (b *reporting) leftOver(h hostIndex) {
	s, row := b.s, &b.s.hosts.rows[h]
	if !row.is(hostLive) {
		return
	}
	started := row.is(hostStarted)
	var never []rolloutIndex
	for _, item := range s.terms.all[row.terms].items {
		is := s.rollouts[item.rollout].members.at(h).outcome
		said := b.rows[item.rollout]
		for i := len(said) - 1; i >= 0 && said[i].at == h; i-- { // its own rows are the last
			is = said[i].Outcome
			started = started || !said[i].Loose && (is == Verified || is == Failed)
		}
		switch {
		case is.Started():
			return
		case is == Granted:
			never = append(never, item.rollout)
		}
	}
	for _, i := range never {
		if started {
			b.rows[i] = append(b.rows[i], OutcomeRow{Host: row.id, Outcome: Pending, Reason: ReasonLapsed, at: h})
		}
	}
}

// follows reports whether a result says something new that may follow what is
// known.
func (b *reporting) follows(d *decided, t *told) bool {
	is, to := t.m.outcome, t.row.Outcome
	fresh := is.mayFollow(to) || is == to && is.InFlight()
	switch {
	case !fresh && is != to:
		d.refuse(ReasonOrder, "host", string(t.row.Host), "rollout", string(t.r.spec.ID), "outcome", to.String(), "is", is.String())
	case t.row.Late:
		d.refuse(ReasonLate, "host", string(t.row.Host), "rollout", string(t.r.spec.ID), "outcome", t.res.Outcome.String())
	}
	return fresh
}

// repeated says again that a host may not start: the answer that refused it may
// be the one that was lost, and a repetition without it would look as if the
// start had been taken.
func (b *reporting) repeated(d *decided, h hostIndex, report *HostReport) {
	row := &b.s.hosts.rows[h]
	for i := range report.Results {
		res := &report.Results[i]
		r := b.s.rolloutOf(res.Rollout)
		if r == nil || !res.Outcome.InFlight() || res.Op == "" {
			continue
		}
		m := r.members.at(h)
		if m == nil || !m.outcome.Started() || !row.is(hostLive) || opOf(res.Op, b.s.config.Region) != row.op {
			d.refuse(ReasonOpOver, "host", string(row.id), "rollout", string(res.Rollout), "op", string(res.Op))
		}
	}
}

// about finds what a result speaks of, or refuses it.
func (b *reporting) about(d *decided, t *told) bool {
	s, row, res := b.s, &b.s.hosts.rows[t.h], t.res
	host := string(row.id)
	if t.r == nil {
		d.refuse(ReasonNoRollout, "host", host, "rollout", string(res.Rollout))
		return false
	}
	if t.r.phase == Retired {
		d.refuse(ReasonRetired, "host", host, "rollout", string(res.Rollout))
		return false
	}
	if t.m = t.r.members.at(t.h); t.m == nil {
		d.refuse(ReasonNoMember, "host", host, "rollout", string(res.Rollout))
		return false
	}
	if res.Op == "" {
		return true
	}
	op := row.op
	if !op.names(res.Op, s.config.Region) {
		op = opOf(res.Op, s.config.Region)
	}
	switch {
	case op == 0 || op > row.op:
		d.refuse(ReasonOpUnknown, "host", host, "rollout", string(res.Rollout), "op", string(res.Op))
		return false
	case op == row.op && row.is(hostLive) && t.m.outcome.InFlight():
		item := s.terms.all[row.terms].item(t.r.index)
		if item == nil {
			d.refuse(ReasonOpUnknown, "host", host, "rollout", string(res.Rollout), "op", string(res.Op))
			return false
		}
		t.live, t.granted = true, item.patches
	case res.Outcome.InFlight() || op != row.op && !b.mayEnd(t):
		d.refuse(ReasonOpOver, "host", host, "rollout", string(res.Rollout), "op", string(res.Op))
		return false
	}
	return true
}

// mayEnd reports whether a result of an operation before the host's last one says
// anything new: not if the rollout is under way by the last one, or may be, because
// that was granted ahead.
func (b *reporting) mayEnd(t *told) bool {
	if !t.m.outcome.InFlight() {
		return true
	}
	return t.m.outcome == Granted && !b.s.terms.all[b.s.hosts.rows[t.h].terms].preIssued
}

// result fills in what a result comes to, and reports whether anything changes.
func (b *reporting) result(d *decided, t *told) bool {
	res, m := t.res, t.m
	host := string(t.row.Host)
	t.row.Outcome, t.row.Reason = res.Outcome, res.Reason
	refuse := func(code string, more ...string) bool {
		d.refuse(code, "host", host, append([]string{"rollout", string(res.Rollout)}, more...)...)
		return false
	}
	switch res.Outcome {
	case Pending, Granted, Silent, Removed:
		if !t.live && res.Op == "" && len(res.Patches) > 0 && !b.s.hosts.rows[t.h].is(hostPresent) {
			return refuse(ReasonNotIn) // it says so again when it is back
		}
		if !t.live && res.Op == "" && len(res.Patches) > 0 && !b.observed(t) {
			return false // a look at the host that shows nothing new
		}
		if t.live || res.Op != "" || len(res.Patches) == 0 {
			return refuse(ReasonNotReported, "outcome", res.Outcome.String())
		}
		return t.row.Outcome != m.outcome || t.row.Reason != ""
	case Accepted, Downloaded, Installed, RestartPending:
		if !t.live {
			if res.Op == "" && b.observed(t) {
				return true
			}
			return refuse(ReasonNoOp, "outcome", res.Outcome.String())
		}
		return b.step(t, refuse)
	case Verified:
		if patch, ok := proven(t); !ok {
			refuse(ReasonUnproven, "patch", string(patch))
			return t.live && b.byPlanes(t)
		}
		if m.outcome == Verified {
			return false
		}
	case Failed:
		if m.outcome == Verified && res.Class != ClassHealth {
			return refuse(ReasonOrder, "outcome", res.Outcome.String(), "is", m.outcome.String())
		}
		t.row.Class = res.Class
		t.row.Wake = b.retryAt(t)
	case Deferred:
		if !t.live && (res.Op == "" || m.outcome != Silent && m.outcome != Pending) {
			return refuse(ReasonNoOp, "outcome", res.Outcome.String())
		}
		if b.inForce(d, t) {
			return true
		}
		if t.row.Wake = roundUp(res.Until); !t.row.Wake.After(b.now) {
			t.row.Outcome, t.row.Wake = Pending, time.Time{}
		}
	case Refused, Skipped:
		late := res.Op != "" && m.outcome == Silent
		if !t.live && !late && m.outcome != Pending && m.outcome != Deferred && m.outcome != Failed {
			return refuse(ReasonOrder, "outcome", res.Outcome.String(), "is", m.outcome.String())
		}
		if (t.live || late) && b.inForce(d, t) {
			return true
		}
	case RolledBack:
		if i := slices.IndexFunc(res.Patches, func(p PatchState) bool { return p.Installed != fettle.No }); i >= 0 || len(res.Patches) == 0 {
			return refuse(ReasonUnproven, "outcome", res.Outcome.String())
		}
	default:
		return refuse(ReasonNotReported, "outcome", res.Outcome.String())
	}
	return true
}

// inForce has a host verified that declines what its own planes show to be there.
func (b *reporting) inForce(d *decided, t *told) bool {
	if _, ok := proven(t); !ok {
		return false
	}
	d.refuse(ReasonInForce, "host", string(t.row.Host), "rollout", string(t.r.spec.ID), "outcome", t.res.Outcome.String())
	t.row.Outcome, t.row.Wake = Verified, time.Time{}
	return true
}

// step takes in how far a host is with its operation.
func (b *reporting) step(t *told, refuse func(string, ...string) bool) bool {
	s, res, m := b.s, t.res, t.m
	op := string(res.Op)
	if t.row.Outcome == Downloaded {
		t.row.Outcome = max(Accepted, m.outcome) // that is known in memory only
		if t.row.Outcome != Accepted || m.outcome == Accepted {
			t.row.Outcome = m.outcome
		}
	}
	if m.outcome == Granted {
		gone := !t.r.serving(b.now) || s.hosts.rows[t.h].is(hostQuarantined) || s.replacedBy(t.r, t.h) != nil
		if gone && !s.terms.all[s.hosts.rows[t.h].terms].preIssued {
			t.row.Outcome, t.row.Reason = Pending, ReasonOpWithdrawn
			refuse(ReasonOpWithdrawn, "op", op)
			return true
		}
	}
	if t.row.Outcome < m.outcome {
		return refuse(ReasonOrder, "outcome", res.Outcome.String(), "is", m.outcome.String())
	}
	if t.row.Outcome == m.outcome {
		row := &s.hosts.rows[t.h]
		left := int64(row.deadline) - int64(secondsUp(b.now))
		return 2*left < int64(s.terms.all[row.terms].run) // it is still there
	}
	return true
}

// proven returns whether Installed and Active hold for all patches that a result
// has to speak of: those of the operation, or of the rollout's those that the host is
// a target of; else the first for which they do not.
func proven(t *told) (fettle.PatchID, bool) {
	var first fettle.PatchID
	shown := false
	for _, p := range t.patches() {
		i := slices.IndexFunc(t.res.Patches, func(st PatchState) bool { return st.Patch == p.ID })
		switch {
		case i >= 0 && t.res.Patches[i].Installed == fettle.Yes && t.res.Patches[i].Active == fettle.Yes:
			shown = true
		case i >= 0 && !t.live && t.res.Patches[i].Target == fettle.No:
			if first == "" {
				first = p.ID
			}
		default:
			return p.ID, false
		}
	}
	return first, shown
}

// patches returns the patches that a result has to speak of.
func (t *told) patches() []PatchRef {
	if t.live {
		return t.granted
	}
	return t.r.spec.Patches
}

// byPlanes says how far a host that claims success is by its own planes.
func (b *reporting) byPlanes(t *told) bool {
	outcome := RestartPending
	for _, p := range t.patches() {
		i := slices.IndexFunc(t.res.Patches, func(st PatchState) bool { return st.Patch == p.ID })
		switch {
		case i < 0 || t.res.Patches[i].Installed != fettle.Yes:
			return false
		case t.res.Patches[i].Active == fettle.Unknown:
			outcome = Installed
		}
	}
	t.row.Outcome = outcome
	return outcome > t.m.outcome
}

// retryAt returns when a host that failed is tried again; zero if it is not.
func (b *reporting) retryAt(t *told) time.Time {
	return t.r.retryAt(t.m, t.row.Host, t.res.Class, b.now)
}

func (r *rolloutState) retryAt(m *member, host fettle.HostID, class Class, now time.Time) time.Time {
	retry := &r.spec.Retry
	attempts := int(m.attempts)
	if m.outcome == Granted {
		attempts++ // one report tells of the start and of its end
	}
	if attempts >= retry.Attempts[class] {
		return time.Time{}
	}
	wait, most := time.Duration(retry.Backoff), time.Duration(retry.MaxBackoff)
	if wait == 0 {
		wait = time.Hour
	}
	if most == 0 {
		most = 24 * time.Hour
	}
	for range attempts - 1 {
		if wait *= 2; wait >= most {
			break
		}
	}
	wait = min(wait, max(most, time.Duration(retry.Backoff)))
	spread := time.Duration(hashUnit(r.spec.Salt+"/retry", host)>>32) * (wait / 4) >> 32
	return roundUp(now.Add(wait + spread))
}

// roundUp returns the next whole second.
func roundUp(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Add(time.Second - 1).Truncate(time.Second)
}

// follow adds what a result leads to beside itself: the quarantine of a host that
// fails again and again, the end of a rollout's patch that its back-out took out.
func (b *reporting) follow(t *told) {
	s := b.s
	row := &s.hosts.rows[t.h]
	if limit := t.r.spec.Retry.Quarantine; limit > 0 && t.row.Outcome == Failed && t.live && int(row.failures)+1 >= limit &&
		!slices.Contains(b.failing, row.id) {
		b.failing = append(b.failing, row.id)
	}
	if t.row.Outcome == Verified && t.r.backoutOf != noRollout {
		from := s.rollouts[t.r.backoutOf]
		if m := from.members.at(t.h); m != nil && m.outcome.mayFollow(RolledBack) {
			b.derive(from.index, OutcomeRow{Host: row.id, Outcome: RolledBack, Seq: t.row.Seq, Loose: true, at: t.h})
		}
	}
}
