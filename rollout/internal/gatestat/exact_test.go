package gatestat

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// The twins compute with exact fractions what the package computes with rounded
// numbers.

func ratOf(r Rate) *big.Rat { return big.NewRat(int64(r), int64(whole)) }

func power(r *big.Rat, n int) *big.Rat {
	num := new(big.Int).Exp(r.Num(), big.NewInt(int64(n)), nil)
	den := new(big.Int).Exp(r.Denom(), big.NewInt(int64(n)), nil)
	return new(big.Rat).SetFrac(num, den)
}

// exactValue is the e-process of a mixture after n hosts with x failures.
func exactValue(mixture []component, limit Rate, n, x int) *big.Rat {
	one := big.NewRat(1, 1)
	sum := new(big.Rat)
	for _, c := range mixture {
		ratio, weight := new(big.Rat).SetFloat64(c.ratio), new(big.Rat).SetFloat64(c.weight)
		divisor := new(big.Rat).Sub(ratio, one)
		divisor.Mul(divisor, ratOf(limit)).Add(divisor, one)
		term := new(big.Rat).Quo(power(ratio, x), power(divisor, n))
		sum.Add(sum, term.Mul(term, weight))
	}
	return sum
}

// exactTail is the probability of at most c failures among n hosts.
func exactTail(limit Rate, n, c int) *big.Rat {
	p := ratOf(limit)
	q := new(big.Rat).Sub(big.NewRat(1, 1), p)
	sum := new(big.Rat)
	for x := range c + 1 {
		term := new(big.Rat).Mul(power(p, x), power(q, n-x))
		sum.Add(sum, term.Mul(term, new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(x)))))
	}
	return sum
}

func someLimits() []Rate {
	return []Rate{1_000, 10_000, 20_000, 50_000, 123_457, 300_000, 500_000, 900_000}
}

func TestMixturesAreMixtures(t *testing.T) {
	t.Parallel()
	for _, mixture := range [][]component{passMixture(), haltMixture()} {
		sum, better := 0.0, mixture[0].ratio < 1
		for _, c := range mixture {
			sum += c.weight
			if c.weight <= 0 || c.ratio <= 0 || c.ratio == 1 || (c.ratio < 1) != better {
				t.Errorf("component %+v of %+v", c, mixture)
			}
		}
		if sum > 1+1e-12 {
			t.Errorf("the weights of %+v sum to %v", mixture, sum)
		}
	}
}

func TestBoundsAgainstExactFractions(t *testing.T) {
	t.Parallel()
	const n = 150
	for _, limit := range someLimits() {
		for _, e := range []Rate{10_000, 50_000, 200_000} {
			at := new(big.Rat).Quo(big.NewRat(2, 1), ratOf(e))
			early, halt := passBounds(limit, threshold(e, 2), n), haltBounds(limit, threshold(e, 2), n)
			for hosts := 0; hosts <= n; hosts += 3 {
				b, h := int(early[hosts]), int(halt[hosts])
				if b >= 0 && exactValue(passMixture(), limit, hosts, b).Cmp(at) < 0 {
					t.Errorf("limit %v error %v: %d of %d passes early below the threshold", limit, e, b, hosts)
				}
				if exactValue(passMixture(), limit, hosts, b+1).Cmp(at) >= 0 {
					t.Errorf("limit %v error %v: %d of %d does not pass early", limit, e, b+1, hosts)
				}
				if exactValue(haltMixture(), limit, hosts, h).Cmp(at) < 0 {
					t.Errorf("limit %v error %v: %d of %d halts below the threshold", limit, e, h, hosts)
				}
				if h > 0 && exactValue(haltMixture(), limit, hosts, h-1).Cmp(at) >= 0 {
					t.Errorf("limit %v error %v: %d of %d does not halt", limit, e, h-1, hosts)
				}
			}
		}
	}
}

func TestBinomialBoundAgainstExactFractions(t *testing.T) {
	t.Parallel()
	for _, limit := range someLimits() {
		for _, e := range []Rate{1_000, 50_000, 500_000} {
			for _, n := range []int{0, 1, 2, 13, 14, 58, 59, 60, 150} {
				c := binomialBound(limit, e, n)
				if c >= 0 && exactTail(limit, n, c).Cmp(ratOf(e)) > 0 {
					t.Errorf("limit %v error %v: at most %d of %d is likelier than the error", limit, e, c, n)
				}
				// A tail of exactly the error is refused: it is within the margin.
				if c < n && exactTail(limit, n, c+1).Cmp(ratOf(e)) < 0 {
					t.Errorf("limit %v error %v: at most %d of %d is less likely than the error", limit, e, c+1, n)
				}
			}
		}
	}
}

// jointly is the probability of an early pass or at most c failures at the end,
// over all paths, in exact fractions.
func jointly(limit Rate, early []int32, n, c int) *big.Rat {
	p := ratOf(limit)
	q := new(big.Rat).Sub(big.NewRat(1, 1), p)
	alive := map[int]*big.Rat{0: big.NewRat(1, 1)}
	passed := new(big.Rat)
	for hosts := 1; hosts <= n; hosts++ {
		next := map[int]*big.Rat{}
		for x, chance := range alive {
			for failed, by := range []*big.Rat{q, p} {
				share := new(big.Rat).Mul(chance, by)
				if at := x + failed; at <= int(early[hosts]) || hosts == n && at <= c {
					passed.Add(passed, share)
				} else if next[at] == nil {
					next[at] = share
				} else {
					next[at].Add(next[at], share)
				}
			}
		}
		alive = next
	}
	return passed
}

func TestEndBoundsAgainstExactFractions(t *testing.T) {
	t.Parallel()
	for _, limit := range []Rate{50_000, 100_000, 200_000, 500_000} {
		const n, e = 70, 100_000
		early := passBounds(limit, threshold(e, 2), n)
		end := endBounds(limit, e, early)
		for _, hosts := range []int{1, 5, 20, 30, 44, 45, n} {
			c := int(end[hosts])
			if jointly(limit, early, hosts, c).Cmp(ratOf(e)) > 0 {
				t.Errorf("limit %v, %d hosts: %d passes with more than the error", limit, hosts, c)
			}
			if jointly(limit, early, hosts, c+1).Cmp(ratOf(e)) <= 0 {
				t.Errorf("limit %v, %d hosts: %d would pass within the error", limit, hosts, c+1)
			}
		}
	}
}

func TestRealAgainstBigFloat(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	toBig := func(r real) *big.Float {
		return new(big.Float).SetMantExp(new(big.Float).SetPrec(200).SetFloat64(r.m), r.e)
	}
	closeTo := func(got real, want *big.Float, what string) {
		diff := new(big.Float).Quo(new(big.Float).Sub(toBig(got), want), want)
		if d, _ := diff.Float64(); d > 1e-12 || d < -1e-12 {
			t.Errorf("%s: %v, want %v", what, toBig(got), want)
		}
	}
	for range 2000 {
		a, b := realOf(rng.Float64()*100+1e-9).pow(rng.IntN(300)), realOf(rng.ExpFloat64()+1e-9)
		closeTo(a.times(b), new(big.Float).Mul(toBig(a), toBig(b)), "product")
		closeTo(a.over(b), new(big.Float).Quo(toBig(a), toBig(b)), "quotient")
		closeTo(a.plus(b), new(big.Float).Add(toBig(a), toBig(b)), "sum")
		if a.less(b) != (toBig(a).Cmp(toBig(b)) < 0) {
			t.Errorf("%v less %v is %v", toBig(a), toBig(b), a.less(b))
		}
	}
	zero, one := real{}, realOf(1)
	if zero.plus(one) != one || one.plus(zero) != one || !zero.less(one) || one.less(zero) || one.float() != 1 {
		t.Error("zero and one")
	}
}
