package rollout

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Validate returns every problem of the configuration, in the order of its
// fields.
func (c *Config) Validate() Problems {
	f := &finder{}
	f.word("region", string(c.Region))
	f.count("budgets", len(c.Budgets), 0, MaxBudgets)
	seen := map[string]int{}
	for i := range c.Budgets {
		at := fmt.Sprintf("budgets[%d]", i)
		if before, ok := seen[c.Budgets[i].Name]; ok {
			f.refuse(at+".name", c.Budgets[i].Name, "budgets[%d] has this name", before)
		}
		seen[c.Budgets[i].Name] = i
		f.budget(at, &c.Budgets[i])
	}
	f.within("clockMargin", c.ClockMargin, 0)
	f.within("pollEvery", c.PollEvery, Duration(time.Second))
	if c.EmergencyApprovers != 0 {
		f.count("emergencyApprovers", c.EmergencyApprovers, 2, 64)
	}
	return f.found
}

func (f *finder) budget(at string, b *Budget) {
	f.word(at+".name", b.Name)
	if b.Per != "" {
		f.dimension(at+".per", b.Per)
	}
	switch {
	case b.Units == 0 && b.Share == 0:
		f.refuse(at, b.Name, "want units or a share: nobody could ever start; to let nobody of one key through, give it 0 in keys")
	case b.Units != 0 && b.Share != 0:
		f.refuse(at, b.Name, "want one of units and share, found both")
	}
	f.count(at+".units", b.Units, 0, maxHosts)
	f.share(at+".share", b.Share, 0, Whole)
	if b.Hold > UntilOutcome {
		f.refuse(at+".hold", b.Hold.String(), "want until-healthy or until-outcome")
	}
	if len(b.Keys) > 0 && b.Per == "" {
		f.refuse(at+".keys", b.Name, "the region as a whole has no keys; state per")
	}
	for _, key := range slices.Sorted(maps.Keys(b.Keys)) {
		f.text(at+".keys", key)
		f.count(at+".keys."+shorten(key), b.Keys[key], 0, maxHosts)
	}
}
