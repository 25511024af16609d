package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// randomPolicy makes a policy that uses everything that depends on time, with
// zones whose clocks change in the weeks that the tests walk through.
func randomPolicy(t *testing.T, r *rand.Rand) *schedule.Policy {
	t.Helper()
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	window := func() string {
		kind := pick("", "", "optional ")
		days := pick("daily", "weekdays", "sat,sun", "tue#2 +3d", "monthly -1")
		return fmt.Sprintf("%s%s %02d:%02d for %dm%s%s %s", kind, days, r.IntN(24), r.IntN(4)*15, 30+r.IntN(600),
			pick("", "", " cutoff 10m"), pick("", "", " spread 13m"),
			pick("local", "UTC", "America/New_York", "Australia/Lord_Howe"))
	}
	hours := func(n int) string { return fmt.Sprintf("%dh", r.IntN(n)) }
	from := time.Date(2026, 3, 20+r.IntN(12), r.IntN(24), 0, 0, 0, time.UTC)
	text := fmt.Sprintf(`{"version": 1, "level": "global", "name": "random",
	  "windows": {"a": %q, "b": %q, "c": %q, "logon": "at logon for 45m local", "user": "optional always"},
	  "cycles": {"weekly": "mon 06:00 for 1h UTC", "train": {"event": "train"}},
	  "conditions": {"idle": {"kind": "courtesy", "patience": %q}, "disk-free": {"kind": "safety"}},
	  "networks": {"lan": {}, "vpn": {"install": "optional", "download": "optional"}, "metered": {"download": "never"}},
	  "restarts": {"default": {"windows": ["a", "b"], "budget": %q, "forced": %v, "deferrals": 2, "deferEach": "6h",
	     "conditions": ["idle"], "countdown": "10m", "mode": %q}},
	  "rules": {"one": {"classes": ["security"], "delay": %q, "soft": %q, "hard": %q, "grace": %q, "lead": %q,
	       "deferrals": 2, "deferEach": "5h", "refusals": 1, "freezeExtends": %v, "cycle": %q,
	       "windows": ["a", "b", %q], "conditions": ["idle", "disk-free"], "catchUp": %q, "catchUpAfter": "1h"},
	     "two": {"order": 1, "hard": %q, "windows": ["c", "logon"], "reserve": %q, "downloads": ["b"]}},
	  "freezes": {"f": {"blocks": ["install"], "from": %q, "until": %q, "owner": "o", "reason": "r"},
	     "g": {"blocks": ["download", "restart"], "window": "fri 18:00 for 30h local", "owner": "o", "reason": "r"}},
	  "hostFreezes": {"h": {"from": %q, "until": %q, "owner": "o", "reason": "r"}},
	  "overrides": {"zero-day": {"patches": ["P2"], "install": true, "restart": %v, "approver": "ciso", "reason": "exploited",
	     "from": %q, "expires": %q, "enforceFrom": %q}}}`,
		window(), window(), window(), hours(40), hours(90), r.IntN(2) == 0, pick("if-required", "always", "never"),
		hours(60), hours(100), pick(hours(200), "never"), hours(20), hours(10),
		r.IntN(2) == 0, pick("", "", "weekly", "train"), pick("user", "logon", "always"),
		pick("by-kind", "none", "next-idle", "on-return"), hours(150), pick("0s", "25m"),
		from.Format(time.RFC3339), from.Add(time.Duration(1+r.IntN(60))*time.Hour).Format(time.RFC3339),
		from.Add(70*time.Hour).Format(time.RFC3339), from.Add(75*time.Hour).Format(time.RFC3339), r.IntN(2) == 0,
		from.Format(time.RFC3339), from.Add(50*time.Hour).Format(time.RFC3339), from.Add(20*time.Hour).Format(time.RFC3339))
	layer, err := schedule.ParseLayer("random", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	host := schedule.Host{ID: fettle.HostID(fmt.Sprint("h", r.IntN(100))), Zone: "Europe/Berlin"}
	p, err := schedule.Merge([]*schedule.Layer{layer}, host, time.LoadLocation, &schedule.MergeOptions{Seed: "s"})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

func randomSituation(r *rand.Rand, now time.Time) schedule.Situation {
	truth := func() fettle.Truth { return fettle.Truth(r.IntN(3)) }
	mostly := func() fettle.Truth {
		if r.IntN(5) > 0 {
			return fettle.Yes
		}
		return truth()
	}
	around := func() time.Time { return now.Add(time.Duration((r.IntN(200)-150)*60+r.IntN(60)) * time.Minute) }
	s := schedule.Situation{State: schedule.State{
		Clock: fettle.Yes, User: truth(), Network: []string{"lan", "lan", "vpn", "metered", "cafe", ""}[r.IntN(6)],
		Conditions: map[string]fettle.Truth{"idle": truth(), "disk-free": mostly()},
		Events:     map[string]time.Time{"logon": around(), "train": around()},
		Online:     around(),
		Restart:    schedule.RestartState{Pending: truth(), Installed: r.IntN(2) == 0, BeforeNext: r.IntN(6) == 0, Since: around()},
	}}
	for i := range 1 + r.IntN(4) {
		it := schedule.Item{
			Patch: fettle.PatchID(fmt.Sprint("P", i)), Class: fettle.Class(r.IntN(3)), Severity: fettle.Severity(r.IntN(6)),
			Stage: schedule.Stage(r.IntN(3)), Restart: fettle.Restart(r.IntN(5)),
			InstallTime: time.Duration(r.IntN(50)) * time.Minute, RestartTime: time.Duration(r.IntN(15)) * time.Minute,
			Grant: mostly(), Ring: mostly(), Halted: r.IntN(15) == 0,
		}
		if r.IntN(8) > 0 {
			it.Released = around()
		}
		if r.IntN(4) == 0 {
			it.StartBy = now.Add(time.Duration(r.IntN(100)) * time.Hour)
		}
		if r.IntN(4) == 0 {
			it.Granted = around()
		}
		if i > 0 && r.IntN(3) == 0 {
			it.Replaces = []schedule.Release{{Patch: "P0", Released: around()}}
		}
		s.Items = append(s.Items, it)
	}
	return s
}

// TestNextIsWhenTheAnswerChanges walks minute by minute beside the timeline:
// between two of its steps nothing may change, and the ledger that is carried
// from minute to minute must not make a difference. Instants at which something
// is first offered are whole minutes here, so that both walks remember the same.
func TestNextIsWhenTheAnswerChanges(t *testing.T) {
	t.Parallel()
	rounds, actions := 40, map[schedule.Action]int{}
	if os.Getenv("FETTLE_NIGHTLY") != "" {
		rounds = 1000
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 4))
		p := randomPolicy(t, r)
		now := time.Date(2026, 3, 26+r.IntN(6), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		s := randomSituation(r, now)
		end := now.Add(50 * time.Hour)
		s.Ledger = someChoice(t, r, p, &s, now)
		var steps []schedule.Step
		for step, err := range p.Timeline(s, now, end, nil) {
			if err != nil {
				t.Fatal(err)
			}
			steps = append(steps, step)
			actions[step.Decision.Action]++
			checkUntilNext(t, r, p, &s, &step)
			// A choice that the user makes here must be one that is left.
			if c := step.Decision.Choices; len(c) > 0 {
				checkChoices(t, &step)
			}
		}
		ledger, at := s.Ledger, 0
		for m := now; m.Before(end); m = m.Add(time.Minute) {
			d, err := p.Decide(s.State, s.Items, ledger, m)
			if err != nil {
				t.Fatal(err)
			}
			ledger = d.Ledger
			for at+1 < len(steps) && !steps[at+1].At.After(m) {
				at++
			}
			if !d.Next.IsZero() && !d.Next.After(m) {
				t.Fatalf("seed %d: at %s next is %s, not after it", seed, m, d.Next)
			}
			if !d.SameAnswer(&steps[at].Decision) {
				t.Fatalf("seed %d: at %s\n%s\nbut the timeline has, since %s,\n%s", seed, m, describe(&d),
					steps[at].At, describe(&steps[at].Decision))
			}
		}
	}
	for _, a := range []schedule.Action{schedule.Wait, schedule.Download, schedule.Offer, schedule.RestartHost, schedule.InstallPatches} {
		if actions[a] < rounds/20 {
			t.Errorf("the random policies hardly ever decide to %s (%d times): they test too little", a, actions[a])
		}
	}
	t.Logf("steps by action: %v", actions)
}

// checkChoices tries every choice of a step just inside and just outside of
// what it allows.
func checkChoices(t *testing.T, step *schedule.Step) {
	t.Helper()
	d := &step.Decision
	for _, c := range d.Choices {
		if c.Kind != schedule.ChooseDefer {
			if _, err := d.Choose(c.Kind, c.Patch, time.Time{}, step.At); err != nil {
				t.Errorf("%s was offered and refused: %v", c.Kind, err)
			}
			continue
		}
		longest, _ := c.Longest.Duration()
		until := step.At.Add(longest)
		if !c.Latest.IsZero() && c.Latest.Before(until) {
			until = c.Latest
		}
		if _, err := d.Choose(c.Kind, c.Patch, until, step.At); err != nil {
			t.Errorf("a deferral to the last moment was refused: %v", err)
		}
		if _, err := d.Choose(c.Kind, c.Patch, until.Add(time.Second), step.At); err == nil ||
			!strings.Contains(err.Error(), "not offered") {
			t.Errorf("a deferral past the last moment was taken: %v", err)
		}
	}
}

// checkUntilNext asks again at some seconds before Next.
func checkUntilNext(t *testing.T, r *rand.Rand, p *schedule.Policy, s *schedule.Situation, step *schedule.Step) {
	t.Helper()
	d := &step.Decision
	room := int64(1e6)
	if !d.Next.IsZero() {
		room = d.Next.Unix() - step.At.Unix() - 1
	}
	for _, wait := range []int64{room, r.Int64N(room + 1)} {
		again, err := p.Decide(s.State, s.Items, d.Ledger, step.At.Add(time.Duration(wait)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if !again.SameAnswer(d) {
			t.Fatalf("at %s\n%s\nbut %d seconds later\n%s", step.At, describe(d), wait, describe(&again))
		}
	}
}

// someChoice is the ledger after the user has made one of the choices that the
// first decision leaves, if it leaves any.
func someChoice(t *testing.T, r *rand.Rand, p *schedule.Policy, s *schedule.Situation, now time.Time) schedule.Ledger {
	t.Helper()
	d, err := p.Decide(s.State, s.Items, s.Ledger, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Choices) == 0 {
		return schedule.Ledger{}
	}
	c := d.Choices[r.IntN(len(d.Choices))]
	l, err := d.Choose(c.Kind, c.Patch, now.Add(time.Hour), now)
	if err != nil {
		return schedule.Ledger{} // an hour may be too long
	}
	return l
}
