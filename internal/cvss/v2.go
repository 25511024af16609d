package cvss

// scoreV2 is the base equation of "A Complete Guide to the Common Vulnerability
// Scoring System Version 2.0", section 3.2.1. The weights have at most three
// decimals, so integers hold it exactly.
func scoreV2(vector string) (Score, error) {
	base := [...]metric{{"AV", "LAN"}, {"AC", "HML"}, {"Au", "MSN"}, {"C", "NPC"}, {"I", "NPC"}, {"A", "NPC"}}
	var v [len(base)]int
	if err := read(vector, base[:], v[:]); err != nil {
		return 0, err
	}
	impacts := [...]int64{1000, 1000 - 275, 1000 - 660} // 1 - weight, in thousandths
	lost := 1e9 - impacts[v[3]]*impacts[v[4]]*impacts[v[5]]
	if lost == 0 {
		return 0, nil // f(Impact) is 0
	}
	impact := 1041 * lost                                                                                                // in 1e-11
	exploit := 20 * [...]int64{395, 646, 1000}[v[0]] * [...]int64{350, 610, 710}[v[1]] * [...]int64{450, 560, 704}[v[2]] // in 1e-9
	sum := 6*impact + 400*exploit - 15e11                                                                                // in 1e-12
	const tenth = 1e14
	return Score((sum*1176 + tenth/2) / tenth), nil // in 1e-15, rounded to a tenth
}
