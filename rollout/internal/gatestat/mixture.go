package gatestat

// slack is the relative margin by which a threshold must be exceeded. Rounding
// errors of maxHosts steps stay below half of it (about three roundings of
// 2⁻⁵³ a step).
const slack = 1e-9

// maxHosts is the largest number of hosts that is judged.
const maxHosts = 1 << 20

// component is one alternative to the limit: the odds of failure are ratio
// times those of the limit.
type component struct{ ratio, weight float64 }

// The mixtures: a finite set of alternatives with weights that sum to 1. Most of
// the weight lies on rates that a ring of some hundred hosts can tell from the
// limit; the rest near the limit serves large rings, and far from it a patch
// that breaks nearly everything. Which alternatives stand here changes how soon
// a gate speaks, never whether its promises hold.
func passMixture() []component {
	return []component{{1. / 8, 0.30}, {1. / 4, 0.30}, {1. / 2, 0.30}, {3. / 4, 0.07}, {7. / 8, 0.03}}
}

func haltMixture() []component {
	return []component{{1.125, 0.03}, {1.5, 0.10}, {2, 0.35}, {4, 0.30}, {8, 0.12}, {16, 0.10}}
}

// process walks an e-process over hosts and failures. With odds ratio r the
// likelihood ratio of x failures among n hosts against the limit p is
// rˣ / (1+(r-1)p)ⁿ.
type process struct {
	parts   []real // of each component, with its weight
	perHost []real // what another host divides it by
	perFail []real // what another failure multiplies it by
}

func newProcess(mixture []component, limit Rate) *process {
	p := limit.float()
	w := &process{}
	for _, c := range mixture {
		w.parts = append(w.parts, realOf(c.weight))
		w.perHost = append(w.perHost, realOf(1+float64((c.ratio-1)*p)))
		w.perFail = append(w.perFail, realOf(c.ratio))
	}
	return w
}

func (w *process) host() {
	for i, by := range w.perHost {
		w.parts[i] = w.parts[i].over(by)
	}
}

func (w *process) failure() {
	for i, by := range w.perFail {
		w.parts[i] = w.parts[i].times(by)
	}
}

// reaches reports whether the e-process is at least the threshold, by more than
// all rounding.
func (w *process) reaches(threshold real) bool {
	sum := real{}
	for _, part := range w.parts {
		sum = sum.plus(part)
	}
	return !sum.less(threshold)
}

// threshold returns shares/e with the margin: what an e-process must reach to
// speak with a share of the error e.
func threshold(e Rate, shares int) real {
	return realOf(float64(shares)).over(realOf(e.float())).times(realOf(1 + slack))
}

// passBounds returns for each number of hosts up to n the most failures at which
// the e-process for a lower rate reaches the threshold; -1 if none is few enough.
func passBounds(limit Rate, at real, n int) []int32 {
	bounds := make([]int32, n+1)
	w := newProcess(passMixture(), limit) // with bound+1 failures
	bound := int32(-1)
	for hosts := range bounds {
		if hosts > 0 {
			w.host()
		}
		for w.reaches(at) {
			bound++
			w.failure()
		}
		bounds[hosts] = bound
	}
	return bounds
}

// haltBounds returns for each number of hosts up to n the fewest failures at
// which the e-process for a higher rate reaches the threshold; it may be more
// failures than hosts.
func haltBounds(limit Rate, at real, n int) []int32 {
	bounds := make([]int32, n+1)
	w := newProcess(haltMixture(), limit) // with bound failures
	bound := int32(0)
	for hosts := range bounds {
		if hosts > 0 {
			w.host()
		}
		for !w.reaches(at) {
			bound++
			w.failure()
		}
		bounds[hosts] = bound
	}
	return bounds
}
