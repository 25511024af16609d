package gatestat

import "fmt"

// Rate is a share in parts per million: 50_000 is 5 %.
type Rate uint32

const whole Rate = 1_000_000

func (r Rate) float() float64 { return float64(r) / float64(whole) }

// String returns the rate in per cent, with as many decimals as it has.
func (r Rate) String() string {
	s := fmt.Sprintf("%d.%04d", r/10_000, r%10_000)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s + "%"
}

// above reports whether failed of started is more than r, in exact integers.
func (r Rate) above(failed, started int) bool {
	return uint64(failed)*uint64(whole) > uint64(r)*uint64(started)
}

// Cohort counts hosts that started one after the other with nobody of the same
// evidence in between: a wave, or a single host. Hosts that never started are
// in no cohort.
type Cohort struct {
	Started   int `json:"started"`   // all of them
	Succeeded int `json:"succeeded"` // verified
	Failed    int `json:"failed"`    // with a failure that counts, silence past its deadline included
}

// Unresolved returns how many hosts have neither succeeded nor failed yet.
func (c Cohort) Unresolved() int { return c.Started - c.Succeeded - c.Failed }

func (c Cohort) plus(d Cohort) Cohort {
	return Cohort{c.Started + d.Started, c.Succeeded + d.Succeeded, c.Failed + d.Failed}
}

func (c Cohort) check() error {
	if c.Succeeded < 0 || c.Failed < 0 || c.Started > maxHosts || c.Succeeded > c.Started || c.Failed > c.Started-c.Succeeded {
		return fmt.Errorf("%d started, %d succeeded, %d failed: want at most %d started, and no more results than those",
			c.Started, c.Succeeded, c.Failed, maxHosts)
	}
	return nil
}

// addTo adds to c the cohort with that index, unless it contradicts itself or makes
// more hosts than most.
func addTo(c *Cohort, d Cohort, i, most int) error {
	if err := d.check(); err != nil {
		return fmt.Errorf("cohort %d: %w", i+1, err)
	}
	if *c = c.plus(d); c.Started > most {
		return fmt.Errorf("cohort %d: %d hosts started: the plan is for %d", i+1, c.Started, most)
	}
	return nil
}
