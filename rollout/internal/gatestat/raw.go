package gatestat

// RawRate compares the share of failures as it stands, in exact integers. It
// promises nothing about the true rate: a ring of 20 with a limit of 5 % passes
// a rate of 10 % four times in ten. It is for rings that are too small to prove
// anything, together with a bake time and an approval.
type RawRate struct {
	Limit      Rate // the largest share that passes, inclusive
	MinStarted int  // below this many hosts that started, the share does not halt
}

// Judge halts as soon as more than the limit of the hosts that started have
// failed, and passes at the ring's end if at most the limit of them have failed
// or are unresolved. A ring in which nobody started is inconclusive.
func (r RawRate) Judge(ring Cohort, ended bool) (Verdict, error) {
	if err := ring.check(); err != nil {
		return Verdict{}, err
	}
	most := int(uint64(r.Limit) * uint64(ring.Started) / uint64(whole))
	halts := ring.Started >= r.MinStarted && r.Limit.above(ring.Failed, ring.Started)
	return raw(ByRate, ring, most, halts, ended), nil
}

// RawCount compares the number of failures as it stands.
type RawCount struct {
	Most int // failures that pass, inclusive
}

// Judge halts as soon as more hosts than that have failed, and passes at the
// ring's end if at most that many have failed or are unresolved. A ring in which
// nobody started is inconclusive.
func (r RawCount) Judge(ring Cohort, ended bool) (Verdict, error) {
	if err := ring.check(); err != nil {
		return Verdict{}, err
	}
	return raw(ByCount, ring, r.Most, ring.Failed > r.Most, ended), nil
}

func raw(rule Rule, ring Cohort, most int, halts, ended bool) Verdict {
	v := Verdict{Stratum: -1, Evidence: ring, Bound: most, Have: ring.Started, Need: ring.Started}
	switch {
	case halts:
		return Verdict{Outcome: Halted, Rule: rule, Stratum: -1, Evidence: ring, Bound: most + 1}
	case ended && ring.Started > 0 && ring.Failed+ring.Unresolved() <= most:
		return Verdict{Outcome: Passed, Rule: rule, Stratum: -1, Evidence: ring, Bound: most}
	}
	return v
}
