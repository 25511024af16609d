package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/schedule"
)

// The commands of scenario files:
//
//	policy file=NAME ...     layers from testdata/policies, or one in the input
//	host id= site= zone= label.NAME=
//	state clock= user= network= CONDITION= event.NAME= online= restart= since= frozen=
//	item patch= ...          adds or replaces an item
//	gone patch=              the item is met
//	decide at=               the decision; its ledger is kept
//	choose WHAT patch= at= until=
//	timeline from= to=       what changes, nobody doing anything
//	why field=
//	lint from=
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.Run(t, "testdata/scenarios/*.txt", func(*testing.T) func(*testing.T, scenario.Step) string {
		w := &world{state: schedule.State{Clock: fettle.Yes, Conditions: map[string]fettle.Truth{}, Events: map[string]time.Time{}}}
		return w.answer
	})
}

// world is the state of one scenario file.
type world struct {
	layers []*schedule.Layer
	host   schedule.Host
	policy *schedule.Policy
	state  schedule.State
	items  []schedule.Item
	ledger schedule.Ledger
	last   schedule.Decision
}

func (w *world) answer(t *testing.T, s scenario.Step) string {
	t.Helper()
	out, err := w.do(t, s)
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), "\n", "\nerror: ")
	}
	return out
}

func (w *world) do(t *testing.T, s scenario.Step) (string, error) {
	t.Helper()
	switch s.Name {
	case "policy":
		return w.addPolicy(s)
	case "host":
		w.policy = nil
		w.setHost(s.Args)
		return "ok", nil
	case "state":
		return "ok", w.setState(t, s.Args)
	case "item":
		return "ok", w.setItem(t, s.Args)
	case "gone":
		w.items = slices.DeleteFunc(w.items, func(it schedule.Item) bool { return string(it.Patch) == s.Args["patch"] })
		return "ok", nil
	}
	if err := w.merge(); err != nil {
		return "", err
	}
	switch s.Name {
	case "decide":
		d, err := w.policy.Decide(w.state, w.items, w.ledger, instant(t, s.Args["at"]))
		if err != nil {
			return "", err
		}
		w.last, w.ledger = d, d.Ledger
		return describe(&d), nil
	case "choose":
		return w.choose(t, s.Args)
	case "timeline":
		return w.timeline(t, s.Args)
	case "why":
		list, err := w.policy.Why(s.Args["field"])
		var b strings.Builder
		for _, y := range list {
			b.WriteString(y.String())
		}
		return b.String(), err
	case "lint":
		opt := &schedule.LintOptions{Install: 30 * time.Minute, Restart: 10 * time.Minute, Poll: time.Hour}
		var b strings.Builder
		for _, f := range w.policy.Lint(instant(t, s.Args["from"]), opt) {
			fmt.Fprintln(&b, f)
		}
		return b.String(), nil
	default:
		return "", fmt.Errorf("no command %s", s.Name)
	}
}

func (w *world) addPolicy(s scenario.Step) (string, error) {
	w.policy = nil
	var names []string
	if s.Input != "" {
		l, err := schedule.ParseLayer("input", []byte(s.Input))
		if err != nil {
			return "", err
		}
		w.layers = append(w.layers, l)
		names = append(names, l.Level.String()+" "+l.Name)
	}
	for name := range strings.SplitSeq(s.Args["file"], ",") {
		if name == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join("testdata", "policies", name))
		if err != nil {
			return "", err
		}
		l, err := schedule.ParseLayer(name, data)
		if err != nil {
			return "", err
		}
		w.layers = append(w.layers, l)
		names = append(names, l.Level.String()+" "+l.Name)
	}
	return strings.Join(names, "\n"), nil
}

func (w *world) merge() error {
	if w.policy != nil {
		return nil
	}
	p, err := schedule.Merge(w.layers, w.host, time.LoadLocation, nil)
	if err != nil {
		w.layers = w.layers[:max(len(w.layers)-1, 0)] // the next step may mend it
		return err
	}
	w.policy = p
	return nil
}

func (w *world) setHost(args map[string]string) {
	w.host.Labels = map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(args)) {
		v := args[k]
		switch {
		case k == "id":
			w.host.ID = fettle.HostID(v)
		case k == "site":
			w.host.Site = v
		case k == "zone":
			w.host.Zone = v
		case strings.HasPrefix(k, "label."):
			w.host.Labels[strings.TrimPrefix(k, "label.")] = v
		}
	}
}

func truth(t *testing.T, v string) fettle.Truth {
	t.Helper()
	var x fettle.Truth
	if err := x.UnmarshalText([]byte(v)); err != nil {
		t.Fatal(err)
	}
	return x
}

func instant(t *testing.T, v string) time.Time {
	t.Helper()
	if v == "" {
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if x, err := time.Parse(form, v); err == nil {
			return x
		}
	}
	t.Fatalf("instant %q", v)
	return time.Time{}
}

func (w *world) setState(t *testing.T, args map[string]string) error {
	t.Helper()
	w.state.Conditions, w.state.Events = maps.Clone(w.state.Conditions), maps.Clone(w.state.Events)
	for _, k := range slices.Sorted(maps.Keys(args)) {
		v := args[k]
		switch {
		case k == "clock":
			w.state.Clock = truth(t, v)
		case k == "user":
			w.state.User = truth(t, v)
		case k == "network":
			w.state.Network = v
		case k == "online":
			w.state.Online = instant(t, v)
		case k == "frozen":
			w.state.Frozen = v
		case k == "restart":
			w.state.Restart.Pending = truth(t, v)
		case k == "since":
			w.state.Restart.Since = instant(t, v)
		case k == "installed":
			w.state.Restart.Installed = v == "yes"
		case strings.HasPrefix(k, "event."):
			w.state.Events[strings.TrimPrefix(k, "event.")] = instant(t, v)
		default:
			w.state.Conditions[k] = truth(t, v)
		}
	}
	return nil
}

func (w *world) setItem(t *testing.T, args map[string]string) error {
	t.Helper()
	i := slices.IndexFunc(w.items, func(it schedule.Item) bool { return string(it.Patch) == args["patch"] })
	w.items = slices.Clone(w.items)
	if i < 0 {
		w.items = append(w.items, schedule.Item{Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded})
		i = len(w.items) - 1
	}
	form := map[string]any{}
	for k, v := range args {
		switch k {
		case "replaces":
			var list []schedule.Release
			for pair := range strings.SplitSeq(v, ",") {
				id, at, _ := strings.Cut(pair, "@")
				list = append(list, schedule.Release{Patch: fettle.PatchID(id), Released: instant(t, at)})
			}
			w.items[i].Replaces = list
		case "halted":
			form[k] = v == "yes"
		case "released", "granted", "startBy":
			form[k] = instant(t, v)
		default:
			form[k] = v
		}
	}
	text, err := json.Marshal(form)
	if err != nil {
		return err
	}
	before := w.items[i]
	merged, err := json.Marshal(before)
	if err != nil {
		return err
	}
	var both map[string]any
	if err := errors.Join(json.Unmarshal(merged, &both), json.Unmarshal(text, &both)); err != nil {
		return err
	}
	text, err = json.Marshal(both)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &w.items[i])
}

func (w *world) choose(t *testing.T, args map[string]string) (string, error) {
	t.Helper()
	kind := schedule.ChooseNow
	for k, v := range map[string]schedule.ChoiceKind{"defer": schedule.ChooseDefer, "refuse": schedule.ChooseRefuse} {
		if _, ok := args[k]; ok {
			kind = v
		}
	}
	l, err := w.last.Choose(kind, fettle.PatchID(args["patch"]), instant(t, args["until"]), instant(t, args["at"]))
	if err != nil {
		return "", err
	}
	w.ledger = l
	return "ok", nil
}

func (w *world) timeline(t *testing.T, args map[string]string) (string, error) {
	t.Helper()
	var b strings.Builder
	s := schedule.Situation{State: w.state, Items: w.items, Ledger: w.ledger}
	for step, err := range w.policy.Timeline(s, instant(t, args["from"]), instant(t, args["to"]), nil) {
		if err != nil {
			return "", err
		}
		zone := time.UTC
		if args["zone"] != "" {
			if zone, err = time.LoadLocation(args["zone"]); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&b, "%s  %-8s", step.At.In(zone).Format("Mon 2006-01-02 15:04:05"), step.Decision.Action)
		for i, r := range step.Decision.Reasons {
			r.Until = time.Time{}
			if i > 0 {
				b.WriteString("; ")
			}
			b.WriteString(schedule.ReasonText(r))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// describe writes a decision for people.
func describe(d *schedule.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", d.Action)
	for _, v := range d.Verdicts {
		name := string(v.Patch)
		if name == "" {
			name = "(restart)"
		}
		fmt.Fprintf(&b, "  %s: %s", name, v.Action)
		if v.Rule != "" {
			fmt.Fprintf(&b, ", rule %s", v.Rule)
		}
		if !v.Hard.IsZero() {
			fmt.Fprintf(&b, ", hard deadline %s", v.Hard.Format(time.RFC3339))
		}
		b.WriteByte('\n')
		for _, r := range v.Reasons {
			fmt.Fprintf(&b, "    %s: %s\n", r.Code, schedule.ReasonText(r))
		}
	}
	for _, c := range d.Choices {
		fmt.Fprintf(&b, "  choice: %s", c.Kind)
		if c.Patch == "" {
			b.WriteString(" (restart)")
		}
		if c.Kind == schedule.ChooseDefer {
			fmt.Fprintf(&b, " by at most %s", c.Longest)
			if !c.Latest.IsZero() {
				fmt.Fprintf(&b, ", not past %s", c.Latest.Format(time.RFC3339))
			}
		}
		if c.Kind != schedule.ChooseNow {
			fmt.Fprintf(&b, ", %s left", c.Left)
		}
		b.WriteByte('\n')
	}
	if d.Action == schedule.RestartHost && d.Countdown != (schedule.Limit{}) {
		fmt.Fprintf(&b, "  countdown: %s\n", d.Countdown)
	}
	if d.Next.IsZero() {
		b.WriteString("next: time alone never changes it\n")
	} else {
		fmt.Fprintf(&b, "next: %s\n", d.Next.Format(time.RFC3339))
	}
	if len(d.Unblock) > 0 {
		var list []string
		for _, r := range d.Unblock {
			list = append(list, schedule.ReasonText(r))
		}
		fmt.Fprintf(&b, "unblocks: %s\n", strings.Join(list, "; "))
	}
	return b.String()
}
