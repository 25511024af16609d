package gatestat

import "sort"

// binomialBound returns the most failures c among n hosts for which a rate at
// the limit shows c or fewer with probability at most e; -1 if even none are
// likelier than that.
func binomialBound(limit, e Rate, n int) int {
	p := realOf(limit.float())
	q := realOf(1 - limit.float())
	odds := p.over(q)
	most := realOf(float64(e.float() * (1 - slack)))
	term := q.pow(n)
	sum := term
	bound := -1
	for !most.less(sum) && bound < n {
		bound++
		term = term.times(odds).times(realOf(float64(n - bound))).over(realOf(float64(bound + 1)))
		sum = sum.plus(term)
	}
	return bound
}

// hostsFor returns the fewest hosts among which that many failures show, with
// the error e, that the rate is below the limit; 0 if it is more than maxHosts.
func hostsFor(limit, e Rate, failures int) int {
	enough := func(n int) bool { return binomialBound(limit, e, n) >= failures }
	high := failures + 1
	for ; high <= maxHosts && !enough(high); high *= 2 {
	}
	n := sort.Search(min(high, maxHosts+1), enough)
	if n > maxHosts {
		return 0
	}
	return n
}

// maxExact is the largest number of hosts for which the boundary at the end is
// computed over all paths. Above it the early boundary is used at the end too;
// it is valid and, at that size, close.
const maxExact = 20_000

// endBounds returns, for each number of hosts at which a ring may end, the most
// failures at which it passes then: the largest bound for which passing early
// (at the bounds early, looked at after every host) or at the end has together
// a probability of at most e if the rate is at the limit.
//
// It follows every path of a rate at the limit: alive[x] is the probability of x
// failures among the hosts so far without an early pass. Paths with more
// failures than any bound cannot pass any more and are dropped.
func endBounds(limit, e Rate, early []int32) []int32 {
	exact := len(early) - 1
	p := limit.float()
	q := 1 - p
	most := float64(e.float() * (1 - slack))
	high := binomialBound(limit, e, exact)
	alive := make([]float64, high+2)
	alive[0] = 1
	low := 0 // paths with fewer failures have passed
	passed := 0.0
	bounds := make([]int32, len(early))
	bounds[0] = -1
	for hosts := 1; hosts <= exact; hosts++ {
		for x := min(high, hosts); x > 0; x-- {
			alive[x] = float64(alive[x]*q) + float64(alive[x-1]*p)
		}
		alive[0] = float64(alive[0] * q)
		for ; low <= min(high, int(early[hosts])); low++ {
			passed += alive[low]
			alive[low] = 0
		}
		bound, sum := low-1, passed
		for bound < high && sum+alive[bound+1] <= most {
			bound++
			sum += alive[bound]
		}
		bounds[hosts] = int32(bound)
	}
	return bounds
}
