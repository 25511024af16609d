package sequence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/sequence"
	"github.com/fettle-dev/fettle/internal/scenario"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.Run(t, "testdata/*.txt", func(*testing.T) func(*testing.T, scenario.Step) string {
		return func(t *testing.T, s scenario.Step) string {
			t.Helper()
			var items []sequence.Item
			for line := range strings.SplitSeq(s.Input, "\n") {
				items = append(items, readItem(t, line))
			}
			p, err := sequence.Order(items, &sequence.Options{HostRestart: 10 * time.Minute})
			if err != nil {
				return err.Error()
			}
			if err := newWorld(items).replay(p); err != nil && !strings.Contains(s.Input, "supersedes") && !strings.Contains(s.Input, "bundle") {
				t.Errorf("line %d: %v", s.Line, err)
			}
			return p.String()
		}
	})
}

// readItem reads "ID [state] [severity] [exclusive] name=value ...".
func readItem(t *testing.T, line string) sequence.Item {
	t.Helper()
	states := map[string]sequence.State{
		"unavailable": sequence.Unavailable, "wanted": sequence.Wanted, "available": sequence.Available,
		"installed": sequence.Installed, "pending": sequence.Pending,
	}
	words := strings.Fields(line)
	p := &applicability.Patch{ID: fettle.PatchID(words[0])}
	item := sequence.Item{Patch: p, State: sequence.Wanted}
	ids := func(s, sep string) (all []fettle.PatchID) {
		for id := range strings.SplitSeq(s, sep) {
			all = append(all, fettle.PatchID(id))
		}
		return all
	}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		var err error
		switch name {
		case "restart":
			err = p.Restart.UnmarshalText([]byte(value))
		case "exclusive":
			p.Exclusive = true
		case "requires":
			p.Requires = append(p.Requires, ids(value, "|"))
		case "conflicts":
			p.Conflicts = ids(value, ",")
		case "bundle":
			p.Bundle = ids(value, ",")
		case "supersedes":
			p.Supersedes = ids(value, ",")
		case "estimate":
			p.Estimate, err = time.ParseDuration(value)
		default:
			if state, ok := states[w]; ok {
				item.State = state
				continue
			}
			err = p.Severity.UnmarshalText([]byte(w))
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return item
}
