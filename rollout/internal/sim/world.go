package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Options say what Run does.
type Options struct {
	Seed  uint64
	Trace func(format string, args ...any) // nil: silence
	Break Break
}

// Stats count what one run went through.
type Stats struct {
	Entries, Steps, Crashes, Faults, TakeOvers, Reports, Starts, Verified, Halts, Backouts, Clones, Restores int
	Done, Retired                                                                                            int
}

// ViolationError says which rule did not hold.
type ViolationError struct {
	Seed   uint64
	Rule   Rule
	At     time.Time
	Detail string
}

// Error names the rule, the seed and what was seen.
func (v *ViolationError) Error() string {
	return fmt.Sprintf("seed %d: %s at %s: %s", v.Seed, v.Rule, v.At.Format("01-02T15:04:05"), v.Detail)
}

// world is everything that is not the state: time, chance, who exists.
type world struct {
	rng    *rand.Rand
	now    time.Time
	queue  queue
	order  int
	trace  func(string, ...any)
	breaks Break
	stats  Stats
	failed *ViolationError
	seed   uint64

	journal  *journal
	nodes    []*node
	machines []*machine
	plan     *plan
	audit    *audit
	parent   *parent
	calm     bool // faults are over
	end      time.Time
}

type event struct {
	at    time.Time
	order int
	do    func()
}

type queue []event

// Len, Less, Swap, Push and Pop make it a heap.
func (q *queue) Len() int { return len(*q) }

// Less orders by instant, then by who came first.
func (q *queue) Less(i, j int) bool {
	a, b := &(*q)[i], &(*q)[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.order < b.order
}

// Swap swaps two events.
func (q *queue) Swap(i, j int) { (*q)[i], (*q)[j] = (*q)[j], (*q)[i] }

// Push adds an event.
func (q *queue) Push(x any) { *q = append(*q, x.(event)) }

// Pop removes the last event.
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func (w *world) in(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.queue, event{at: w.now.Add(max(d, 0)), order: w.order, do: do})
}

// chance is true in one of n cases.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

// between draws a duration.
func (w *world) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rng.Int64N(int64(hi-lo)+1))
}

func (w *world) say(format string, args ...any) {
	if w.trace != nil {
		w.trace("%s %s", w.now.Format("01-02T15:04:05"), fmt.Sprintf(format, args...))
	}
}

func (w *world) violate(rule Rule, format string, args ...any) {
	if w.failed == nil {
		w.failed = &ViolationError{Seed: w.seed, Rule: rule, At: w.now, Detail: fmt.Sprintf(format, args...)}
		w.say("VIOLATION %s: %s", rule, w.failed.Detail)
	}
}

// send carries something over the network: once as a rule, never, twice, late.
func (w *world) send(do func()) {
	if w.calm {
		w.in(w.between(10*time.Millisecond, 200*time.Millisecond), do)
		return
	}
	times := 1
	switch w.rng.IntN(20) {
	case 0, 1:
		times = 0
	case 2:
		times = 2
	}
	for range times {
		d := w.between(10*time.Millisecond, 2*time.Second)
		if w.chance(12) {
			d = w.between(time.Minute, 5*time.Hour)
		}
		w.in(d, do)
	}
}

// Bounds of one run.
const (
	stormy  = 4 * 24 * time.Hour
	calming = 45 * 24 * time.Hour
)

// Run simulates one region. The error is a *ViolationError, unless the plan of
// that seed is none.
func Run(o Options) (Stats, error) {
	w := &world{
		rng: rand.New(rand.NewPCG(o.Seed, 0x666574746c65)), now: time.Unix(1_772_442_000, 0).UTC(), trace: o.Trace,
		breaks: o.Break, seed: o.Seed, journal: &journal{spoil: o.Break.Journal},
	}
	w.end = w.now.Add(stormy)
	var err error
	if w.plan, err = newPlan(w); err != nil {
		return w.stats, err
	}
	w.audit = newAudit(w)
	w.parent = newParent(w)
	w.build()
	for w.failed == nil && len(w.queue) > 0 {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		if !w.calm && w.now.After(w.end) {
			w.calmDown()
		}
		if w.calm && w.now.After(w.end.Add(calming)) {
			w.audit.liveness()
			break
		}
		w.stats.Steps++
		e.do()
		if w.calm && w.stats.Steps%256 == 0 && w.audit.settled() == "" && len(w.plan.todo) == 0 {
			break
		}
	}
	if w.failed == nil {
		w.audit.final()
	}
	w.stats.Entries = len(w.journal.entries)
	if w.failed != nil {
		return w.stats, w.failed
	}
	return w.stats, nil
}

// calmDown ends all faults: what is down comes up, whoever is away comes back.
func (w *world) calmDown() {
	w.say("--- faults are over ---")
	w.calm = true
	for i, n := range w.nodes {
		n.offset = 0
		n.partitioned = false
		if i == 0 {
			n.recover()
			n.takeOver()
		}
	}
	for _, m := range w.machines {
		m.skew = 0
		m.away = time.Time{}
		m.stuck = false
		if m.copyOf != nil {
			m.gone = true
		}
	}
}

// ephemeral reports whether a host was made to go away.
func (w *world) ephemeral(id fettle.HostID) bool {
	return slices.ContainsFunc(w.machines, func(m *machine) bool { return m.id == id && m.ephemeral })
}

// hostID names a machine's identity.
func hostID(i int) fettle.HostID { return fettle.HostID(fmt.Sprintf("h%02d", i)) }

// Break alters an answer, so that a check has something to find. The zero Break
// alters nothing.
type Break struct {
	Command func(c rollout.Command) rollout.Command // what the state is told
	// Decide alters what a state has decided at an instant.
	Decide  func(s *rollout.State, now time.Time, events []rollout.Event) []rollout.Event
	Error   func(err error) error
	Offer   func(o rollout.Offer) rollout.Offer
	Next    func(next time.Time) time.Time
	Explain func(e rollout.Explanation) rollout.Explanation
	Summary func(s rollout.Summary) rollout.Summary
	Replay  func(e rollout.Entry) bool   // false: a replay leaves it out
	Journal func(n int, e []byte) []byte // what is kept as entry n, from 0
	Drop    bool                         // the journal acknowledges some batches and keeps nothing of them
	Twice   bool                         // hosts forget which operations they have done
	Clock   bool                         // hosts go by a clock that is right, not by their own
}
