package gatestat

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func planFor(t *testing.T, hosts int, strata ...int) *Plan {
	t.Helper()
	p, err := NewPlan(Spec{Limit: 50_000, PassError: 50_000, HaltError: 50_000}, hosts, strata)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		hosts int
		look  Look
		want  Verdict
	}{
		{"nothing yet", 59, Look{}, Verdict{Bound: -1, Need: 59, Have: 59}},
		{
			"a ring of 20 proves nothing", 20,
			Look{Ring: []Cohort{{20, 20, 0}}, Ended: true},
			Verdict{Evidence: Cohort{20, 20, 0}, Bound: -1, Need: 59, Have: 20},
		},
		{
			"a ring of 20 under a plan with room", 64,
			Look{Ring: []Cohort{{20, 20, 0}}, Hosts: 20, Ended: true},
			Verdict{Evidence: Cohort{20, 20, 0}, Bound: -1, Need: 59, Have: 20},
		},
		{
			"a ring that goes on, under a plan with room", 64,
			Look{Ring: []Cohort{{20, 20, 0}}, Hosts: 30},
			Verdict{Evidence: Cohort{20, 20, 0}, Bound: -1, Need: 59, Have: 30},
		},
		{
			"59 without a failure", 59,
			Look{Ring: []Cohort{{59, 59, 0}}, Ended: true},
			Verdict{Outcome: Passed, Rule: End, Evidence: Cohort{59, 59, 0}},
		},
		{
			"59 without a failure, but more may start", 60,
			Look{Ring: []Cohort{{59, 59, 0}}},
			Verdict{Evidence: Cohort{59, 59, 0}, Need: 60, Have: 60},
		},
		{
			"59 with one failure", 59,
			Look{Ring: []Cohort{{59, 58, 1}}, Ended: true},
			Verdict{Evidence: Cohort{59, 58, 1}, Need: 93, Have: 59},
		},
		{
			"59 with one silent so far", 59,
			Look{Ring: []Cohort{{59, 58, 0}}, Ended: true},
			Verdict{Evidence: Cohort{59, 58, 0}, Need: 59, Have: 59},
		},
		{
			"early, while others are in flight", 1000,
			Look{Ring: []Cohort{{100, 100, 0}, {900, 0, 0}}},
			Verdict{Outcome: Passed, Rule: Early, Evidence: Cohort{100, 100, 0}},
		},
		{
			"the same as one wave", 1000,
			Look{Ring: []Cohort{{1000, 100, 0}}},
			Verdict{Evidence: Cohort{1000, 100, 0}, Bound: 37, Need: 1000, Have: 1000},
		},
		{
			"pooled hosts count for a pass", 100,
			Look{Pooled: [][]Cohort{{{80, 80, 0}}}, Ring: []Cohort{{20, 20, 0}}},
			Verdict{Outcome: Passed, Rule: Early, Evidence: Cohort{100, 100, 0}},
		},
		{
			"pooled failures do not halt", 60,
			Look{Pooled: [][]Cohort{{{20, 10, 10}}}, Ring: []Cohort{{1, 1, 0}}},
			Verdict{Evidence: Cohort{21, 11, 10}, Bound: -1, Need: 336, Have: 60},
		},
		{
			"five of twenty halt", 20,
			Look{Ring: []Cohort{{20, 15, 5}}, Ended: true},
			Verdict{Outcome: Halted, Rule: Ring, Evidence: Cohort{20, 15, 5}, Bound: 5},
		},
		{
			"failures of the first wave that report late halt as they would have in time", 200,
			Look{Ring: []Cohort{{20, 5, 8}, {180, 20, 0}}},
			Verdict{Outcome: Halted, Rule: Ring, Evidence: Cohort{20, 5, 8}, Bound: 5},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.want.Stratum = -1
			if got, err := planFor(t, c.hosts).Judge(c.look); err != nil || got != c.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestStrataShareOneError(t *testing.T) {
	t.Parallel()
	p := planFor(t, 200, 100, 100, 2, 25, 0)
	for i, want := range []bool{true, true, false, true, false} {
		if p.Speaks(i) != want {
			t.Errorf("stratum %d speaks: %v, want %v", i, p.Speaks(i), want)
		}
	}
	alone := planFor(t, 200)
	for n := range 201 {
		if p.HaltBound(n) < alone.HaltBound(n) {
			t.Fatalf("with strata the ring halts at %d of %d, alone at %d", p.HaltBound(n), n, alone.HaltBound(n))
		}
	}
	look := Look{
		Ring:   []Cohort{{200, 193, 7}},
		Strata: [][]Cohort{{{100, 100, 0}}, {{100, 93, 7}}, {{2, 0, 2}}, {{25, 18, 7}}, nil},
	}
	v, err := p.Judge(look)
	if err != nil || v.Outcome != Halted || v.Rule != Stratum || v.Stratum != 3 || v.Evidence.Failed != 7 {
		t.Errorf("seven of 25 in stratum 3: %+v, %v", v, err)
	}
	if got := v.Reason(); got.Code != ReasonHaltedIn || got.Args["stratum"] != "3" || got.Args["failed"] != "7" {
		t.Errorf("reason %+v", got)
	}
	look.Strata[3][0] = Cohort{25, 22, 3}
	if v, err := p.Judge(look); err != nil || v.Outcome == Halted {
		t.Errorf("three of 25 in stratum 3: %+v, %v", v, err)
	}
}

func TestJudgeRefusesWhatContradictsItself(t *testing.T) {
	t.Parallel()
	p := planFor(t, 50, 10)
	none := [][]Cohort{nil}
	for _, c := range []struct {
		want string
		look Look
	}{
		{"gatestat: 0 strata: the plan has 1", Look{}},
		{"ring cohort 2: 1 started, 1 succeeded, 1 failed", Look{Ring: []Cohort{{}, {1, 1, 1}}, Strata: none}},
		{"ring cohort 1: -1 started", Look{Ring: []Cohort{{-1, 0, 0}}, Strata: none}},
		{"ring cohort 1: 3 started, 4 succeeded, -1 failed", Look{Ring: []Cohort{{3, 4, -1}}, Strata: none}},
		{"pooled cohort 1: 5 started, -2 succeeded", Look{Pooled: [][]Cohort{{{5, -2, 3}}}, Strata: none}},
		{"51 hosts: the plan is for 50", Look{Hosts: 51, Strata: none}},
		{"51 hosts started: the plan is for 50", Look{Pooled: [][]Cohort{{{30, 0, 0}}}, Ring: []Cohort{{21, 0, 0}}, Strata: none}},
		{"ring cohort 1: 2000000 started", Look{Ring: []Cohort{{2_000_000, 0, 0}}, Strata: none}},
		{"stratum 0: {Started:5 Succeeded:4 Failed:1} is more than the ring's", Look{Ring: []Cohort{{5, 5, 0}}, Strata: [][]Cohort{{{5, 4, 1}}}}},
		{"stratum 0: cohort 1: 11 hosts started: the plan is for 10", Look{Ring: []Cohort{{20, 20, 0}}, Strata: [][]Cohort{{{11, 11, 0}}}}},
	} {
		if v, err := p.Judge(c.look); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: verdict %+v, error %v, want %q", c.look, v, err, c.want)
		}
	}
}

func TestNewPlanRefuses(t *testing.T) {
	t.Parallel()
	good := Spec{Limit: 50_000, PassError: 50_000, HaltError: 50_000}
	for _, c := range []struct {
		want   string
		spec   Spec
		hosts  int
		strata []int
	}{
		{"limit 0%", Spec{}, 1, nil},
		{"limit 100%", Spec{Limit: whole, PassError: 1, HaltError: 1}, 1, nil},
		{"pass error 0%", Spec{Limit: 1, HaltError: 1}, 1, nil},
		{"halt error 50.0001%", Spec{Limit: 1, PassError: 1, HaltError: 500_001}, 1, nil},
		{"-1 hosts", good, -1, nil},
		{"1048577 hosts", good, maxHosts + 1, nil},
		{"stratum 1 has 4 hosts", good, 3, []int{3, 4}},
		{"stratum 0 has -1 hosts", good, 3, []int{-1}},
	} {
		if _, err := NewPlan(c.spec, c.hosts, c.strata); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, %d hosts, %v: error %v, want %q", c.spec, c.hosts, c.strata, err, c.want)
		}
	}
	for _, extreme := range []Spec{{1, 1, 1}, {whole - 1, whole / 2, whole / 2}, {1, whole / 2, 1}} {
		if _, err := NewPlan(extreme, 3000, []int{3000, 1}); err != nil {
			t.Errorf("%+v: %v", extreme, err)
		}
	}
}

// The plan of the largest ring stays within the exact part and beyond it.
func TestLargeRings(t *testing.T) {
	t.Parallel()
	p := planFor(t, 120_000)
	for n := 1; n <= 120_000; n++ {
		if p.EndBound(n) < p.EarlyBound(n) || n != maxExact+1 && p.EndBound(n) < p.EndBound(n-1) {
			t.Fatalf("%d hosts: end %d, early %d, one host fewer %d", n, p.EndBound(n), p.EarlyBound(n), p.EndBound(n-1))
		}
		if p.HaltBound(n) < p.HaltBound(n-1) || p.HaltBound(n) <= p.EndBound(n) {
			t.Fatalf("%d hosts: halt %d, end %d", n, p.HaltBound(n), p.EndBound(n))
		}
	}
	// A rate of 4 % passes 100,000 hosts, one of 5.5 % halts them.
	if p.EarlyBound(100_000) < 4_300 || p.HaltBound(100_000) > 5_500 {
		t.Errorf("100,000 hosts: early %d, halt %d", p.EarlyBound(100_000), p.HaltBound(100_000))
	}
}

func TestRaw(t *testing.T) {
	t.Parallel()
	rate := RawRate{Limit: 50_000, MinStarted: 10}
	count := RawCount{Most: 2}
	for _, c := range []struct {
		ring        Cohort
		ended       bool
		rate, count Outcome
	}{
		{Cohort{}, true, Inconclusive, Inconclusive},
		{Cohort{9, 0, 1}, false, Inconclusive, Inconclusive},
		{Cohort{10, 0, 1}, false, Halted, Inconclusive},
		{Cohort{20, 19, 1}, false, Inconclusive, Inconclusive},
		{Cohort{20, 19, 1}, true, Passed, Passed},
		{Cohort{20, 18, 1}, true, Inconclusive, Passed},
		{Cohort{20, 18, 2}, true, Halted, Passed},
		{Cohort{1000, 950, 50}, true, Passed, Halted},
		{Cohort{1000, 949, 51}, true, Halted, Halted},
		{Cohort{60, 57, 3}, true, Passed, Halted},
		{Cohort{59, 57, 2}, true, Passed, Passed},
	} {
		if v, err := rate.Judge(c.ring, c.ended); err != nil || v.Outcome != c.rate {
			t.Errorf("rate: %+v, ended %v: %+v, %v, want %v", c.ring, c.ended, v, err, c.rate)
		}
		if v, err := count.Judge(c.ring, c.ended); err != nil || v.Outcome != c.count {
			t.Errorf("count: %+v, ended %v: %+v, %v, want %v", c.ring, c.ended, v, err, c.count)
		}
	}
	if _, err := rate.Judge(Cohort{1, 1, 1}, true); err == nil {
		t.Error("more results than hosts: no error")
	}
	if _, err := count.Judge(Cohort{1, -1, 1}, true); err == nil {
		t.Error("a negative count: no error")
	}
}

func TestVerdictAsJSON(t *testing.T) {
	t.Parallel()
	v, err := planFor(t, 20).Judge(Look{Ring: []Cohort{{20, 20, 0}}, Ended: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	want := `{"outcome":"inconclusive","rule":"nothing","stratum":-1,"evidence":{"started":20,"succeeded":20,"failed":0},"bound":-1,"need":59,"have":20}`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v\nwant %s", text, err, want)
	}
	var back Verdict
	if err := json.Unmarshal(text, &back); err != nil || back != v {
		t.Errorf("read back %+v, %v", back, err)
	}
	if r := v.Reason(); r.Code != ReasonTooSmall || r.Args["need"] != "59" || r.Args["have"] != "20" {
		t.Errorf("reason %+v", r)
	}
	if err := json.Unmarshal([]byte(`{"outcome":"maybe"}`), &back); err == nil {
		t.Error("an unknown outcome: no error")
	}
	if _, err := json.Marshal(Verdict{Rule: 99}); err == nil {
		t.Error("an unknown rule: no error")
	}
	for r, want := range map[Rate]string{0: "0%", 50_000: "5%", 1_234: "0.1234%", 500_100: "50.01%"} {
		if r.String() != want {
			t.Errorf("rate %d is %s, want %s", uint32(r), r, want)
		}
	}
}

// Whatever the counts are, the answer is an error or a verdict that agrees with
// them.
func FuzzJudge(f *testing.F) {
	f.Add(20, 15, 5, 180, 100, 3, true)
	f.Add(100, 100, 0, 0, 0, 0, false)
	f.Add(-1, 1, 1, math.MaxInt, math.MaxInt, math.MaxInt, true)
	p, err := NewPlan(Spec{Limit: 50_000, PassError: 50_000, HaltError: 50_000}, 300, []int{150})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s1, ok1, bad1, s2, ok2, bad2 int, ended bool) {
		first := Cohort{s1, ok1, bad1}
		v, err := p.Judge(Look{Ring: []Cohort{first, {s2, ok2, bad2}}, Strata: [][]Cohort{{first}}, Ended: ended})
		if err != nil {
			return
		}
		failed, open := v.Evidence.Failed, v.Evidence.Unresolved()
		switch v.Outcome {
		case Passed:
			if failed+open > v.Bound {
				t.Errorf("passed: %+v", v)
			}
		case Halted:
			if failed < v.Bound {
				t.Errorf("halted: %+v", v)
			}
		case Inconclusive:
			if ended && failed+open <= v.Bound {
				t.Errorf("inconclusive: %+v", v)
			}
		}
	})
}

// Beyond its reach a stratum with that many failures cannot halt, within it can.
func TestHaltReach(t *testing.T) {
	t.Parallel()
	p := planFor(t, 600, 300, 200)
	for failed := range 100 {
		reach := p.HaltReach(failed)
		for n := range p.haltIn {
			if can := failed >= int(p.haltIn[n]); can != (n <= reach) {
				t.Fatalf("%d failed among %d: halts %v, the reach is %d", failed, n, can, reach)
			}
		}
	}
}
