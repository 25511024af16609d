package rollout

import (
	"github.com/fettle-dev/fettle/schedule"
)

// Reasons for which hosts are late, beside ReasonAwayWhenOpen, the phases
// halted, held and aborted, the codes of obstacles (package schedule) and those of State.Explain.
const (
	ReasonAway       = "away"          // off the network from when it could have started
	ReasonTooSoon    = "under-way"     // granted or at work when the deadline comes
	ReasonNoRestart  = "waits-restart" // installed, and no restart fits in any more
	ReasonFailed     = "failed"        // and not tried again, or not yet
	ReasonSilent     = "silent"        // started and not heard of again
	ReasonUnassigned = "in-no-ring"    // no ring took it
)

// judge finds, at the deadline, who is late and why.
func (t *trial) judge() {
	t.judged = true
	explained := map[uint8]string{} // of hosts whose ring is not open, by ring
	for h := range t.hosts {
		if x := &t.hosts[h]; !x.done {
			c := t.class(uint32(h))
			t.isLate(t.lateCode(uint32(h), c, explained), c.site, t.fleet.ids[h])
		}
	}
}

// lateCode says why a host is late.
func (t *trial) lateCode(h uint32, c *hostClass, explained map[uint8]string) string {
	if c.code != "" {
		return c.code
	}
	m := t.rollout.members.at(hostIndex(h))
	if m == nil || m.ring == noRing && m.outcome == Skipped {
		return ReasonUnassigned
	}
	switch m.outcome {
	case Pending:
		if p := t.rollout.phase; p == Halted || p == Held || p == Aborted {
			return string(p)
		}
	case Failed:
		return ReasonFailed
	case Silent:
		return ReasonSilent
	case RestartPending, Installed:
		if t.hosts[h].stage == ended {
			return ReasonNoRestart
		}
		return ReasonTooSoon
	case Granted, Accepted, Downloaded:
		return ReasonTooSoon
	case Verified, Deferred, Refused, RolledBack, Skipped, Removed:
	}
	open := t.open(h) && (t.rollout.phase == Running || t.rollout.phase == Done)
	if !open {
		if code, ok := explained[m.ring]; ok {
			return code
		}
	}
	code := t.explain(h)
	if !open {
		explained[m.ring] = code
		return code
	}
	return t.openCode(h, c, m, code)
}

// openCode says why a host did not get done in a ring that was open.
func (t *trial) openCode(h uint32, c *hostClass, m *member, code string) string {
	if m.wake > 0 {
		return ReasonFailed
	}
	opened := t.r.second(t.rollout.rings[m.ring].opened)
	i := searchStretch(c.install, opened)
	switch {
	case i == len(c.install) || c.install[i].start > t.r.by:
		return schedule.ReasonOutside
	case t.chanceIn(h, c.install, opened, t.r.pollEvery()) > t.r.by:
		return ReasonAway
	}
	return code
}

// explain returns the first reason that the core gives for a host.
func (t *trial) explain(h uint32) string {
	e := t.state.Explain(t.id(h), t.r.instant(t.now))
	for _, r := range e.Reasons {
		return r.Code
	}
	for _, x := range e.Rollouts {
		if x.Rollout != t.r.spec.ID {
			continue
		}
		for _, r := range x.Reasons {
			return r.Code
		}
	}
	return string(t.rollout.phase)
}

// finish sums up what the trial has left to say.
func (t *trial) finish() {
	if !t.judged {
		t.judge()
	}
	for i, l := range t.links {
		if l.most > 0 {
			t.Trial.links = append(t.Trial.links, linkTrial{t.r.links[i], l.most, l.queue})
		}
	}
	for i := range t.rings {
		t.rings[i].hosts = t.rollout.rings[i].members
	}
}
