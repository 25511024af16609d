package rollout_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/rollout"
)

// The commands of scenario files. HOSTS is a list such as web-01..web-20,db-1.
//
//	at INSTANT             time goes on to it, tick by tick
//	region NAME            configures it; input: a JSON object of Config, or nothing
//	spec ID                input: a JSON object of Spec; what it leaves out has defaults
//	start ID by=           proposes it
//	hosts HOSTS KEY=VALUE  they join: dimensions of keys, rollouts=, rings= (that may have them), ephemeral
//	approve ID by= ring= stepUp= digest=
//	pause|resume|abort ID by=        input: why
//	ready HOSTS            they could start; needs=PATCHES away=
//	report HOSTS OUTCOME   class= reason= rollout= op= planes= until= seq= boot= ready
//	do HOSTS OUTCOME       all of it: ready, accepted, and the outcome
//	seen HOSTS planes=     a snapshot without an operation
//	leave|relabel|release HOSTS
//	signal NAME VALUE      rollout= outage=DIMENSION:VALUE units= until=
//	permit ID ring= units=, takeover HOLDER epoch=, lift BLOCK, tick
//	summary                prints it; pool takes one in: input JSON
//	progress ID, explain HOST, offer HOST, next, blocks
//	foreign REGION         entries of another region's journal are tried on this one
//	replay                 the journal is folded anew and must say the same
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.Run(t, "testdata/scenarios/*.txt", func(*testing.T) func(*testing.T, scenario.Step) string {
		w := newWorld()
		return w.answer
	})
}

// world is one region and its hosts, as a scenario tells of them.
type world struct {
	now    time.Time
	from   time.Time // now, when the step began
	state  *rollout.State
	config rollout.Config
	specs  map[rollout.ID]*rollout.Spec
	seq    map[fettle.HostID]uint64
	boot   map[fettle.HostID]string
	ops    map[fettle.HostID]rollout.Op
	log    []rollout.Entry
	out    strings.Builder
}

func newWorld() *world {
	return &world{
		now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), state: &rollout.State{},
		specs: map[rollout.ID]*rollout.Spec{}, seq: map[fettle.HostID]uint64{},
		boot: map[fettle.HostID]string{}, ops: map[fettle.HostID]rollout.Op{},
	}
}

// bare returns the nth word of a command, from 0, that is no key=value.
func bare(s scenario.Step, n int) string {
	for _, w := range s.Words {
		if !strings.Contains(w, "=") {
			if n == 0 {
				return w
			}
			n--
		}
	}
	return ""
}

func (w *world) answer(t *testing.T, s scenario.Step) string {
	t.Helper()
	w.out.Reset()
	w.from = w.now
	if err := w.do(t, s); err != nil {
		fmt.Fprintf(&w.out, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nerror: "))
	}
	return w.out.String()
}

func (w *world) do(t *testing.T, s scenario.Step) error {
	t.Helper()
	first, second := bare(s, 0), bare(s, 1)
	id := rollout.ID(first)
	why := strings.TrimSpace(s.Input)
	switch s.Name {
	case "at":
		return w.goTo(first)
	case "tick":
		return w.take(rollout.Tick{})
	case "region":
		return w.region(first, s.Input)
	case "spec":
		return w.spec(t, id, s)
	case "start":
		return w.start(id, s)
	case "hosts":
		return w.join(t, first, s)
	case "approve":
		digest := w.digest(id)
		if s.Args["digest"] != "" {
			digest = fettle.DigestOf([]byte(s.Args["digest"]))
		}
		return w.take(rollout.Approve{Rollout: id, Digest: digest, By: s.Args["by"], StepUp: s.Args["stepUp"], Ring: s.Args["ring"]})
	case "pause":
		return w.take(rollout.Pause{Rollout: id, By: s.Args["by"], Why: why})
	case "resume":
		return w.take(rollout.Resume{Rollout: id, By: s.Args["by"], Why: why})
	case "abort":
		_, back := s.Args["backout"]
		return w.take(rollout.Abort{Rollout: id, By: s.Args["by"], Why: why, Backout: back})
	case "retire":
		return w.take(rollout.Retire{Rollout: id, By: s.Args["by"], Why: why})
	case "ready", "report", "do", "seen":
		return w.hostsSay(t, s)
	case "leave":
		return w.take(rollout.Leave{Hosts: hostList(t, first), By: s.Args["by"], Why: why})
	case "release":
		return w.take(rollout.Release{Hosts: hostList(t, first), By: s.Args["by"], Why: why})
	case "relabel":
		var c rollout.Relabel
		for _, h := range hostList(t, first) {
			c.Hosts = append(c.Hosts, rollout.Member{Host: h, Keys: keysOf(s)})
		}
		return w.take(c)
	case "signal":
		return w.signal(t, first, second, s)
	case "permit":
		units, _ := strconv.Atoi(s.Args["units"])
		return w.take(rollout.Permit{Rollout: id, Digest: w.digest(id), Ring: s.Args["ring"], Units: units, By: s.Args["by"]})
	case "takeover":
		epoch, _ := strconv.ParseUint(s.Args["epoch"], 10, 64)
		return w.take(rollout.TakeOver{Epoch: epoch, Holder: first})
	case "lift":
		return w.take(rollout.Lift{Block: first, By: s.Args["by"], Why: why})
	default:
		return w.ask(t, s, first)
	}
}

// ask answers the commands that change nothing.
func (w *world) ask(t *testing.T, s scenario.Step, first string) error {
	t.Helper()
	switch s.Name {
	case "progress":
		p, ok := w.state.Progress(rollout.ID(first), w.now)
		if !ok {
			return errors.New("no such rollout")
		}
		w.showProgress(&p)
	case "approvals":
		p, _ := w.state.Progress(rollout.ID(first), w.now)
		w.showApprovals(&p)
	case "explain":
		for _, h := range hostList(t, first) {
			w.showExplain(w.state.Explain(h, w.now))
		}
	case "offer":
		w.showOffer(t, fettle.HostID(first), s)
	case "next":
		fmt.Fprintln(&w.out, clock(w.state.Next(), w.now))
	case "summary":
		return w.show(w.state.Summary())
	case "pooled":
		return w.show(w.state.Pooled())
	case "pool":
		var m rollout.Summary
		if err := json.Unmarshal([]byte(s.Input), &m); err != nil {
			return err
		}
		return w.take(rollout.Pool{From: m.Region, Summary: m})
	case "replay":
		return w.replay(t)
	case "foreign":
		return w.foreign(t, first)
	default:
		return fmt.Errorf("no command %s", s.Name)
	}
	return nil
}

func (w *world) show(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	fmt.Fprintf(&w.out, "%s\n", text)
	return err
}

// take decides a command and tells what came of it.
func (w *world) take(c rollout.Command) error {
	entries, reasons, err := w.state.Take(c, w.now)
	w.log = append(w.log, entries...)
	w.noteOps(entries)
	w.tell(entries)
	w.refusals(reasons)
	if err == nil && w.out.Len() == 0 {
		fmt.Fprintln(&w.out, "nothing changed")
	}
	return err
}

// goTo lets time pass: every instant at which something is due is a tick.
func (w *world) goTo(text string) error {
	to, err := instantOf(text, w.now)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		next := w.state.Next()
		if next.IsZero() || next.After(to) {
			break
		}
		if n > 1000 {
			return fmt.Errorf("time stands still: next is %s again and again", next)
		}
		if next.After(w.now) {
			w.now = next
		}
		entries, _, err := w.state.Take(rollout.Tick{}, w.now)
		if err != nil {
			return err
		}
		w.log = append(w.log, entries...)
		w.tell(entries)
	}
	w.now = to
	return nil
}

// instantOf reads an instant in UTC, or "+36h" after now.
func instantOf(text string, now time.Time) (time.Time, error) {
	if after, ok := strings.CutPrefix(text, "+"); ok {
		var d rollout.Duration
		err := d.UnmarshalText([]byte(after))
		return now.Add(time.Duration(d)), err
	}
	return time.Parse("2006-01-02T15:04Z", text)
}

func (w *world) region(name, input string) error {
	config := rollout.Config{Region: rollout.RegionID(name), ClockMargin: rollout.Duration(5 * time.Minute), PollEvery: rollout.Duration(time.Hour)}
	if input != "" {
		if err := json.Unmarshal([]byte(input), &config); err != nil {
			return err
		}
	}
	w.config = config
	return w.take(rollout.Configure{Config: config, By: "ops"})
}

// spec reads a spec over the defaults of a story.
func (w *world) spec(t *testing.T, id rollout.ID, s scenario.Step) error {
	t.Helper()
	base, err := os.ReadFile(filepath.Join("testdata", "scenarios", "defaults.json"))
	if err != nil {
		return err
	}
	fields := map[string]json.RawMessage{}
	for _, text := range []string{string(base), s.Input} {
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return err
		}
	}
	fields["id"] = json.RawMessage(strconv.Quote(string(id)))
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	spec, err := rollout.ParseSpec(string(id), data)
	if err != nil {
		return err
	}
	w.specs[id] = spec
	problems := spec.Validate(&w.config)
	for _, p := range problems {
		if _, all := s.Args["warnings"]; all || !p.Warning {
			fmt.Fprintln(&w.out, p)
		}
	}
	if n := len(problems.Warnings()); problems.Err() == nil && n > 0 {
		fmt.Fprintf(&w.out, "ok, %d to be warned of\n", n)
	} else if problems.Err() == nil {
		fmt.Fprintln(&w.out, "ok")
	}
	return nil
}

func (w *world) digest(id rollout.ID) fettle.Digest {
	for _, m := range w.state.Summary().Rollouts {
		if m.Rollout == id {
			return m.Spec
		}
	}
	if w.specs[id] == nil {
		return fettle.DigestOf(nil)
	}
	data, _ := json.Marshal(w.specs[id])
	return fettle.DigestOf(data)
}

func (w *world) start(id rollout.ID, s scenario.Step) error {
	c := rollout.Start{Spec: w.specs[id], Digest: w.digest(id), By: s.Args["by"]}
	if c.Spec != nil && c.Spec.Backout != nil && s.Args["present"] != "none" {
		for _, p := range c.Spec.Backout.Patches {
			c.Present = append(c.Present, p.Payloads...)
		}
	}
	return w.take(c)
}

func keysOf(s scenario.Step) []rollout.Key {
	var keys []rollout.Key
	for _, w := range s.Words {
		dimension, value, ok := strings.Cut(w, "=")
		if ok && dimension != "rollouts" && dimension != "rings" {
			keys = append(keys, rollout.Key{Dimension: dimension, Value: value})
		}
	}
	return keys
}

func (w *world) join(t *testing.T, hosts string, s scenario.Step) error {
	t.Helper()
	var c rollout.Join
	for _, h := range hostList(t, hosts) {
		m := rollout.Member{Host: h, Keys: keysOf(s)}
		_, m.Ephemeral = s.Args["ephemeral"]
		for id := range strings.SplitSeq(s.Args["rollouts"], ",") {
			if id == "" {
				continue
			}
			eligible := ^uint64(0)
			if rings := s.Args["rings"]; rings != "" {
				eligible = 0
				for i, ring := range w.specs[rollout.ID(id)].Rings {
					if strings.Contains(","+rings+",", ","+ring.Name+",") {
						eligible |= 1 << i
					}
				}
			}
			m.Rollouts = append(m.Rollouts, rollout.Candidate{Rollout: rollout.ID(id), Eligible: eligible})
		}
		c.Hosts = append(c.Hosts, m)
	}
	return w.take(c)
}

func (w *world) signal(t *testing.T, name, value string, s scenario.Step) error {
	t.Helper()
	c := rollout.Signal{Name: name, Value: value, Rollout: rollout.ID(s.Args["rollout"]), By: s.Args["by"]}
	if outage, ok := s.Args["outage"]; ok {
		c.Outage.Dimension, c.Outage.Value, _ = strings.Cut(outage, ":")
		c.Units, _ = strconv.Atoi(s.Args["units"])
	}
	if until, ok := s.Args["until"]; ok {
		at, err := instantOf(until, w.now)
		if err != nil {
			return err
		}
		c.Until = at
	}
	return w.take(c)
}

// replay folds the journal anew: it must say the same.
func (w *world) replay(t *testing.T) error {
	t.Helper()
	again := &rollout.State{}
	for _, e := range w.log {
		parsed, err := rollout.ParseEntry(e.Position, e.Data)
		if err != nil {
			return err
		}
		if err := again.Apply(parsed); err != nil {
			return err
		}
	}
	for _, m := range w.state.Summary().Rollouts {
		was, _ := w.state.Progress(m.Rollout, w.now)
		is, _ := again.Progress(m.Rollout, w.now)
		a, _ := json.Marshal(was)
		b, _ := json.Marshal(is)
		if string(a) != string(b) {
			return fmt.Errorf("after %d entries: was %s, is %s", len(w.log), a, b)
		}
	}
	if !again.Next().Equal(w.state.Next()) || again.Head() != w.state.Head() {
		return errors.New("next or head differ")
	}
	fmt.Fprintln(&w.out, "the same")
	return nil
}

// foreign tries entries of another region's journal on this one.
func (w *world) foreign(t *testing.T, region string) error {
	t.Helper()
	other := &rollout.State{}
	entries, _, err := other.Take(rollout.Configure{Config: rollout.Config{Region: rollout.RegionID(region)}}, w.now)
	if err != nil {
		return err
	}
	if err := w.state.Apply(entries[0]); !errors.Is(err, rollout.ErrEntry) {
		return fmt.Errorf("want ErrEntry, got %w", err)
	} else if err != nil {
		fmt.Fprintln(&w.out, err)
	}
	// The same, put in the right place by whoever could write the journal.
	if err := w.state.Apply(w.state.Entry(entries[0].Event, w.now)); !errors.Is(err, rollout.ErrEntry) {
		return fmt.Errorf("want ErrEntry, got %w", err)
	} else if err != nil {
		fmt.Fprintln(&w.out, err)
	}
	return nil
}
