package cvss

import "math"

// scoreV3 is the base equation of the CVSS v3.1 specification, section 7.1,
// which is that of version 3.0.
func scoreV3(vector string) (Score, error) {
	base := [...]metric{
		{"AV", "NALP"}, {"AC", "LH"}, {"PR", "NLH"}, {"UI", "NR"}, {"S", "UC"}, {"C", "HLN"}, {"I", "HLN"}, {"A", "HLN"},
	}
	var v [len(base)]int
	if err := read(vector, base[:], v[:]); err != nil {
		return 0, err
	}
	changed := v[4] == 1
	weights := [...]float64{0.56, 0.22, 0}
	iss := 1 - (1-weights[v[5]])*(1-weights[v[6]])*(1-weights[v[7]])
	privileges := [...]float64{0.85, 0.62, 0.27}
	impact := 6.42 * iss
	if changed {
		privileges = [...]float64{0.85, 0.68, 0.5}
		impact = 7.52*(iss-0.029) - 3.25*math.Pow(iss-0.02, 15)
	}
	if impact <= 0 {
		return 0, nil
	}
	exploit := 8.22 * [...]float64{0.85, 0.62, 0.55, 0.2}[v[0]] * [...]float64{0.77, 0.44}[v[1]] * privileges[v[2]] * [...]float64{0.85, 0.62}[v[3]]
	total := impact + exploit
	if changed {
		total *= 1.08
	}
	return roundUp(min(total, 10)), nil
}

// roundUp is Roundup of v3.1 appendix A: up to the next tenth, blind to what
// floating point leaves behind the fifth decimal.
func roundUp(x float64) Score {
	n := int(math.Round(x * 100_000))
	return Score((n + 9_999) / 10_000)
}
