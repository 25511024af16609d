package rollout

import (
	"slices"
	"strconv"

	"github.com/fettle-dev/fettle"
)

// block appends the entry that keeps what a rollout brings from being offered
// again: to the hosts of one stratum, or if that is zero to all. Hosts of the
// stratum that wait end as Skipped, so that the ring does not wait for them.
func (s *State) block(d *decided, r *rolloutState, stratum Key, reason fettle.Reason) {
	e := &BlockSet{Rollout: r.spec.ID, Reason: reason}
	for _, p := range r.spec.Patches {
		e.Patches = append(e.Patches, p.ID)
	}
	name := string(r.spec.ID)
	if stratum != (Key{}) {
		e.Key = &stratum
		name += "/" + stratum.Dimension + ":" + stratum.Value
	}
	e.Name = s.freeBlockName(name)
	d.add(e)
	if e.Key != nil {
		s.skip(d, r, s.members(r, func(m *member) bool {
			return (m.outcome == Pending || m.outcome == Deferred) && slices.Contains(s.keys.of(m.keys), stratum)
		}), ReasonBlocked)
	}
}

// members returns the hosts of a rollout for which want holds, in the order of
// their joining.
func (s *State) members(r *rolloutState, want func(m *member) bool) []hostIndex {
	var hosts []hostIndex
	for h, m := range r.members.all {
		if want(m) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// freeBlockName returns a name that no block has: a rollout may halt again.
func (s *State) freeBlockName(name string) string {
	free := name
	for n := 2; s.blockNamed(free) >= 0; n++ {
		free = name + "#" + strconv.Itoa(n)
	}
	return free
}

func (s *State) blockNamed(name string) int {
	return slices.IndexFunc(s.blocks, func(b block) bool { return b.name == name })
}

// blockOverAll returns the block that a rollout's halt left over all its hosts;
// nil if there is none.
func (s *State) blockOverAll(r *rolloutState) *block {
	for i := range s.blocks {
		if b := &s.blocks[i]; b.rollout == r.index && b.host == noHost && b.key == (Key{}) {
			return b
		}
	}
	return nil
}

// blockOf returns the first block that keeps a patch from a host; nil if none does.
func (s *State) blockOf(h hostIndex, patch fettle.PatchID) *block {
	for i := range s.blocks {
		b := &s.blocks[i]
		if !slices.Contains(b.patches, patch) || b.host != noHost && b.host != h {
			continue
		}
		if b.key == (Key{}) {
			return b
		}
		if value, ok := s.keys.value(s.hosts.rows[h].keys, b.key.Dimension); ok && value == b.key.Value {
			return b
		}
	}
	return nil
}

// blockedIn returns a block that keeps all of a rollout's patches from a host;
// nil if one of them is free.
func (s *State) blockedIn(r *rolloutState, h hostIndex) *block {
	var first *block
	if len(s.blocks) == 0 {
		return nil
	}
	for _, p := range r.spec.Patches {
		b := s.blockOf(h, p.ID)
		if b == nil {
			return nil
		}
		if first == nil {
			first = b
		}
	}
	return first
}

func (s *State) decideLift(d *decided, c Lift) error {
	i := s.blockNamed(c.Block)
	if i < 0 {
		return &CommandError{Command: "lift", Field: "block", Value: c.Block, Rule: "no block has that name"}
	}
	d.add(&BlockLifted{Name: c.Block, By: c.By, Why: c.Why})
	b := s.blocks[i]
	if b.rollout == noRollout || b.key == (Key{}) {
		return nil
	}
	r := s.rollouts[b.rollout]
	word := s.words.byWord[ReasonBlocked]
	hosts := s.members(r, func(m *member) bool {
		return m.outcome == Skipped && word != 0 && m.reason == word && slices.Contains(s.keys.of(m.keys), b.key)
	})
	for part := range slices.Chunk(hosts, MaxRows) {
		e := &OutcomesRecorded{Rollout: r.spec.ID}
		for _, h := range part {
			e.Rows = append(e.Rows, OutcomeRow{Host: s.hosts.rows[h].id, Outcome: Pending, Loose: true, at: h})
		}
		d.add(e)
	}
	return nil
}

func (e *BlockSet) check(s *State, _ *Entry) error {
	switch {
	case e.Name == "" || s.blockNamed(e.Name) >= 0:
		return refused("block %q has no name, or one that is taken", e.Name)
	case e.Rollout != "" && s.rolloutOf(e.Rollout) == nil:
		return refused("rollout %q is not known", e.Rollout)
	}
	return nil
}

func (e *BlockSet) apply(s *State, at *Entry) {
	b := block{name: e.Name, patches: e.Patches, host: noHost, rollout: noRollout, reason: e.Reason, set: at.At}
	if e.Rollout != "" {
		b.rollout = s.rolloutOf(e.Rollout).index
	}
	if e.Host != "" {
		if h, ok := s.hosts.find(e.Host); ok {
			b.host = h
		} else {
			b.host = s.hosts.add(e.Host)
		}
	}
	if e.Key != nil {
		b.key = *e.Key
	}
	s.blocks = append(s.blocks, b)
	s.gen++
}

func (e *BlockLifted) check(s *State, _ *Entry) error {
	if s.blockNamed(e.Name) < 0 {
		return refused("block %q is not set", e.Name)
	}
	return nil
}

func (e *BlockLifted) apply(s *State, _ *Entry) {
	i := s.blockNamed(e.Name)
	s.blocks = slices.Delete(s.blocks, i, i+1)
	s.gen++
}
