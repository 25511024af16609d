package gatestat

import "math"

// real is a number m·2^e that is not negative, with m in [0.5, 1), or zero. Its
// exponent has room for likelihoods of a million hosts.
//
// Each operation rounds once, as IEEE 754 says, on every machine: float64(...)
// keeps the compiler from fusing a product with a sum.
type real struct {
	m float64
	e int
}

func realOf(x float64) real {
	m, e := math.Frexp(x)
	return real{m, e}
}

func (a real) scaled(by int) real {
	m, e := math.Frexp(a.m)
	return real{m, a.e + e + by}
}

func (a real) times(b real) real { return real{float64(a.m * b.m), a.e}.scaled(b.e) }

// over returns a/b; b is not zero.
func (a real) over(b real) real { return real{float64(a.m / b.m), a.e}.scaled(-b.e) }

func (a real) plus(b real) real {
	if a.m == 0 || b.m != 0 && a.e < b.e {
		a, b = b, a
	}
	if b.m == 0 || a.e-b.e > 60 { // too small to change a
		return a
	}
	return real{a.m + math.Ldexp(b.m, b.e-a.e), a.e}.scaled(0)
}

func (a real) less(b real) bool {
	if a.m == 0 || b.m == 0 || a.e == b.e {
		return a.m < b.m
	}
	return a.e < b.e
}

// pow returns aⁿ for n ≥ 0.
func (a real) pow(n int) real {
	result := real{0.5, 1}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = result.times(a)
		}
		a = a.times(a)
	}
	return result
}

// float returns a as a float64, which it must fit into.
func (a real) float() float64 { return math.Ldexp(a.m, a.e) }
