package rollout

import (
	"maps"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

func (p *packer) key(k *Key) {
	packText(p, &k.Dimension)
	packText(p, &k.Value)
}

func (p *packer) words(t *wordTable) {
	packList(p, &t.words, func(word *string) { packText(p, word) })
	if !p.reading {
		return
	}
	if len(t.words) == 0 || t.words[0] != "" {
		p.fail(errCheckpointRange)
		return
	}
	for i, word := range t.words[1:] {
		t.byWord[word] = uint16(i + 1)
	}
}

func (p *packer) keys(t *keyTable) {
	packList(p, &t.keys, p.key)
	packList(p, &t.hosts, func(n *int) { packInt(p, n) })
	lists := t.sets[1:] // the first is empty, always
	packList(p, &lists, func(list *[]keyIndex) {
		packList(p, list, func(k *keyIndex) { packPlace(p, k, len(t.keys)) })
	})
	if !p.reading {
		return
	}
	if len(t.hosts) != len(t.keys) || p.err != nil {
		p.fail(errCheckpointRange)
		return
	}
	for i := range t.keys {
		t.keys[i].Dimension = t.dimension(t.keys[i].Dimension)
	}
	t.byKey.grow(t.keys)
	for _, list := range lists {
		keys := make([]Key, len(list))
		for i, k := range list {
			keys[i] = t.keys[k]
		}
		t.set(keys)
	}
	if len(t.sets) != len(lists)+1 {
		p.fail(errCheckpointRange)
	}
}

func (p *packer) counters(t *counterTable) {
	packList(p, &t.charges, func(c *Charge) {
		packText(p, &c.Budget)
		packText(p, &c.Key)
		packText(p, &c.Rollout)
	})
	packList(p, &t.used, func(n *int) { packInt(p, n) })
	packList(p, &t.hold, func(h *Hold) { packNum(p, h) })
	lists := t.sets[1:]
	packList(p, &lists, func(list *[]counterIndex) {
		packList(p, list, func(c *counterIndex) { packPlace(p, c, len(t.charges)) })
	})
	if !p.reading {
		return
	}
	if len(t.used) != len(t.charges) || len(t.hold) != len(t.charges) || p.err != nil {
		p.fail(errCheckpointRange)
		return
	}
	t.byCharge.grow(t.charges)
	for _, list := range lists {
		t.set(list)
	}
	if len(t.sets) != len(lists)+1 {
		p.fail(errCheckpointRange)
	}
}

func (p *packer) terms(t *termsTable, rollouts int) {
	packList(p, &t.all, func(g *grantTerms) {
		packList(p, &g.items, func(item *termsItem) {
			packIndex(p, &item.rollout, rollouts, noRollout)
			packList(p, &item.patches, func(ref *PatchRef) {
				packText(p, &ref.ID)
				packList(p, &ref.Payloads, func(d *fettle.Digest) { packText(p, d) })
			})
		})
		packNum(p, &g.epoch)
		packNum(p, &g.issued)
		packNum(p, &g.startBy)
		packNum(p, &g.endBy)
		packNum(p, &g.run)
		packBool(p, &g.preIssued)
		packBool(p, &g.backout)
		packInt(p, &g.hosts)
	})
	packList(p, &t.free, func(ref *termsRef) { packIndex(p, ref, len(t.all), noTerms) })
}

func (p *packer) hosts(s *State, rollouts int) {
	t := &s.hosts
	packList(p, &t.rows, func(h *host) {
		packText(p, &h.id)
		packNum(p, &h.seq)
		packNum(p, &h.op)
		packNum(p, &h.boots[0])
		packNum(p, &h.boots[1])
		packPlace(p, &h.keys, len(s.keys.sets))
		packPlace(p, &h.held, len(s.counters.sets))
		packIndex(p, &h.terms, len(s.terms.all), noTerms)
		packNum(p, &h.gen)
		packNum(p, &h.deadline)
		packIndex(p, &h.first, rollouts, noRollout)
		packNum(p, &h.flags)
		packNum(p, &h.failures)
	})
	if !p.reading || p.err != nil {
		return
	}
	rows := t.rows
	t.rows = nil
	for _, row := range rows {
		if _, twice := t.find(row.id); twice {
			p.fail(errCheckpointRange)
			return
		}
		t.rows[t.add(row.id)] = row
		if row.is(hostPresent) {
			t.present++
		}
	}
}

func (p *packer) confined(s *State) {
	hosts := slices.Sorted(maps.Keys(s.confined))
	packList(p, &hosts, func(h *hostIndex) {
		packPlace(p, h, len(s.hosts.rows))
		c := s.confined[*h]
		packText(p, &c.rule)
		packTime(p, &c.since)
		if p.reading {
			s.confined[*h] = c
		}
	})
}

func (p *packer) rollout(s *State, r *rolloutState, rollouts int) {
	packJSON(p, &r.spec)
	if r.spec == nil {
		p.fail(errCheckpointRange)
		r.spec = &Spec{} // only when it was read: a rollout has one
		return
	}
	packText(p, &r.digest)
	packText(p, &r.proposer)
	packTime(p, &r.proposed)
	packText(p, &r.phase)
	packTime(p, &r.since)
	packJSON(p, &r.reasons)
	packText(p, &r.by)
	packText(p, &r.why)
	packNum(p, &r.gen)
	packInt(p, &r.size)
	packInt(p, &r.unassigned)
	packInt(p, &r.base)
	packIndex(p, &r.backoutOf, rollouts, noRollout)
	packIndex(p, &r.backout, rollouts, noRollout)
	packBool(p, &r.judged)
	packNum(p, &r.wake)
	packBool(p, &r.recheck)
	p.starts(&r.late)
	packList(p, &r.rings, func(ring *ringState) { p.ring(ring, s.tables) })
	packList(p, &r.ringGen, func(n *uint32) { packNum(p, n) })
	packList(p, &r.frozen, func(b *bool) { packBool(p, b) })
	if n := len(r.spec.Rings); len(r.rings) != n || len(r.ringGen) != n || len(r.frozen) != n {
		p.fail(errCheckpointRange)
		return
	}
	packList(p, &r.permits, func(g *permitGiven) {
		packText(p, &g.ring)
		packInt(p, &g.units)
		packText(p, &g.by)
		packTime(p, &g.at)
	})
	rings := slices.Sorted(maps.Keys(r.approvals))
	packList(p, &rings, func(ring *string) {
		packText(p, ring)
		given := r.approvals[*ring]
		packList(p, &given, func(g *approvalGiven) {
			packText(p, &g.By)
			packText(p, &g.StepUp)
			packTime(p, &g.At)
		})
		if p.reading {
			r.approvals[*ring] = given
		}
	})
	packList(p, &r.masks, func(m *uint64) { packNum(p, m) })
	p.members(s, r, rollouts)
}

// members packs who is a member, by the distance from the one before.
func (p *packer) members(s *State, r *rolloutState, rollouts int) {
	n := 0
	for range r.members.all {
		n++
	}
	n = p.count(n)
	last := uint64(0)
	if !p.reading {
		for h, m := range r.members.all {
			p.uint(uint64(h) - last)
			last = uint64(h)
			p.member(s, r, m, rollouts)
		}
		return
	}
	for range n {
		last += p.uint(0)
		if p.err != nil || last >= uint64(len(s.hosts.rows)) {
			p.fail(errCheckpointRange)
			return
		}
		p.member(s, r, r.members.add(hostIndex(last)), rollouts)
	}
}

func (p *packer) member(s *State, r *rolloutState, m *member, rollouts int) {
	packNum(p, &m.outcome)
	packNum(p, &m.class)
	packNum(p, &m.ring)
	packNum(p, &m.attempts)
	packNum(p, &m.flags)
	packPlace(p, &m.mask, len(r.masks))
	packIndex(p, &m.next, rollouts, noRollout)
	packPlace(p, &m.reason, len(s.words.words))
	packNum(p, &m.mark)
	packNum(p, &m.wake)
	packPlace(p, &m.keys, len(s.keys.sets))
	if m.outcome > Removed || m.ring != noRing && int(m.ring) >= len(r.rings) {
		p.fail(errCheckpointRange)
	}
}

func (p *packer) ring(r *ringState, tables *gatestat.Tables) {
	if p.reading {
		*r = newRing(tables)
	}
	packTime(p, &r.opened)
	packTime(p, &r.passed)
	packInt(p, &r.members)
	for i := range r.counts {
		packInt(p, &r.counts[i])
	}
	packInt(p, &r.unreached)
	packInt(p, &r.unreachedBefore)
	packBool(p, &r.waived)
	p.starts(&r.starts)
	packNum(p, &r.floor)
	packTime(p, &r.lastResult)
	packList(p, &r.strata, func(st *stratum) {
		p.key(&st.key)
		packInt(p, &st.members)
		packInt(p, &st.size)
		p.cohorts(&st.cohorts)
	})
	if p.reading {
		for i := range r.strata {
			r.byKey[r.strata[i].key] = i
		}
	}
}

func (p *packer) starts(s *starts) {
	p.cohorts(&s.cohorts)
	packNum(p, &s.next)
	packNum(p, &s.batch)
}

func (p *packer) cohorts(c *cohorts) {
	packList(p, &c.from, func(o *startOrder) { packNum(p, o) })
	packList(p, &c.counts, p.cohort)
	p.cohort(&c.sum)
	if len(c.from) != len(c.counts) {
		p.fail(errCheckpointRange)
	}
}

func (p *packer) cohort(c *gatestat.Cohort) {
	packInt(p, &c.Started)
	packInt(p, &c.Succeeded)
	packInt(p, &c.Failed)
}
