package rollout_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// course is a random story of one region.
type course struct {
	t     *testing.T
	rng   *rand.Rand
	state *rollout.State
	now   time.Time
	seq   uint64
	hosts []fettle.HostID
	ids   []rollout.ID
	specs map[rollout.ID]*rollout.Spec
	log   []rollout.Entry
	said  []string
}

func (c *course) oneOf(words ...string) string { return words[c.rng.IntN(len(words))] }

func (c *course) gate() string {
	return c.oneOf(
		`{"raw": {"count": 1}}`, `{"raw": {"share": "20%", "min": 3}}`, `{"rate": {"limit": "30%"}}`,
		`{"rate": {"limit": "20%", "pool": true}}`, `{"reach": {"share": "40%", "min": 3}}`, `{"bake": {"for": "3h"}}`,
		`{"approval": {"need": 1, "expires": "6h"}}`, `{"signal": {"name": "issues", "want": "none", "halt": "bad", "quiet": "2h"}}`,
		`{"permit": {}}`,
	)
}

func (c *course) spec(id rollout.ID) *rollout.Spec {
	var rings []string
	n := 1 + c.rng.IntN(4)
	for i := range n {
		size := c.oneOf(`"share": "20%"`, `"count": 4`, `"count": 6, "close": "12h"`, `"share": "10%", "close": "10h"`)
		if i == n-1 {
			size = `"rest": true, "close": "2d"`
		}
		var gates []string
		for range c.rng.IntN(3) {
			gates = append(gates, c.gate())
		}
		rings = append(rings, fmt.Sprintf(`{"name": "r%d", %s, "gates": [%s]}`, i, size, strings.Join(gates, ",")))
	}
	replaces := ""
	if len(c.ids) > 0 && c.rng.IntN(2) == 0 {
		replaces = `"replaces": ["` + string(c.ids[len(c.ids)-1]) + `"],`
	}
	text := fmt.Sprintf(`{"id": %q, "patches": [{"id": "P%s", "payloads": [%q]}], "catalog": {"revision": 1, "digest": %q},
		"target": "os.id = debian", "rings": [%s], "approval": {"need": %d}, "lane": "ordinary", "mode": "act",
		"silence": "5h", "grant": "6h", "run": "2h", "salt": %q, "strata": ["model"], %s
		"retry": {"attempts": {"network": 2}, "backoff": "1h"},
		"backout": {"patches": [{"id": "P%s-out", "payloads": [%q], "undoes": ["P%s"]}], "auto": %t}}`,
		id, id, fettle.DigestOf([]byte(id)), fettle.DigestOf(nil), strings.Join(rings, ","), 1+c.rng.IntN(2),
		id, replaces, id, fettle.DigestOf(nil), id, c.rng.IntN(2) == 0)
	spec, err := rollout.ParseSpec("random", []byte(text))
	require.NoError(c.t, err, text)
	return spec
}

func (c *course) digest(id rollout.ID) fettle.Digest { return fettle.DigestOf([]byte(id)) }

func (c *course) host() fettle.HostID { return c.hosts[c.rng.IntN(len(c.hosts))] }

func (c *course) command() rollout.Command {
	id := rollout.ID("none")
	if len(c.ids) > 0 {
		id = c.ids[c.rng.IntN(len(c.ids))]
		if c.rng.IntN(6) == 0 {
			id += "~backout"
		}
	}
	by := c.oneOf("ann", "bob", "paula")
	digest := c.digest(rollout.ID(strings.TrimSuffix(string(id), "~backout")))
	switch c.rng.IntN(24) {
	case 0:
		if len(c.ids) > 3 {
			return rollout.Tick{}
		}
		id := rollout.ID(fmt.Sprint("a", len(c.ids)))
		c.specs[id] = c.spec(id)
		c.ids = append(c.ids, id)
		return rollout.Start{Spec: c.specs[id], Digest: c.digest(id), By: "paula", Present: []fettle.Digest{fettle.DigestOf(nil)}}
	case 1, 2, 3:
		return rollout.Approve{Rollout: id, Digest: digest, By: by, Ring: c.oneOf("", "", "", "r0", "r1", "backout", "resume")}
	case 4:
		return rollout.Pause{Rollout: id, By: by}
	case 5, 6:
		return rollout.Resume{Rollout: id, By: by}
	case 7:
		if c.rng.IntN(8) > 0 {
			return rollout.Tick{}
		}
		if c.rng.IntN(3) == 0 {
			return rollout.Retire{Rollout: id, By: by}
		}
		return rollout.Abort{Rollout: id, By: by, Backout: c.rng.IntN(2) == 0}
	case 8:
		return rollout.Signal{Name: "issues", Value: c.oneOf("none", "none", "some", "bad")}
	case 9:
		return rollout.Permit{Rollout: id, Digest: digest, Ring: c.oneOf("r0", "r1", "r2", "r3"), Units: c.rng.IntN(4)}
	case 10:
		return rollout.Lift{Block: string(id), By: by}
	case 11, 12:
		return c.join(id)
	case 13:
		return rollout.Leave{Hosts: []fettle.HostID{c.host()}}
	default:
		return c.say()
	}
}

func (c *course) join(id rollout.ID) rollout.Command {
	var join rollout.Join
	for range 1 + c.rng.IntN(12) {
		m := rollout.Member{
			Host: fettle.HostID(fmt.Sprint("h", len(c.hosts))), Keys: []rollout.Key{{Dimension: "model", Value: c.oneOf("x", "y")}},
			Ephemeral: c.rng.IntN(10) == 0, Rollouts: []rollout.Candidate{{Rollout: id, Eligible: ^uint64(0)}},
		}
		if c.rng.IntN(3) == 0 {
			m.Rollouts[0].Eligible = c.rng.Uint64()
		}
		if c.rng.IntN(3) > 0 && len(c.hosts) > 30 {
			m.Host = c.host()
		} else {
			c.hosts = append(c.hosts, m.Host)
		}
		join.Hosts = append(join.Hosts, m)
	}
	return join
}

// say is what a few hosts report, sensible or not.
func (c *course) say() rollout.Command {
	var reports rollout.Reports
	for range 1 + c.rng.IntN(8) {
		c.seq++
		h := c.host()
		row := rollout.HostReport{Host: h, Seq: c.seq, Boot: "b"}
		offer := c.state.Offer(rollout.Ask{Host: h}, c.now)
		for _, g := range offer.Grants {
			for _, item := range g.Items {
				r := rollout.Result{Rollout: item.Rollout, Op: g.Op}
				switch c.rng.IntN(7) {
				case 0, 1:
					r.Outcome = rollout.Accepted
				case 2:
					r.Outcome, r.Class = rollout.Failed, rollout.Class(c.rng.IntN(9))
				default:
					r.Outcome = rollout.Verified
					for _, p := range item.Patches {
						r.Patches = append(r.Patches, rollout.PatchState{Patch: p.ID, Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes})
					}
				}
				row.Results = append(row.Results, r)
			}
		}
		if len(row.Results) == 0 {
			row.Ready = &rollout.Readiness{}
			for _, due := range offer.Due {
				for _, p := range due.Patches {
					row.Ready.Needs = append(row.Ready.Needs, p.ID)
				}
			}
		}
		reports.Hosts = append(reports.Hosts, row)
	}
	return reports
}

// take is one command; what is due by the clock comes first.
func (c *course) take(command rollout.Command) {
	entries, _, err := c.state.Take(command, c.now)
	c.log = append(c.log, entries...)
	text, _ := json.Marshal(command)
	c.said = append(c.said, fmt.Sprintf("%s %T %s", c.now.Format("02T15:04"), command, text))
	var illegal *rollout.CommandError
	if err != nil && !errors.As(err, &illegal) {
		c.fail("%v", err)
	}
	if next := c.state.Next(); !next.IsZero() && !next.After(c.now) {
		c.fail("after %T a tick is still due at %s", command, next)
	}
}

func (c *course) fail(format string, args ...any) {
	c.t.Helper()
	from := max(len(c.said)-25, 0)
	c.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(c.said[from:], "\n"))
}

// check holds what must hold of every course, by the entries alone.
func (c *course) check() {
	type ring struct {
		rollout rollout.ID
		ring    string
	}
	passed, opened, blocked := map[ring]bool{}, map[ring]bool{}, map[rollout.ID]bool{}
	phases := map[rollout.ID]rollout.Phase{}
	specs := map[rollout.ID]*rollout.Spec{}
	for _, entry := range c.log {
		switch e := entry.Event.(type) {
		case *rollout.RolloutProposed:
			specs[e.Spec.ID] = e.Spec
		case *rollout.PhaseChanged:
			if phases[e.Rollout] == rollout.Aborted && e.Phase != rollout.Retired || phases[e.Rollout] == rollout.Retired {
				c.fail("%s came back from aborted", e.Rollout)
			}
			phases[e.Rollout] = e.Phase
		case *rollout.RingPassed:
			passed[ring{e.Rollout, e.Ring}] = true
		case *rollout.RingOpened:
			for _, r := range specs[e.Rollout].Rings {
				if r.Name == e.Ring {
					break
				}
				if !passed[ring{e.Rollout, r.Name}] {
					c.fail("%s: ring %s opened before %s had passed", e.Rollout, e.Ring, r.Name)
				}
			}
			opened[ring{e.Rollout, e.Ring}] = true
		case *rollout.BackoutStarted:
			blocked[e.Rollout] = true
		case *rollout.GrantsIssued:
			for _, item := range e.Items {
				if p := phases[item.Rollout]; p != rollout.Running && p != rollout.Done {
					c.fail("granted in %s while it is %s", item.Rollout, p)
				}
				if blocked[item.Rollout] {
					c.fail("granted in %s after its back-out", item.Rollout)
				}
			}
		}
	}
}

// Whatever people and hosts do, no ring opens before its turn, nothing is granted
// out of turn, no tick stays due, every waiting host has a reason, and a replay
// says the same.
func TestRandomCourses(t *testing.T) {
	t.Parallel()
	seeds := uint64(150)
	if testing.Short() {
		seeds = 30
	}
	seen := map[string]int{}
	for seed := range seeds {
		c := &course{
			t: t, rng: rand.New(rand.NewPCG(seed, 11)), state: &rollout.State{}, specs: map[rollout.ID]*rollout.Spec{},
			now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), hosts: []fettle.HostID{"h0"}, said: []string{fmt.Sprint("seed ", seed)},
		}
		c.take(rollout.Configure{Config: rollout.Config{Region: "emea", ClockMargin: rollout.Duration(5 * time.Minute), PollEvery: rollout.Duration(time.Hour)}})
		for range 250 {
			if c.rng.IntN(3) == 0 {
				c.pass(time.Duration(c.rng.IntN(8*3600)) * time.Second)
			}
			c.take(c.command())
		}
		c.check()
		c.explained()
		c.replayed()
		for _, e := range c.log {
			seen[e.Event.Kind()]++
			if p, ok := e.Event.(*rollout.PhaseChanged); ok {
				seen[string(p.Phase)]++
			}
		}
	}
	for _, want := range []string{
		"ring-passed", "block-set", "block-lifted", "backout-started", "members-assigned", "permit-given",
		"waiting", "running", "paused", "held", "halted", "aborted", "done",
	} {
		require.Positive(t, seen[want], "no course has %s: %v", want, seen)
	}
}

// pass lets time go on, tick by tick.
func (c *course) pass(d time.Duration) {
	to := c.now.Add(d)
	for range 2000 {
		next := c.state.Next()
		if next.IsZero() || next.After(to) {
			c.now = to
			return
		}
		if next.After(c.now) {
			c.now = next
		}
		c.take(rollout.Tick{})
	}
	c.fail("time stands still at %s", c.now)
}

func (c *course) explained() {
	for _, h := range c.hosts {
		x := c.state.Explain(h, c.now)
		for _, r := range x.Rollouts {
			if len(r.Reasons) == 0 {
				c.fail("%s in %s is %s without a reason", h, r.Rollout, r.Outcome)
			}
		}
	}
	for _, p := range c.state.Rollouts(c.now) {
		if p.Phase == rollout.Held || p.Phase == rollout.Halted || p.Phase == rollout.Proposed {
			require.NotEmpty(c.t, p.Reasons, "%s is %s", p.Rollout, p.Phase)
		}
	}
}

func (c *course) replayed() {
	again := &rollout.State{}
	for _, e := range c.log {
		parsed, err := rollout.ParseEntry(e.Position, e.Data)
		require.NoError(c.t, err)
		require.NoError(c.t, again.Apply(parsed))
	}
	was, _ := json.Marshal(c.state.Rollouts(c.now))
	is, _ := json.Marshal(again.Rollouts(c.now))
	require.Equal(c.t, string(was), string(is))
	require.Equal(c.t, c.state.Next(), again.Next())
}
