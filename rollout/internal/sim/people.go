package sim

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// people do, every hour, what the rollouts wait for; in a storm also the
// opposite. They read Progress as anybody would.
func (p *plan) people() {
	w := p.w
	if w.failed != nil {
		return
	}
	w.in(time.Hour+w.between(0, time.Hour), p.people)
	n := w.nodes[0]
	if len(w.nodes) > 1 && w.nodes[1].active {
		n = w.nodes[1]
	}
	if n.down || n.state == nil || !n.active {
		return
	}
	for _, r := range n.state.Rollouts(n.clock()) {
		p.look(n, &r)
	}
	w.parent.hear(n)
	if w.calm {
		n.take(letter{command: rollout.Signal{Name: "issues", Value: "none"}})
		n.take(letter{command: rollout.Release{Hosts: w.audit.quarantined(), By: "ann"}})
		p.join(fmt.Sprintf("join %d", w.stats.Steps), w.machines)
		for _, m := range w.machines {
			if m.gone && m.copyOf == nil && (!m.left || w.audit.host(m.id).present) { // it may have joined after
				p.leave(m)
			}
		}
		return
	}
	switch w.rng.IntN(26) {
	case 0:
		n.take(letter{command: rollout.Signal{Name: "issues", Value: p.oneOf("none", "none", "some", "bad")}})
	case 1:
		n.take(letter{command: rollout.Pause{Rollout: p.any(), By: "bob"}})
	case 2:
		if m := w.machines[w.rng.IntN(len(w.machines))]; m.copyOf == nil && !m.left && !m.gone {
			m.left = true
			p.insist("leave "+string(m.id), rollout.Leave{Hosts: []fettle.HostID{m.id}, By: "bob"}, func() {
				w.in(w.between(time.Hour, 20*time.Hour), func() {
					m.left = false
					p.join("rejoin "+string(m.id), []*machine{m})
				})
			})
		}
	case 3:
		m := w.addMachine(len(w.machines))
		p.join("new "+string(m.id), []*machine{m})
	case 4:
		m := w.machines[w.rng.IntN(len(w.machines))]
		if m.copyOf == nil && !m.left {
			m.keys[1].Value = p.oneOf("l0", "l1")
			m.keys = append([]rollout.Key(nil), m.keys...)
			p.insist("relabel "+string(m.id), rollout.Relabel{Hosts: []rollout.Member{{Host: m.id, Keys: m.keys}}}, nil)
		}
	case 5:
		if w.chance(4) {
			n.take(letter{command: rollout.Abort{Rollout: p.any(), By: "bob", Backout: w.chance(2)}})
		}
	case 6:
		down := outage{key: rollout.Key{Dimension: "label.cluster", Value: "c1"}, units: 1, until: w.now.Add(20 * time.Hour)}
		n.take(letter{
			command: rollout.Signal{Name: "outage", Value: "down", Outage: down.key, Units: down.units, Until: down.until},
			reply: func(_ []fettle.Reason, err error) {
				if err == nil {
					w.audit.outages = append(w.audit.outages, down)
				}
			},
		})
	case 7:
		n.take(letter{command: rollout.Release{Hosts: w.audit.quarantined(), By: "ann"}})
	case 8:
		n.take(letter{command: rollout.Lift{Block: string(p.any()), By: "ann"}})
	case 9:
		if p.retires {
			n.take(letter{command: rollout.Retire{Rollout: p.any(), By: "ann"}})
		}
	}
}

// leave tells that a machine is gone for good.
func (p *plan) leave(m *machine) {
	m.left = true
	p.insist("leave "+string(m.id), rollout.Leave{Hosts: []fettle.HostID{m.id}, By: "bob"}, nil)
}

// mistake proposes an emergency that one person may start, or of no canaries.
func (p *plan) mistake() {
	if len(p.specs) == 0 || p.w.rng.IntN(4) > 0 {
		return
	}
	wrong := *p.specs[0]
	wrong.ID, wrong.Lane, wrong.Replaces = "W", rollout.Emergency, nil
	wrong.Approval.Need = 2
	if p.w.chance(2) {
		wrong.Approval.Need = 1
	} else {
		wrong.Rings = wrong.Rings[len(wrong.Rings)-1:]
	}
	p.insist("mistake", rollout.Start{Spec: &wrong, Digest: p.digest("W"), By: "paula", Present: []fettle.Digest{fettle.DigestOf(nil)}}, func() {
		if p.w.audit.rollouts["W"] != nil {
			p.w.violate(ruleLane, "an emergency of %d people and %d rings is taken", wrong.Approval.Need, len(wrong.Rings))
		}
	})
}

func (p *plan) any() rollout.ID { return p.specs[p.w.rng.IntN(len(p.specs))].ID }

// look does for one rollout what it waits for.
func (p *plan) look(n *node, r *rollout.Progress) {
	w := p.w
	spec, digest, _ := n.state.Spec(r.Rollout)
	approve := func(ring string) {
		for _, by := range []string{"ann", "bob", "cleo"} {
			n.take(letter{command: rollout.Approve{Rollout: r.Rollout, Digest: digest, By: by, Ring: ring, StepUp: "key"}})
		}
	}
	switch r.Phase {
	case rollout.Proposed:
		approve("")
	case rollout.Paused, rollout.Held:
		if w.calm || w.chance(3) {
			approve("")
			n.take(letter{command: rollout.Resume{Rollout: r.Rollout, By: "ann"}, reply: func(_ []fettle.Reason, err error) {
				if err != nil && w.calm && r.Phase == rollout.Held { // an emergency without canaries
					n.take(letter{command: rollout.Abort{Rollout: r.Rollout, By: "ann"}})
				}
			}})
		}
	case rollout.Running, rollout.Done:
		for i := range spec.Rings {
			for _, g := range spec.Rings[i].Gates {
				if g.Approval != nil && !r.Rings[i].Opened.IsZero() {
					approve(spec.Rings[i].Name)
				}
				if g.Permit != nil && i+1 < len(spec.Rings) && (w.calm || w.chance(2)) {
					n.take(letter{command: rollout.Permit{Rollout: r.Rollout, Digest: digest, Ring: spec.Rings[i+1].Name, Units: w.rng.IntN(4) * w.rng.IntN(2)}})
				}
			}
		}
	case rollout.Halted:
		if spec.Backout != nil && !spec.Backout.Auto {
			approve("backout")
		}
	case rollout.Waiting, rollout.Aborted, rollout.Retired:
	}
}

// weather brings faults that last: take-overs, partitions, clocks, clones.
func (w *world) weather() {
	if w.calm || w.failed != nil {
		return
	}
	w.in(w.between(10*time.Minute, 2*time.Hour), w.weather)
	n := w.nodes[w.rng.IntN(len(w.nodes))]
	switch w.rng.IntN(12) {
	case 0, 1:
		if !n.active {
			n.takeOver()
		}
	case 2:
		n.partitioned = true
		w.in(w.between(time.Minute, 2*time.Hour), func() { n.partitioned = false })
	case 3:
		n.offset = w.between(0, 10*time.Minute) - 5*time.Minute
	case 4:
		n.offset = -w.between(0, 3*time.Hour)
		if w.plan.jumps && w.chance(2) {
			n.offset = w.between(0, 8*time.Hour)
		}
		w.in(w.between(time.Minute, time.Hour), func() { n.offset = 0 })
	case 5:
		if !n.down && n.active {
			n.crash("out of nothing")
		}
	case 6:
		if w.chance(4) {
			w.clone()
		}
	}
}

// clone makes a second machine with the identity of another.
func (w *world) clone() {
	m := w.machines[w.rng.IntN(len(w.machines))]
	if m.twin || m.left {
		return
	}
	w.stats.Clones++
	m.twin = true
	c := &machine{w: w, id: m.id, keys: m.keys, twin: true, copyOf: m, disk: *m.clone()}
	c.op = nil
	c.restart()
	w.say("%s exists twice", m.id)
	w.machines = append(w.machines, c)
	w.in(w.between(time.Minute, 30*time.Minute), c.live)
}
