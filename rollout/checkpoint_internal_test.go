package rollout

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// history makes up commands: what a region of forty hosts and three rollouts
// may live through, sense and nonsense.
type history struct {
	*rand.Rand

	now time.Time
	seq uint64
}

func newHistory(seed uint64) *history {
	return &history{Rand: rand.New(rand.NewPCG(seed, 7)), now: time.UnixMilli(1_700_000_000_000).UTC()}
}

func historyConfig() Config {
	return Config{
		Region: "lab", ClockMargin: Duration(time.Minute), PollEvery: Duration(time.Hour),
		Budgets: []Budget{
			{Name: "all", Units: 12, Hold: UntilOutcome},
			{Name: "sites", Per: "site", Units: 5, Hold: UntilOutcome},
			{Name: "clusters", Per: "label.cluster", Share: Percent(40), Hold: UntilHealthy},
		},
	}
}

func historySpec(i int) *Spec {
	none := 2
	return &Spec{
		ID:      ID(fmt.Sprint("r", i)),
		Patches: []PatchRef{{ID: fettle.PatchID(fmt.Sprint("P", i)), Payloads: []fettle.Digest{fettle.DigestOf([]byte{byte(i)})}}},
		Catalog: CatalogRef{Revision: 1, Digest: fettle.DigestOf(nil)},
		Target:  applicability.MustParse("always"),
		Rings: []Ring{
			{Name: "canary", Count: 3, Gates: []Gate{{Raw: &RawGate{Count: &none}}}, Close: Duration(30 * time.Hour)},
			{Name: "some", Share: Percent(40), Gates: []Gate{{Bake: &BakeGate{For: Duration(time.Hour)}}, {Raw: &RawGate{Share: Percent(30)}}}},
			{Name: "rest", Rest: true, Gates: []Gate{{Rate: &RateGate{Limit: Percent(20)}}}},
		},
		Backout: &Backout{Auto: i == 1, Patches: []BackoutPatch{{
			PatchRef: PatchRef{ID: fettle.PatchID(fmt.Sprint("U", i)), Payloads: []fettle.Digest{fettle.DigestOf([]byte{byte(100 + i)})}},
			Undoes:   []fettle.PatchID{fettle.PatchID(fmt.Sprint("P", i))},
		}}},
		Approval: Approval{Need: 1},
		Budgets:  []BudgetRef{{Budget: "sites", Units: 3}},
		Strata:   []string{"site"},
		Mode:     Act,
		Silence:  Duration(4 * time.Hour), Grant: Duration(2 * time.Hour), Run: Duration(time.Hour),
		Retry: Retry{Attempts: map[Class]int{ClassNetwork: 3}, Backoff: Duration(time.Hour), Quarantine: 4},
		Salt:  "salt", Growth: Percent(100),
	}
}

func historyDigest(id ID) fettle.Digest { return fettle.DigestOf([]byte(id)) }

func (y *history) host() fettle.HostID { return fettle.HostID(fmt.Sprintf("h%02d", y.IntN(42))) }
func (y *history) id() ID              { return ID(fmt.Sprint("r", 1+y.IntN(4))) }

func (y *history) member() Member {
	m := Member{Host: y.host(), Ephemeral: y.IntN(9) == 0, Keys: []Key{{"site", fmt.Sprint("s", y.IntN(3))}}}
	if y.IntN(2) == 0 {
		m.Keys = append(m.Keys, Key{"label.cluster", fmt.Sprint("c", y.IntN(5))})
	}
	for i := 1; i <= 3; i++ {
		if y.IntN(3) > 0 {
			m.Rollouts = append(m.Rollouts, Candidate{Rollout: ID(fmt.Sprint("r", i)), Eligible: uint64(1 + y.IntN(7))})
		}
	}
	return m
}

// next returns a command and moves the clock, mostly a little.
func (y *history) next(s *State) Command {
	y.now = y.now.Add(time.Duration(y.IntN(20)) * time.Minute)
	switch y.IntN(30) {
	case 0, 1, 2:
		var j Join
		for range 1 + y.IntN(12) {
			j.Hosts = append(j.Hosts, y.member())
		}
		return j
	case 3:
		id := ID(fmt.Sprint("r", 1+y.IntN(3)))
		spec := historySpec(int(id[1] - '0'))
		present := []fettle.Digest{spec.Patches[0].Payloads[0], spec.Backout.Patches[0].Payloads[0]}
		return Start{Spec: spec, Digest: historyDigest(id), By: "ann", Present: present}
	case 4, 5:
		id := y.id()
		return Approve{Rollout: id, Digest: historyDigest(id), By: []string{"ann", "bob"}[y.IntN(2)], Ring: []string{"", "", "backout"}[y.IntN(3)]}
	case 6:
		return Signal{Name: "power", Value: "off", By: "ann", Outage: Key{"site", "s1"}, Units: y.IntN(3), Until: y.now.Add(time.Hour)}
	case 7:
		return []Command{
			Pause{y.id(), "ann", "lunch"},
			Resume{Rollout: y.id(), By: "ann"},
			Leave{[]fettle.HostID{y.host()}, "ann", "scrapped"},
			Relabel{[]Member{y.member()}},
			Release{[]fettle.HostID{y.host()}, "ann", "mended"},
			Permit{y.id(), historyDigest("r1"), "some", 2, "up"},
			Pool{"child", Summary{Region: "child", Epoch: 1, At: Position(y.IntN(50))}},
			TakeOver{uint64(y.IntN(20)), "b"},
			Lift{"nothing", "ann", ""},
			Abort{y.id(), "ann", "enough", y.IntN(2) == 0},
			Retire{y.id(), "ann", "over"},
		}[y.IntN(11)]
	case 8:
		y.now = y.now.Add(time.Duration(y.IntN(10)) * time.Hour)
		return Tick{}
	default:
		return y.reports(s)
	}
}

func (y *history) reports(s *State) Reports {
	var c Reports
	for range 1 + y.IntN(10) {
		y.seq++
		r := HostReport{Host: y.host(), Seq: y.seq, Boot: fmt.Sprint("b", y.IntN(30)/29)}
		offer := s.Offer(Ask{Host: r.Host}, y.now)
		for _, due := range offer.Due {
			if r.Ready == nil {
				r.Ready = &Readiness{}
			}
			r.Ready.Needs = append(r.Ready.Needs, due.Patches[0].ID)
		}
		for _, g := range offer.Grants {
			for _, item := range g.Items {
				r.Results = append(r.Results, y.result(g.Op, item))
			}
		}
		c.Hosts = append(c.Hosts, r)
	}
	return c
}

func (y *history) result(op Op, item GrantItem) Result {
	res := Result{Rollout: item.Rollout, Op: op, Outcome: Outcome(y.IntN(numOutcomes)), Class: Class(y.IntN(9)), Reason: fmt.Sprint("why-", y.IntN(5))}
	if y.IntN(2) == 0 {
		res.Outcome = []Outcome{Accepted, Verified}[y.IntN(2)]
	}
	if res.Outcome == Deferred {
		res.Until = y.now.Add(time.Hour)
	}
	for _, p := range item.Patches {
		holds := fettle.Yes
		if res.Outcome == RolledBack {
			holds = fettle.No
		}
		res.Patches = append(res.Patches, PatchState{p.ID, fettle.Yes, holds, holds})
	}
	return res
}

// answers is what a state answers, to compare two of them.
func answers(s *State, now time.Time) []any {
	all := []any{s.Head(), s.Next(), s.Rollouts(now), s.Summary(), s.Pooled(), s.Config()}
	for i := range 42 {
		host := fettle.HostID(fmt.Sprintf("h%02d", i))
		all = append(all, s.Offer(Ask{Host: host}, now), s.Explain(host, now))
	}
	return all
}

func restored(t *testing.T, s *State) *State {
	t.Helper()
	c, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Restore(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Checkpoint()
	if err != nil || !bytes.Equal(c.State, again.State) {
		t.Fatalf("at %d: the checkpoint of what was restored is another (%d and %d bytes): %v", c.At, len(c.State), len(again.State), err)
	}
	return back
}

// Whatever a region lives through: the state of a checkpoint answers as the one
// that was folded, and decides the same for ever after.
func TestARestoredStateIsTheSame(t *testing.T) {
	t.Parallel()
	seeds := 30
	if testing.Short() {
		seeds = 5
	}
	kinds := map[string]int{}
	for seed := range uint64(seeds) {
		y := newHistory(seed)
		live, twin := new(State), new(State)
		take := func(c Command) {
			a, reasons, err := live.Take(c, y.now)
			b, reasons2, err2 := twin.Take(c, y.now)
			if len(a) != len(b) || fmt.Sprint(reasons, err) != fmt.Sprint(reasons2, err2) {
				t.Fatalf("seed %d: %T led to %d entries and %d, %v %v and %v %v", seed, c, len(a), len(b), reasons, err, reasons2, err2)
			}
			for i := range a {
				if !bytes.Equal(a[i].Data, b[i].Data) {
					t.Fatalf("seed %d: %T led to %s\nand %s", seed, c, a[i].Data, b[i].Data)
				}
				kinds[a[i].Event.Kind()]++
			}
		}
		take(Configure{Config: historyConfig(), By: "ann"})
		for step := range 250 {
			take(y.next(live))
			if step%25 == int(seed%25) {
				twin = restored(t, live)
				if d := cmp.Diff(answers(live, y.now), answers(twin, y.now)); d != "" {
					t.Fatalf("seed %d, step %d: -folded +restored\n%s", seed, step, d)
				}
			}
		}
	}
	for kind, least := range map[string]int{
		kindHostsJoined: 1, kindGrantsIssued: 1, kindOutcomesRecorded: 1, kindRingOpened: 1, kindPhaseChanged: 1,
		kindGrantsLapsed: 1, kindSignalReceived: 1, kindSummaryReceived: 1, kindHostsLeft: 1, kindRingPassed: 1,
	} {
		if kinds[kind] < least {
			t.Errorf("%d entries of kind %s: too little happened", kinds[kind], kind)
		}
	}
}

// What the columns of a checkpoint were made for. Whoever adds a field packs it
// (with another checkpointVersion once a version was released), or says here
// that it can be worked out.
func TestACheckpointKnowsEveryColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of      any
		packed  string
		derived string
	}{
		{State{}, "head at config ready epoch holder hosts confined keys counters terms words rollouts unjudged blocks outages signals pools gen", "timers byID tables"},
		{host{}, "id seq op boots keys held terms gen deadline first flags failures", ""},
		{confinement{}, "rule since", ""},
		{hostTable{}, "rows", "slots seed present"},
		{keyTable{}, "keys hosts sets", "byKey dimensions bySet"},
		{counterTable{}, "charges used hold sets", "byCharge bySet"},
		{termsTable{}, "all free", ""},
		{grantTerms{}, "items epoch issued startBy endBy run preIssued backout hosts", ""},
		{termsItem{}, "rollout patches", ""},
		{wordTable{}, "words", "byWord"},
		{rolloutState{}, "spec digest proposer proposed phase since reasons by why gen members masks size unassigned rings ringGen frozen base late " +
			"approvals permits backoutOf backout judged wake recheck", "index latePlans"},
		{member{}, "in outcome class ring attempts flags mask next reason mark wake keys", ""},
		{ringState{}, "opened passed members counts unreached unreachedBefore waived starts floor lastResult strata", "byKey plans"},
		{starts{}, "cohorts next batch", ""},
		{cohorts{}, "from counts sum", ""},
		{stratum{}, "key members size cohorts", ""},
		{permitGiven{}, "ring units by at", ""},
		{approvalGiven{}, "By StepUp At", ""},
		{block{}, "name patches host key rollout reason set", ""},
		{outage{}, "signal key units until", ""},
		{signalKey{}, "name rollout", ""},
		{signalValue{}, "Value Since", ""},
		{PatchRef{}, "ID Payloads", ""},
		{Charge{}, "Budget Key Rollout", ""},
		{Link{}, "Position Digest", ""},
		{Key{}, "Dimension Value", ""},
	} {
		var fields []string
		typ := reflect.TypeOf(c.of)
		for field := range typ.Fields() {
			fields = append(fields, field.Name)
		}
		known := strings.Fields(c.packed + " " + c.derived)
		slices.Sort(fields)
		slices.Sort(known)
		if !slices.Equal(fields, known) {
			t.Errorf("%s has the fields %v, of which the checkpoint knows %v", typ, fields, known)
		}
	}
}

func TestCheckpointsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	y := newHistory(1)
	s := new(State)
	for _, c := range []Command{Configure{Config: historyConfig()}, Join{[]Member{y.member(), y.member()}}} {
		if _, _, err := s.Take(c, y.now); err != nil {
			t.Fatal(err)
		}
	}
	good, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Clone(good.State)
	newer[len(checkpointMagic)]++
	for name, c := range map[string]struct {
		c    Checkpoint
		want error
	}{
		"of another position": {Checkpoint{At: good.At + 1, State: good.State}, ErrEntry},
		"empty":               {Checkpoint{At: good.At}, ErrEntry},
		"something else":      {Checkpoint{At: good.At, State: []byte("once upon a time")}, ErrEntry},
		"torn":                {Checkpoint{At: good.At, State: good.State[:len(good.State)-1]}, ErrEntry},
		"of a newer form":     {Checkpoint{At: good.At, State: newer}, ErrNewer},
	} {
		if _, err := Restore(c.c); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
	for i := range good.State { // a bit that turned is found, wherever
		bad := bytes.Clone(good.State)
		bad[i] ^= 1 << (i % 8)
		if _, err := Restore(Checkpoint{At: good.At, State: bad}); !errors.Is(err, ErrEntry) && !errors.Is(err, ErrNewer) {
			t.Fatalf("byte %d: error %v", i, err)
		}
	}
}

// The reading of columns never panics, whatever stands there: the digest is left
// out here.
func FuzzCheckpointColumns(f *testing.F) {
	y := newHistory(3)
	s := new(State)
	for _, c := range []Command{Configure{Config: historyConfig()}} {
		if _, _, err := s.Take(c, y.now); err != nil {
			f.Fatal(err)
		}
	}
	for range 120 {
		_, _, _ = s.Take(y.next(s), y.now) // nonsense is refused
	}
	p := new(packer)
	p.state(s)
	f.Add(p.b)
	f.Fuzz(func(_ *testing.T, data []byte) {
		p := &packer{reading: true, b: data}
		p.state(new(State))
	})
}

func BenchmarkCheckpoint(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			s := new(State)
			now := time.UnixMilli(1_700_000_000_000)
			take := func(c Command) {
				if _, _, err := s.Take(c, now); err != nil {
					b.Fatal(err)
				}
			}
			take(Configure{Config: historyConfig()})
			spec := historySpec(1)
			take(Start{Spec: spec, Digest: historyDigest("r1"), By: "ann", Present: []fettle.Digest{
				spec.Patches[0].Payloads[0], spec.Backout.Patches[0].Payloads[0],
			}})
			for i := 0; i < n; i += 1000 {
				var j Join
				for k := range 1000 {
					j.Hosts = append(j.Hosts, Member{
						Host: fettle.HostID(fmt.Sprintf("host-%07d", i+k)), Keys: []Key{{"site", strconv.Itoa(k % 50)}},
						Rollouts: []Candidate{{Rollout: "r1", Eligible: 7}},
					})
				}
				take(j)
			}
			var c Checkpoint
			b.Run("write", func(b *testing.B) {
				for b.Loop() {
					c, _ = s.Checkpoint()
				}
				b.ReportMetric(float64(len(c.State))/float64(n), "B/host")
			})
			b.Run("read", func(b *testing.B) {
				for b.Loop() {
					if _, err := Restore(c); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
