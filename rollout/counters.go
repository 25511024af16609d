package rollout

import "slices"

// Charge is a unit of one budget that a grant takes: of the region's, for one
// value of its dimension; with a rollout, of that rollout's own narrower limit.
type Charge struct {
	Budget  string `json:"budget"`
	Key     string `json:"key,omitempty"`
	Rollout ID     `json:"rollout,omitempty"`
}

// counterIndex is an interned Charge; chargeSet an interned ascending list of
// them. chargeSet 0 is the empty list.
type (
	counterIndex uint32
	chargeSet    uint32
)

// counterTable counts the units of budgets that hosts keep. A host keeps at most
// one unit of a counter, whatever it is granted.
type counterTable struct {
	charges  []Charge
	byCharge valueIndex[Charge]
	used     []int
	hold     []Hold // of the budget, by the configuration
	sets     [][]counterIndex
	bySet    listIndex[counterIndex]
}

func newCounterTable() counterTable {
	return counterTable{sets: [][]counterIndex{nil}}
}

// find returns the counter of a charge that some host was charged before.
func (t *counterTable) find(c Charge) (counterIndex, bool) {
	i, ok := t.byCharge.find(t.charges, c)
	return counterIndex(i), ok
}

// add makes the counter of a charge that find does not know, and keeps its texts.
func (t *counterTable) add(c Charge, hold Hold) counterIndex {
	t.charges = append(t.charges, c)
	t.byCharge.added(t.charges)
	t.used = append(t.used, 0)
	t.hold = append(t.hold, hold)
	return counterIndex(len(t.charges) - 1)
}

// set interns a list, which it sorts.
func (t *counterTable) set(list []counterIndex) chargeSet {
	slices.Sort(list)
	list = slices.Compact(list)
	return chargeSet(t.bySet.intern(&t.sets, list))
}

// move counts a host that kept one set of units and now keeps another.
func (t *counterTable) move(from, to chargeSet) {
	if from == to {
		return
	}
	for _, i := range t.sets[from] {
		t.used[i]--
	}
	for _, i := range t.sets[to] {
		t.used[i]++
	}
}

// lasting returns the units of a set that stay with a host until it is healthy.
func (t *counterTable) lasting(set chargeSet) chargeSet {
	var list []counterIndex
	for _, i := range t.sets[set] {
		if t.hold[i] == UntilHealthy {
			list = append(list, i)
		}
	}
	if len(list) == len(t.sets[set]) {
		return set
	}
	return t.set(list)
}

// with returns the set and more units.
func (t *counterTable) with(set chargeSet, more []counterIndex) chargeSet {
	return t.set(append(slices.Clone(t.sets[set]), more...))
}
