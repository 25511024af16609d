package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

func TestAssessAtKeepsTheCadenceAndSpreadsHosts(t *testing.T) {
	t.Parallel()
	layer := layerOf(t, "global", "g", `, "assess": {"patches": {"every": "1d", "spread": "1h"}, "configuration": "4h", "off": "never"}`)
	now := time.Date(2026, 3, 1, 5, 17, 3, 0, time.UTC)
	places := map[time.Duration]int{}
	for i := range 600 {
		p := merged(t, schedule.Host{ID: fettle.HostID(fmt.Sprint("h", i))}, layer)
		first, ok := p.AssessAt("patches", now)
		if !ok || !first.After(now) || first.Sub(now) > 24*time.Hour {
			t.Fatalf("after %s: %s, %v; want within a day", now, first, ok)
		}
		second, _ := p.AssessAt("patches", first)
		if second.Sub(first) != 24*time.Hour {
			t.Fatalf("a host lost its place: %s then %s", first, second)
		}
		late, _ := p.AssessAt("patches", first.Add(7*time.Minute))
		if late != second {
			t.Fatalf("a late assessment moved the place from %s to %s", second, late)
		}
		places[first.Sub(first.Truncate(24*time.Hour)).Truncate(6*time.Minute)]++
	}
	if len(places) != 10 {
		t.Errorf("600 hosts over an hour fill %d of its 10 parts: %v", len(places), places)
	}
	for at, n := range places {
		if n < 30 || at >= time.Hour {
			t.Errorf("%d of 600 hosts in the part at %s", n, at)
		}
	}
	p := merged(t, schedule.Host{}, layer)
	if at, ok := p.AssessAt("configuration", now); !ok || at != now.Add(4*time.Hour) {
		t.Errorf("without a spread: %s", at)
	}
	if at, ok := p.AssessAt("configuration", time.Time{}); !ok || !at.IsZero() {
		t.Errorf("never assessed is due at once: %s", at)
	}
	for _, name := range []string{"off", "unheard-of"} {
		if _, ok := p.AssessAt(name, now); ok {
			t.Errorf("%s has a cadence", name)
		}
	}
}

func TestProtocolsOfANetwork(t *testing.T) {
	t.Parallel()
	open := merged(t, schedule.Host{})
	if list, ok := open.Protocols("anything"); !ok || list != nil {
		t.Errorf("no network is named, so none restricts: %v, %v", list, ok)
	}
	p := merged(t, schedule.Host{}, layerOf(t, "global", "g", `, "networks": {"lan": {"protocols": ["https", "peer"]}, "other": {"protocols": ["https"]}}`))
	for name, want := range map[string][]string{"lan": {"https", "peer"}, "hotel": {"https"}} {
		if got, ok := p.Protocols(name); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, ok := p.Protocols(""); ok {
		t.Error("a network that is not known was permitted")
	}
}

func TestDecideRefusesWhatItCannotAnswer(t *testing.T) {
	t.Parallel()
	p := merged(t, schedule.Host{})
	many := make([]schedule.Item, 40)
	for i := range many {
		many[i].Patch = fettle.PatchID(fmt.Sprint("P", i%39))
	}
	for name, items := range map[string][]schedule.Item{
		"no name":  {{}},
		"twice":    {{Patch: "A"}, {Patch: "A"}},
		"many":     many,
		"negative": {{Patch: "A", InstallTime: -1}},
		"restart":  {{Patch: "A", RestartTime: -1}},
	} {
		if _, err := p.Decide(schedule.State{}, items, schedule.Ledger{}, time.Unix(0, 0)); !errors.Is(err, schedule.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := schedule.Ledger{Items: []schedule.Obligation{{Patch: "B"}, {Patch: "A"}}}
	if _, err := p.Decide(schedule.State{}, nil, bad, time.Unix(0, 0)); !errors.Is(err, schedule.ErrInvalid) {
		t.Errorf("a ledger out of order: %v", err)
	}
}

// TestDecideLeavesItsArgumentsAlone: the ledger that goes in is a value.
func TestDecideLeavesItsArgumentsAlone(t *testing.T) {
	t.Parallel()
	p := laptopPolicy(t)
	s := schedule.State{Clock: fettle.Yes, User: fettle.Yes, Network: "lan", Conditions: map[string]fettle.Truth{
		"disk-free": fettle.Yes, "manager-free": fettle.Yes, "not-in-call": fettle.Yes, "not-presenting": fettle.Yes,
	}}
	released := time.Date(2026, 11, 10, 18, 0, 0, 0, time.UTC)
	items := []schedule.Item{
		{Patch: "A", Class: fettle.ClassSecurity, Released: released, Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded},
		{Patch: "C", Class: fettle.ClassSecurity, Released: released, Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded},
	}
	one, err := p.Decide(s, items[1:], schedule.Ledger{}, released.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(one.Ledger)
	two, err := p.Decide(s, items, one.Ledger, released.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Choose(schedule.ChooseDefer, "C", released.Add(3*time.Hour), released.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(one.Ledger); string(after) != string(before) {
		t.Errorf("the ledger that was given changed:\n%s\n%s", before, after)
	}
	if len(two.Ledger.Items) != 2 || two.Ledger.Items[1].Deferrals != 0 {
		t.Errorf("the ledger of the decision was changed by the choice: %+v", two.Ledger)
	}
	// Ledgers survive storage.
	text, err := json.Marshal(two.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	var back schedule.Ledger
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(back); string(again) != string(text) {
		t.Errorf("%s\n%s", text, again)
	}
}

func TestUnblockingUnblocks(t *testing.T) {
	t.Parallel()
	base := `, "windows": {"w": "daily 01:00 for 2h UTC"}, "conditions": {"disk-free": {"kind": "safety"}, "idle": {"kind": "courtesy"}},
	  "networks": {"lan": {}}, "cycles": {"c": {"event": "train"}},
	  "rules": {"s": {"classes": ["security"], "windows": ["always"], "conditions": ["disk-free", "idle"]},
	    "t": {"classes": ["bugfix"], "windows": ["always"], "cycle": "c"}}`
	good := schedule.State{
		Clock: fettle.Yes, User: fettle.No, Network: "lan",
		Conditions: map[string]fettle.Truth{"disk-free": fettle.Yes, "idle": fettle.Yes},
		Events:     map[string]time.Time{"train": time.Unix(1.79e9, 0)},
	}
	item := schedule.Item{Patch: "P", Class: fettle.ClassSecurity, Released: time.Unix(1.78e9, 0), Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded}
	late := item
	late.Class = fettle.ClassBugfix
	p := merged(t, schedule.Host{}, layerOf(t, "global", "g", base))
	for _, c := range []struct {
		code  string
		item  schedule.Item
		spoil func(*schedule.State, *schedule.Item)
	}{
		{schedule.UnblockClock, item, func(s *schedule.State, _ *schedule.Item) { s.Clock = fettle.Unknown }},
		{schedule.UnblockHostFreeze, item, func(s *schedule.State, _ *schedule.Item) { s.Frozen = "legal" }},
		{schedule.UnblockRule, item, func(_ *schedule.State, it *schedule.Item) { it.Class = fettle.ClassDriver }},
		{schedule.UnblockHalt, item, func(_ *schedule.State, it *schedule.Item) { it.Halted = true }},
		{schedule.UnblockRing, item, func(_ *schedule.State, it *schedule.Item) { it.Ring = fettle.Unknown }},
		{schedule.UnblockGrant, item, func(_ *schedule.State, it *schedule.Item) { it.Grant = fettle.No }},
		{schedule.UnblockCondition, item, func(s *schedule.State, _ *schedule.Item) { s.Conditions = map[string]fettle.Truth{"idle": fettle.Yes} }},
		{schedule.UnblockCondition, item, func(s *schedule.State, _ *schedule.Item) {
			s.Conditions = map[string]fettle.Truth{"disk-free": fettle.Yes}
		}},
		{schedule.UnblockNetwork, item, func(s *schedule.State, _ *schedule.Item) { s.Network = "hotel" }},
		{schedule.UnblockUser, item, func(s *schedule.State, _ *schedule.Item) { s.User = fettle.Unknown }},
		{schedule.UnblockEvent, late, func(s *schedule.State, _ *schedule.Item) { s.Events = nil }},
	} {
		now := time.Unix(1.8e9, 0)
		d, err := p.Decide(good, []schedule.Item{c.item}, schedule.Ledger{}, now)
		if err != nil || d.Action != schedule.InstallPatches || len(d.Unblock) != 0 {
			t.Fatalf("%s: without the obstacle %s, %v %v", c.code, d.Action, d.Reasons, err)
		}
		s, it := good, c.item
		c.spoil(&s, &it)
		d, err = p.Decide(s, []schedule.Item{it}, schedule.Ledger{}, now)
		if err != nil || d.Action == schedule.InstallPatches ||
			!slices.ContainsFunc(d.Unblock, func(r fettle.Reason) bool { return r.Code == c.code }) {
			t.Errorf("%s: %s, unblocks %v, %v", c.code, d.Action, d.Unblock, err)
		}
		for _, r := range slices.Concat(d.Reasons, d.Unblock) {
			if schedule.ReasonText(r) == r.Code {
				t.Errorf("%s has no words", r.Code)
			}
		}
	}
}

// TestTimelineFinishesWhatHasBegun: an installation that outlasts its window is
// not forgotten when the window closes.
func TestTimelineFinishesWhatHasBegun(t *testing.T) {
	t.Parallel()
	p := merged(t, schedule.Host{}, layerOf(t, "global", "g", `, "windows": {"w": "daily 01:00 for 1h cutoff 10m UTC"}, "rules": {"r": {"windows": ["w"]}}`))
	s := schedule.Situation{
		State: schedule.State{Clock: fettle.Yes, User: fettle.No},
		Items: []schedule.Item{{Patch: "P", Stage: schedule.StageDownloaded, Grant: fettle.Yes, Ring: fettle.Yes, Released: time.Unix(1.7e9, 0)}},
	}
	takesLong := func(step schedule.Step, s schedule.Situation) (schedule.Situation, time.Time) {
		if step.Decision.Action != schedule.InstallPatches {
			return s, time.Time{}
		}
		s.Items = nil
		return s, step.At.Add(3 * time.Hour)
	}
	var got []string
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for step, err := range p.Timeline(s, from, from.AddDate(0, 0, 3), takesLong) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, step.At.Format("02 15:04 ")+step.Decision.Action.String())
	}
	want := []string{"01 00:00 wait", "01 01:00 install", "01 01:50 wait", "01 02:00 wait", "01 04:00 nothing"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
