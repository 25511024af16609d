package cvss

import "strings"

// The metrics of version 4.0 that the base and threat score rests on, each with
// its letters from most to least severe (CVSS v4.0 specification, section 8.2).
const (
	av = iota
	ac
	at
	pr
	ui
	vc
	vi
	va
	sc
	si
	sa
	metricsV4
)

// scoreV4 is the score of the CVSS v4.0 specification, section 8, with the
// environmental metrics at their defaults: the score of the vector's
// equivalence sets, less the mean share by which the vector is milder than the
// most severe vector of these sets. Half a tenth rounds up.
func scoreV4(vector string) (Score, error) {
	base := [metricsV4]metric{
		{"AV", "NALP"},
		{"AC", "LH"},
		{"AT", "NP"},
		{"PR", "NLH"},
		{"UI", "NPA"},
		{"VC", "HLN"},
		{"VI", "HLN"},
		{"VA", "HLN"},
		{"SC", "HLN"},
		{"SI", "HLN"},
		{"SA", "HLN"},
	}
	var v [metricsV4]int
	if err := read(vector, base[:], v[:]); err != nil {
		return 0, err
	}
	threat, err := threatOf(vector)
	if err != nil {
		return 0, err
	}
	const none = 2
	if v[vc] == none && v[vi] == none && v[va] == none && v[sc] == none && v[si] == none && v[sa] == none {
		return 0, nil
	}
	s := setsOf(v, threat)
	here := s.score()
	// How far the score falls if one set is exchanged for the next milder one,
	// in proportion to how far the vector has gone there.
	var sum float64
	var n int
	share := func(next sets, gone, depth int) {
		if below := next.score(); below >= 0 {
			sum += float64(here-below) * float64(gone) / float64(depth)
			n++
		}
	}
	share(sets{s.eq1 + 1, s.eq2, s.eq36, s.eq4, s.eq5}, goneEQ1(v, s.eq1), [...]int{1, 4, 5}[s.eq1])
	share(sets{s.eq1, s.eq2 + 1, s.eq36, s.eq4, s.eq5}, v[ac]+v[at]-s.eq2, [...]int{1, 2}[s.eq2])
	share(s.milderImpact(), goneEQ36(v, s.eq36), [...]int{7, 6, 8, 8, 10}[s.eq36])
	share(sets{s.eq1, s.eq2, s.eq36, s.eq4 + 1, s.eq5}, goneEQ4(v, s.eq4), [...]int{0, 5, 4}[s.eq4])
	share(sets{s.eq1, s.eq2, s.eq36, s.eq4, s.eq5 + 1}, 0, 1)
	score := float64(here)
	if n > 0 {
		score -= sum / float64(n)
	}
	return Score(min(max(score, 0), 100) + 0.5 + 1e-9), nil
}

// threatOf reads the metric E: attacked or not stated 0, proof of concept 1,
// unreported 2.
func threatOf(vector string) (int, error) {
	for pair := range strings.SplitSeq(vector, "/") {
		if strings.HasPrefix(pair, "E:") {
			e := [...]metric{{"E", "XAPU"}}
			var v [1]int
			if err := read(pair, e[:], v[:]); err != nil {
				return 0, err
			}
			return max(0, v[0]-1), nil
		}
	}
	return 0, nil
}

// sets are the levels of a vector's equivalence sets (section 8.1, tables 24 to
// 30). eq36 joins EQ3 and EQ6 in the order 00, 01, 10, 11, 21.
type sets struct{ eq1, eq2, eq36, eq4, eq5 int }

func setsOf(v [metricsV4]int, threat int) sets {
	s := sets{eq5: threat}
	switch {
	case v[av] == 0 && v[pr] == 0 && v[ui] == 0:
		s.eq1 = 0
	case (v[av] == 0 || v[pr] == 0 || v[ui] == 0) && v[av] != 3:
		s.eq1 = 1
	default:
		s.eq1 = 2
	}
	if v[ac] != 0 || v[at] != 0 {
		s.eq2 = 1
	}
	// With the security requirements at their default, high, EQ6 is 0 wherever
	// some impact on the vulnerable system is high.
	switch {
	case v[vc] == 0 && v[vi] == 0:
		s.eq36 = 0
	case v[vc] == 0 || v[vi] == 0 || v[va] == 0:
		s.eq36 = 2
	default:
		s.eq36 = 4
	}
	s.eq4 = 2
	if v[sc] == 0 || v[si] == 0 || v[sa] == 0 {
		s.eq4 = 1 // level 0 needs an impact on safety, an environmental metric
	}
	return s
}

// score looks the sets up; -1 where there are none so mild.
func (s sets) score() int {
	if s.eq1 > 2 || s.eq2 > 1 || s.eq36 > 4 || s.eq4 > 2 || s.eq5 > 2 {
		return -1
	}
	return int(lookupV4(s))
}

// milderImpact is the next milder level of EQ3 and EQ6 together; of two the one
// with the higher score.
func (s sets) milderImpact() sets {
	next := s
	switch s.eq36 {
	case 0:
		other := s
		next.eq36, other.eq36 = 1, 2
		if other.score() > next.score() {
			next = other
		}
	case 1, 2:
		next.eq36 = 3
	default:
		next.eq36 = s.eq36 + 1
	}
	return next
}

// goneEQ1 counts the steps from the most severe vector of the level of EQ1 that
// is as severe as v in every metric.
func goneEQ1(v [metricsV4]int, level int) int {
	tops := [...][][3]int{{{0, 0, 0}}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {{3, 0, 0}, {1, 1, 1}}}
	return gone([3]int{v[av], v[pr], v[ui]}, tops[level])
}

func goneEQ36(v [metricsV4]int, level int) int {
	tops := [...][][3]int{{{0, 0, 0}}, nil, {{1, 0, 0}, {0, 1, 0}}, nil, {{1, 1, 1}}}
	return gone([3]int{v[vc], v[vi], v[va]}, tops[level])
}

func goneEQ4(v [metricsV4]int, level int) int {
	tops := [...][][3]int{nil, {{0, 0, 0}}, {{1, 1, 1}}}
	return gone([3]int{v[sc], v[si], v[sa]}, tops[level])
}

func gone(v [3]int, tops [][3]int) int {
	for _, top := range tops {
		if v[0] >= top[0] && v[1] >= top[1] && v[2] >= top[2] {
			return v[0] - top[0] + v[1] - top[1] + v[2] - top[2]
		}
	}
	return 0
}
