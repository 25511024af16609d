package rollout

import (
	"fmt"
	"slices"
	"time"
)

// proposer is who starts the rollout in a forecast.
const proposer = "forecast"

// later notes something that people do at an instant.
func (t *trial) later(at uint32, do func() error) {
	i, _ := slices.BinarySearchFunc(t.people, at, func(e errand, at uint32) int {
		if e.at <= at {
			return -1
		}
		return 1
	})
	t.people = slices.Insert(t.people, i, errand{at, do})
}

func (t *trial) nextErrand() uint32 {
	if len(t.people) == 0 {
		return forever
	}
	return t.people[0].at
}

// errands does what is due.
func (t *trial) errands() error {
	for t.nextErrand() <= t.now {
		do := t.people[0].do
		t.people = t.people[1:]
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) seconds(d Duration) uint32 { return uint32(time.Duration(d) / time.Second) }

// approve gives the approvals that a ring's gate needs, or with "" the start, or
// with forResume that people let it go on.
func (t *trial) approve(a *Approval, ring string, need int) error {
	given := 0
	for i := 0; given < need; i++ {
		by := fmt.Sprintf("approver-%d", i+1)
		if len(a.From) > 0 {
			if i == len(a.From) {
				break
			}
			by = a.From[i]
		}
		if by == proposer {
			continue
		}
		given++
		err := t.command(Approve{Rollout: t.r.spec.ID, Digest: t.r.digest, By: by, StepUp: proposer, Ring: ring})
		if err != nil {
			return err
		}
	}
	return nil
}

// attend lets people see to the gates of a ring that has opened: approvals, after
// the time that they take and again when they have expired; signals, which say
// what is wanted; permits of the parent region.
func (t *trial) attend(ring int) {
	wait := t.now + t.seconds(t.r.assume.Approve)
	spec := &t.r.spec.Rings[ring]
	for i := range spec.Gates {
		switch g := &spec.Gates[i]; {
		case g.Approval != nil:
			t.approveWhile(ring, g.Approval, wait)
		case g.Signal != nil:
			t.later(wait, func() error {
				return t.command(Signal{Name: g.Signal.Name, Value: g.Signal.Want, Rollout: t.r.spec.ID, By: proposer})
			})
		case g.Permit != nil && ring+1 < len(t.rings):
			t.later(wait, func() error {
				return t.command(Permit{
					Rollout: t.r.spec.ID, Digest: t.r.digest, Ring: t.r.spec.Rings[ring+1].Name, By: proposer,
				})
			})
		}
	}
}

// approveWhile approves, and anew whenever that has expired, until the ring has
// passed.
func (t *trial) approveWhile(ring int, a *Approval, at uint32) {
	lasts := t.seconds(a.Expires)
	if lasts == 0 {
		lasts = 7 * 24 * 3600
	}
	t.later(at, func() error {
		if t.rings[ring].passed != forever || t.halted != forever {
			return nil
		}
		t.approveWhile(ring, a, at+lasts)
		return t.approve(a, t.r.spec.Rings[ring].Name, a.Need)
	})
}
