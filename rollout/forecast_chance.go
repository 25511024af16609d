package rollout

import "math/bits"

// chance gives the random numbers of one run: each is a hash of the seed, the
// run, a host and what it is for, so a run can be repeated alone, in any order
// and with any number of regions.
type chance uint64

// purpose tells the random numbers of one host apart.
type purpose uint64

const (
	forFate     purpose = iota + 1 // success, failure, silence of an attempt
	forHarm                        // whether a bad patch breaks the host
	forHush                        // whether it falls silent over it
	forLength                      // how long installing takes
	forRestart                     // how long restarting takes
	forPhase                       // when it polls
	forPresence                    // whether it is away at the beginning
	forStretch                     // lengths of presence and absence
	forWhen                        // the instant within a failing installation
)

func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// newChance returns the numbers of one run.
func newChance(seed uint64, run int) chance {
	return chance(mix(mix(seed+0x9e3779b97f4a7c15) + uint64(run)*0x9e3779b97f4a7c15))
}

// draw returns the n-th number of a host for a purpose, evenly over all uint64.
func (c chance) draw(host uint32, p purpose, n int) uint64 {
	return mix(uint64(c) ^ mix(uint64(host)<<32|uint64(p)<<24|uint64(n)&0xffffff))
}

// below maps a number evenly to 0, …, n-1.
func below(u uint64, n uint64) uint64 {
	hi, _ := bits.Mul64(u, n)
	return hi
}

// hits reports whether a number falls into a share of all.
func hits(u uint64, s Share) bool { return below(u, uint64(Whole)) < uint64(s) }

// isBad reports whether the patch of a run is a bad one: that of a share of any
// consecutive runs, which begins anywhere.
func isBad(seed uint64, run int, bad Share) bool {
	start := below(newChance(seed, -1).draw(0, forHarm, 0), uint64(Whole))
	before := (start + uint64(run)*uint64(bad)) / uint64(Whole)
	return (start+uint64(run+1)*uint64(bad))/uint64(Whole) > before
}

// varied returns a length that is up to a share shorter or longer.
func varied(u uint64, length uint32, vary Share) uint32 {
	width := uint64(length) * uint64(vary) / uint64(Whole)
	return uint32(uint64(length) - width + below(u, 2*width+1))
}
