package rollout

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// whyKept says which units a host keeps that has no operation, and why.
func (s *State) whyKept(row *host) fettle.Reason {
	reason := fettle.Reason{Code: ReasonUnwell}
	if row.is(hostUnheard) {
		reason.Code = ReasonUnheard
	}
	var units []string
	for _, c := range s.counters.sets[row.held] {
		units = append(units, "a unit of "+unitText(s.counters.charges[c]))
	}
	reason.Args = map[string]string{"units": strings.Join(units, ", ")}
	return reason
}

// unitText says what a unit is of: "budget pair of north".
func unitText(c Charge) string {
	text := "budget " + c.Budget
	if c.Key != "" {
		text += " of " + c.Key
	}
	if c.Rollout != "" {
		text += " for " + string(c.Rollout)
	}
	return text
}

// nameHolders adds to what says that a budget is spent who keeps its units, if
// those are few. It looks at every host, so polls are not answered by it.
func (s *State) nameHolders(reasons []fettle.Reason) {
	const few = 3
	for i := range reasons {
		args := reasons[i].Args
		if reasons[i].Code != ReasonBudgetSpent {
			continue
		}
		c, ok := s.counters.find(Charge{Budget: args["budget"], Key: args["key"], Rollout: ID(args["rollout"])})
		if !ok || s.counters.used[c] == 0 || s.counters.used[c] > few {
			continue
		}
		var holders []string
		for h := range s.hosts.rows {
			if row := &s.hosts.rows[h]; row.held != 0 && slices.Contains(s.counters.sets[row.held], c) {
				holders = append(holders, string(row.id))
			}
		}
		args["by"] = strings.Join(holders, ", ")
	}
}
