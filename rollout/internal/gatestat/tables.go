package gatestat

import (
	"slices"
	"sync"
)

// Tables keep boundaries for the plans that are made from them: the bound for a
// number of hosts depends on no larger number, so one table serves rings of every
// size under the same limit. The zero value is empty. Tables are safe for
// concurrent use; what they return is never changed.
type Tables struct {
	mu     sync.Mutex
	passed map[passKey]passTable
	halted map[haltKey][]int32
}

type passKey struct{ limit, passError Rate }

type haltKey struct {
	limit, haltError Rate
	shares           int
}

// passTable holds bounds by number of hosts: of passing early, and at the end.
type passTable struct{ early, end []int32 }

// passes returns the bounds of passing for 0 to that many hosts.
func (t *Tables) passes(s Spec, hosts int) (early, end []int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := passKey{s.Limit, s.PassError}
	table, ok := t.passed[key]
	if !ok || len(table.early) <= hosts {
		early := passBounds(s.Limit, threshold(s.PassError, 2), hosts)
		exact := min(hosts, maxExact)
		if len(table.end) <= exact {
			table.end = endBounds(s.Limit, s.PassError, early[:exact+1])
		}
		table = passTable{early: early, end: slices.Concat(table.end[:exact+1], early[exact+1:])}
		if t.passed == nil {
			t.passed = map[passKey]passTable{}
		}
		t.passed[key] = table
	}
	return table.early[:hosts+1], table.end[:hosts+1]
}

// halts returns the bounds of halting with a share of the halt error.
func (t *Tables) halts(s Spec, shares, hosts int) []int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := haltKey{s.Limit, s.HaltError, shares}
	table, ok := t.halted[key]
	if !ok || len(table) <= hosts {
		table = haltBounds(s.Limit, threshold(s.HaltError, shares), hosts)
		if t.halted == nil {
			t.halted = map[haltKey][]int32{}
		}
		t.halted[key] = table
	}
	return table[:hosts+1]
}
