package rollout

import (
	"slices"
	"strconv"
	"time"
)

// limitKey names what bounds grants: a budget of the region for one value of its
// dimension, or with a rollout that rollout's narrower limit.
type limitKey struct {
	budget  int      // index into Config.Budgets
	key     keyIndex // noKey: the region as a whole
	rollout rolloutIndex
}

// noKey is no key's index.
const noKey = ^keyIndex(0)

// limit is what a command knows of one bound.
type limit struct {
	charge  Charge
	units   int
	used    int // by hosts, known outages and the grants of this command
	counter counterIndex
	counted bool // counter is known: some host kept a unit before
	// entry is the last that a grant was put into that takes a unit, place the index
	// of the charge there.
	entry *GrantsIssued
	place int
}

// limitTable keeps the bounds that the hosts of one command are under, so that
// each is looked up once. The zero value is empty.
type limitTable struct {
	all   []limit
	byKey map[limitKey]int
}

// limit returns the index of a bound in b.limits.all.
func (b *granting) limit(k limitKey, units int) int {
	i, ok := b.limits.byKey[k]
	if ok {
		return i
	}
	s, budget := b.s, &b.s.config.Budgets[k.budget]
	l := limit{charge: Charge{Budget: budget.Name}, units: units}
	if k.key != noKey {
		l.charge.Key = s.keys.keys[k.key].Value
	}
	if k.rollout != noRollout {
		l.charge.Rollout = s.rollouts[k.rollout].spec.ID
	} else {
		l.units = s.unitsOf(budget, k.key)
		l.used = s.outUnits(budget.Per, l.charge.Key, b.now)
	}
	if l.counter, l.counted = s.counters.find(l.charge); l.counted {
		l.used += s.counters.used[l.counter]
	}
	if b.limits.byKey == nil {
		b.limits.byKey = map[limitKey]int{}
	}
	i = len(b.limits.all)
	b.limits.byKey[k] = i
	b.limits.all = append(b.limits.all, l)
	return i
}

// charges finds in b.taken the limits of which a grant takes a unit, or refuses
// naming the budget that is spent.
func (b *granting) charges(d *decided, h hostIndex, due []dueItem, ahead bool) bool {
	s := b.s
	row := &s.hosts.rows[h]
	b.taken = b.taken[:0]
	charged := false
	for i := range s.config.Budgets {
		budget := &s.config.Budgets[i]
		if budget.PreIssued != ahead && (budget.PreIssued || budget.Hold == UntilOutcome) {
			continue
		}
		charged = charged || budget.PreIssued == ahead
		key := noKey
		if budget.Per != "" {
			var has bool
			if key, has = s.keys.in(row.keys, budget.Per); !has {
				continue
			}
		}
		if !b.charge(d, row, limitKey{i, key, noRollout}, 0) {
			return false
		}
		for k := range due {
			for _, ref := range due[k].r.spec.Budgets {
				if ref.Budget == budget.Name && ref.Units > 0 && !b.charge(d, row, limitKey{i, key, due[k].r.index}, ref.Units) {
					return false
				}
			}
		}
	}
	if ahead && !charged {
		d.refuse(ReasonNoAhead, "host", string(row.id))
		return false
	}
	return true
}

// charge takes a unit of one limit into b.taken, unless the host keeps one.
func (b *granting) charge(d *decided, row *host, k limitKey, units int) bool {
	i := b.limit(k, units)
	l := &b.limits.all[i]
	switch {
	case l.counted && slices.Contains(b.s.counters.sets[row.held], l.counter):
		return true
	case l.used < l.units:
		b.taken = append(b.taken, i)
		return true
	case d.quiet:
		return false
	}
	more := []string{"budget", l.charge.Budget, "units", strconv.Itoa(l.units), "used", strconv.Itoa(l.used)}
	if l.charge.Key != "" {
		more = append(more, "key", l.charge.Key)
	}
	if l.charge.Rollout != "" {
		more = append(more, "rollout", string(l.charge.Rollout))
	}
	d.refuse(ReasonBudgetSpent, "host", string(row.id), more...)
	return false
}

// unitsOf returns how many units a budget has for one key.
func (s *State) unitsOf(b *Budget, key keyIndex) int {
	value, hosts := "", s.hosts.present
	if key != noKey {
		value, hosts = s.keys.keys[key].Value, s.keys.hosts[key]
	}
	switch n, ok := b.Keys[value]; {
	case ok:
		return n
	case b.Share == 0:
		return b.Units
	default:
		return b.Share.Of(hosts)
	}
}

// outUnits returns the units that known outages take of the budgets of one key.
func (s *State) outUnits(dimension, value string, now time.Time) int {
	n := 0
	for i := range s.outages {
		o := &s.outages[i]
		if o.key.Dimension == dimension && o.key.Value == value && (o.until.IsZero() || now.Before(o.until)) {
			n += o.units
		}
	}
	return n
}
