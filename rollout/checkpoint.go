package rollout

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fettle-dev/fettle"
)

// checkpointMagic begins every checkpoint; the number that follows is the
// version of its form. A form is never changed: one that has another column has
// another number, and Restore goes on reading the older ones.
const (
	checkpointMagic   = "fettle checkpoint "
	checkpointVersion = 1
)

// Checkpoint returns the state as it can be kept, so that a start need not fold
// every entry: Restore makes an equal state of it. It reads only, and the same
// state gives the same bytes.
func (s *State) Checkpoint() (Checkpoint, error) {
	p := &packer{b: make([]byte, 0, 1<<12+48*len(s.hosts.rows))} // some 37 bytes a host
	p.b = binary.AppendUvarint(append(p.b, checkpointMagic...), checkpointVersion)
	p.state(s)
	if p.err != nil {
		return Checkpoint{}, fmt.Errorf("rollout: writing a checkpoint at %d: %w", s.head.Position, p.err)
	}
	sum := sha256.Sum256(p.b)
	return Checkpoint{At: s.head.Position, State: append(p.b, sum[:]...)}, nil
}

// Restore returns the state of a checkpoint; of the zero Checkpoint that of an
// empty journal. The errors wrap ErrNewer for a checkpoint of a form that this
// code does not know, else ErrEntry.
func Restore(c Checkpoint) (*State, error) {
	if c.At == 0 && len(c.State) == 0 {
		return new(State), nil
	}
	wrong := func(kind error, text string, args ...any) (*State, error) {
		return nil, fmt.Errorf("%w: checkpoint at %d: %w", kind, c.At, fmt.Errorf(text, args...))
	}
	rest, found := bytes.CutPrefix(c.State, []byte(checkpointMagic))
	version, n := binary.Uvarint(rest)
	switch {
	case !found || n <= 0:
		return wrong(ErrEntry, "it does not begin as one")
	case version != checkpointVersion:
		return wrong(ErrNewer, "its form is %d, this version reads %d", version, checkpointVersion)
	case len(rest) < n+sha256.Size:
		return wrong(ErrEntry, "it is torn")
	}
	body := len(c.State) - sha256.Size
	if sum := sha256.Sum256(c.State[:body]); !bytes.Equal(sum[:], c.State[body:]) {
		return wrong(ErrEntry, "it is damaged: its digest is another")
	}
	s := new(State)
	p := &packer{reading: true, b: c.State[body-(len(rest)-n-sha256.Size) : body]}
	p.state(s)
	switch {
	case p.err != nil:
		return wrong(ErrEntry, "%w", p.err)
	case len(p.b) > 0:
		return wrong(ErrEntry, "%d bytes follow it", len(p.b))
	case s.head.Position != c.At:
		return wrong(ErrEntry, "it holds the state at %d", s.head.Position)
	}
	return s, nil
}

// state packs the whole state. What can be worked out is not packed: look-ups,
// caches, timers.
func (p *packer) state(s *State) {
	packNum(p, &s.head.Position)
	packText(p, &s.head.Digest)
	packTime(p, &s.at)
	if packBool(p, &s.ready); !s.ready || p.err != nil {
		return
	}
	if p.reading {
		s.prepare()
	}
	packJSON(p, &s.config)
	packNum(p, &s.epoch)
	packText(p, &s.holder)
	packNum(p, &s.gen)
	packInt(p, &s.unjudged)
	p.words(&s.words)
	p.keys(&s.keys)
	p.counters(&s.counters)
	rollouts := p.count(len(s.rollouts))
	p.terms(&s.terms, rollouts)
	p.hosts(s, rollouts)
	p.confined(s)
	for i := range rollouts {
		if p.err != nil {
			return
		}
		if p.reading {
			s.rollouts = append(s.rollouts, &rolloutState{
				index: rolloutIndex(i), latePlans: &planCache{tables: s.tables}, approvals: map[string][]approvalGiven{},
			})
		}
		p.rollout(s, s.rollouts[i], rollouts)
		if p.reading {
			s.byID[s.rollouts[i].spec.ID] = i
		}
	}
	p.elsewhere(s, rollouts)
	if p.reading && p.err == nil {
		s.rearm()
	}
}

// elsewhere packs what the region was told.
func (p *packer) elsewhere(s *State, rollouts int) {
	packList(p, &s.blocks, func(b *block) {
		packText(p, &b.name)
		packList(p, &b.patches, func(id *fettle.PatchID) { packText(p, id) })
		packIndex(p, &b.host, len(s.hosts.rows), noHost)
		p.key(&b.key)
		packIndex(p, &b.rollout, rollouts, noRollout)
		packJSON(p, &b.reason)
		packTime(p, &b.set)
	})
	packList(p, &s.outages, func(o *outage) {
		packText(p, &o.signal)
		p.key(&o.key)
		packInt(p, &o.units)
		packTime(p, &o.until)
	})
	signals := slices.SortedFunc(maps.Keys(s.signals), func(a, b signalKey) int {
		return bytes.Compare([]byte(a.name+"\x00"+string(a.rollout)), []byte(b.name+"\x00"+string(b.rollout)))
	})
	packList(p, &signals, func(k *signalKey) {
		packText(p, &k.name)
		packText(p, &k.rollout)
		v := s.signals[*k]
		packText(p, &v.Value)
		packTime(p, &v.Since)
		if p.reading {
			s.signals[*k] = v
		}
	})
	children := slices.Sorted(maps.Keys(s.pools))
	packList(p, &children, func(id *RegionID) {
		packText(p, id)
		sum := s.pools[*id]
		packJSON(p, &sum)
		if p.reading {
			s.pools[*id] = sum
		}
	})
}

// rearm sets the timers that the columns speak of.
func (s *State) rearm() {
	for i := range s.hosts.rows {
		if h := &s.hosts.rows[i]; h.is(hostLive) && h.deadline != 0 {
			s.timers.add(h.deadline, timer{host: hostIndex(i), rollout: noRollout})
		}
	}
	for _, r := range s.rollouts {
		if r.wake != 0 {
			s.timers.add(r.wake, timer{host: noHost, rollout: r.index})
		}
		for h, m := range r.members.all {
			if m.wake != 0 {
				s.timers.add(m.wake, timer{host: h, rollout: r.index})
			}
		}
	}
	for _, o := range s.outages {
		s.armOutage(o.until)
	}
	s.timers.settle(s.live)
}

var errCheckpointRange = errors.New("it names what it does not hold")
