package gatestat

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/fettle-dev/fettle"
)

// Outcome is what a gate says. The zero value is Inconclusive.
type Outcome uint8

// The outcomes.
const (
	Inconclusive Outcome = iota // not enough was shown for either
	Passed
	Halted
)

func outcomeWords() []string { return []string{"inconclusive", "passed", "halted"} }

// Rule is what a verdict rests on.
type Rule uint8

// The rules. Nothing goes with Inconclusive, Early and End with Passed, Ring and
// Stratum with Halted; ByRate and ByCount go with both.
const (
	Nothing Rule = iota
	Early        // the e-process for a lower rate
	End          // the exact boundary at the ring's end
	Ring         // the e-process for a higher rate, over the ring
	Stratum      // the same, over one stratum
	ByRate       // a percentage that was compared as it stands
	ByCount      // a number that was compared as it stands
)

func ruleWords() []string {
	return []string{"nothing", "early", "end", "ring", "stratum", "rate", "count"}
}

// Verdict is a gate's answer with its evidence.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	Rule    Rule    `json:"rule"`
	// Stratum is the index of the stratum that halts; -1 unless Rule is Stratum.
	Stratum int `json:"stratum"`
	// Evidence counts the hosts that the verdict rests on: for Early, Ring and
	// Stratum those up to the cohort that decided, else all.
	Evidence Cohort `json:"evidence"`
	// Bound is what the failures were compared with: for Passed the most that may
	// fail or be unresolved, for Halted the fewest that halt. For Inconclusive it
	// is the most that may fail if the ring ends with the hosts that are counted;
	// -1 if it cannot pass then.
	Bound int `json:"bound"`
	// Need is, for Inconclusive, the fewest hosts that must have started, all
	// others than those that have failed succeeding, for a pass; 0 if that is
	// more than a million. Of a size that the plan does not cover it is the
	// fewest that could be enough.
	Need int `json:"need,omitempty"`
	// Have is, for Inconclusive, how many hosts the evidence can come from at
	// most. Need above Have: this ring proves nothing any more.
	Have int `json:"have,omitempty"`
}

// Codes of the reasons that Verdict.Reason returns.
const (
	ReasonPassedEarly = "gate-passed-early" // failed, started, bound
	ReasonPassedAtEnd = "gate-passed-at-end"
	ReasonHalted      = "gate-halted"
	ReasonHaltedIn    = "gate-halted-in-stratum" // and stratum, an index
	ReasonWaiting     = "gate-needs-results"     // need, have: enough hosts, not enough results
	ReasonTooSmall    = "gate-needs-hosts"       // need, have: "needs 59 hosts, has 20"
)

// Reason returns the verdict as a reason: its arguments are the numbers of the
// verdict by the names of its JSON form. Time alone never changes it.
func (v Verdict) Reason() fettle.Reason {
	args := map[string]string{
		"started":   strconv.Itoa(v.Evidence.Started),
		"succeeded": strconv.Itoa(v.Evidence.Succeeded),
		"failed":    strconv.Itoa(v.Evidence.Failed),
		"bound":     strconv.Itoa(v.Bound),
		"rule":      v.Rule.String(),
	}
	code := ReasonHalted
	switch {
	case v.Outcome == Passed && v.Rule == Early:
		code = ReasonPassedEarly
	case v.Outcome == Passed:
		code = ReasonPassedAtEnd
	case v.Outcome == Halted && v.Rule == Stratum:
		code = ReasonHaltedIn
		args["stratum"] = strconv.Itoa(v.Stratum)
	case v.Outcome == Inconclusive:
		code = ReasonWaiting
		if v.Need == 0 || v.Need > v.Have {
			code = ReasonTooSmall
		}
		args["need"], args["have"] = strconv.Itoa(v.Need), strconv.Itoa(v.Have)
	}
	return fettle.Reason{Code: code, Args: args}
}

// String returns "inconclusive", "passed" or "halted".
func (o Outcome) String() string { return word(outcomeWords(), int(o)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the three.
func (o Outcome) MarshalText() ([]byte, error) { return marshal(outcomeWords(), int(o)) }

// UnmarshalText accepts exactly the words that String returns.
func (o *Outcome) UnmarshalText(text []byte) error {
	i, err := unmarshal(outcomeWords(), text)
	*o = Outcome(i)
	return err
}

// String returns the rule's word: "nothing", "early", "end", "ring", "stratum",
// "rate" or "count".
func (r Rule) String() string { return word(ruleWords(), int(r)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (r Rule) MarshalText() ([]byte, error) { return marshal(ruleWords(), int(r)) }

// UnmarshalText accepts exactly the words that String returns.
func (r *Rule) UnmarshalText(text []byte) error {
	i, err := unmarshal(ruleWords(), text)
	*r = Rule(i)
	return err
}

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return strconv.Itoa(i)
}

func marshal(words []string, i int) ([]byte, error) {
	if i >= len(words) {
		return nil, fmt.Errorf("gatestat: value %d: want one of %q", i, words)
	}
	return []byte(words[i]), nil
}

func unmarshal(words []string, text []byte) (int, error) {
	i := slices.Index(words, string(text))
	if i < 0 {
		return 0, fmt.Errorf("gatestat: %q: want one of %q", text, words)
	}
	return i, nil
}
