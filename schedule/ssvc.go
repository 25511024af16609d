package schedule

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Exploitation is the SSVC decision point of that name (v1.1.0).
type Exploitation uint8

// The values of Exploitation.
const (
	ExploitationUnknown Exploitation = iota
	ExploitationNone
	ExploitationPoC // public proof of concept
	ExploitationActive
)

// Exposure is the SSVC decision point System Exposure (v1.0.1).
type Exposure uint8

// The values of Exposure.
const (
	ExposureUnknown Exposure = iota
	ExposureSmall
	ExposureControlled
	ExposureOpen
)

// Impact is the SSVC decision point Human Impact (v2.0.2): safety and mission
// together.
type Impact uint8

// The values of Impact.
const (
	ImpactUnknown Impact = iota
	ImpactLow
	ImpactMedium
	ImpactHigh
	ImpactVeryHigh
)

var (
	exploitationWords = enum.Words{Kind: "schedule: exploitation", Words: []string{"unknown", "none", "public-poc", "active"}}
	exposureWords     = enum.Words{Kind: "schedule: exposure", Words: []string{"unknown", "small", "controlled", "open"}}
	impactWords       = enum.Words{Kind: "schedule: impact", Words: []string{"unknown", "low", "medium", "high", "very-high"}}
)

// String returns unknown, none, public-poc or active.
func (x Exploitation) String() string { return exploitationWords.Word(uint8(x)) }

// MarshalText returns the word that String returns.
func (x Exploitation) MarshalText() ([]byte, error) { return exploitationWords.Marshal(uint8(x)) }

// UnmarshalText accepts exactly the words that String returns.
func (x *Exploitation) UnmarshalText(text []byte) error {
	return exploitationWords.Unmarshal(text, (*uint8)(x))
}

// String returns unknown, small, controlled or open.
func (x Exposure) String() string { return exposureWords.Word(uint8(x)) }

// MarshalText returns the word that String returns.
func (x Exposure) MarshalText() ([]byte, error) { return exposureWords.Marshal(uint8(x)) }

// UnmarshalText accepts exactly the words that String returns.
func (x *Exposure) UnmarshalText(text []byte) error {
	return exposureWords.Unmarshal(text, (*uint8)(x))
}

// String returns unknown, low, medium, high or very-high.
func (x Impact) String() string { return impactWords.Word(uint8(x)) }

// MarshalText returns the word that String returns.
func (x Impact) MarshalText() ([]byte, error) { return impactWords.Marshal(uint8(x)) }

// UnmarshalText accepts exactly the words that String returns.
func (x *Impact) UnmarshalText(text []byte) error { return impactWords.Unmarshal(text, (*uint8)(x)) }

// deployer is CERT/CC's deployer decision table, "Deployer Patch Application
// Priority" v1.0.0, a letter a row (d, s, o, i for the four urgencies) in the
// order of the published rows: exploitation slowest, then exposure, automatable,
// human impact fastest.
const deployer = "" +
	"ddss" + "dsss" + "dsss" + "ssss" + "dsss" + "ssso" +
	"dsss" + "ssss" + "dsss" + "ssso" + "ssso" + "ssoo" +
	"ssoo" + "sooo" + "ssoo" + "oooo" + "sooi" + "ooii"

// DeployerTree is SSVC's deployer decision: it gives the urgency for the four
// decision points. Exploitation is taken from the facts: Exploit, or Active if
// KEV says so. Of a point that is not known every value is tried and the most
// urgent outcome taken; where the outcomes differ, Missing names the point.
func DeployerTree(f Facts) Assessment {
	exploit := f.Exploit
	if f.KEV == fettle.Yes {
		exploit = ExploitationActive
	}
	points := [4]struct {
		name       string
		value, all int // value from 1; 0 unknown
	}{
		{"exploitation", int(exploit), 3},
		{"exposure", int(f.Exposure), 3},
		{"automatable", int(f.Automatable), 2}, // No, Yes as in the table
		{"impact", int(f.Impact), 4},
	}
	worst := func(fixed [4]int) (u, least Urgency) {
		least = UrgencyImmediate
		for row := range len(deployer) {
			at := [4]int{row/24 + 1, row/8%3 + 1, row/4%2 + 1, row%4 + 1}
			fits := true
			for i := range at {
				fits = fits && (fixed[i] == 0 || fixed[i] == at[i])
			}
			if fits {
				got := letterUrgency(deployer[row])
				u, least = max(u, got), min(least, got)
			}
		}
		return u, least
	}
	var fixed [4]int
	for i, p := range points {
		fixed[i] = min(p.value, p.all)
	}
	var a Assessment
	var least Urgency
	a.Urgency, least = worst(fixed)
	if least != a.Urgency {
		for i, p := range points {
			if fixed[i] == 0 {
				a.Missing = append(a.Missing, p.name)
			}
		}
	}
	a.Reasons = []fettle.Reason{because(TriageByTree, time.Time{},
		"exploitation", exploit.String(), "exposure", f.Exposure.String(), "automatable", f.Automatable.String(),
		"impact", f.Impact.String(), "urgency", a.Urgency.String())}
	if len(a.Missing) > 0 {
		a.Reasons = append(a.Reasons, because(TriageMissing, time.Time{}, "facts", fmt.Sprint(a.Missing)))
	}
	return a
}

func letterUrgency(b byte) Urgency {
	switch b {
	case 'i':
		return UrgencyImmediate
	case 'o':
		return UrgencyOutOfCycle
	case 's':
		return UrgencyScheduled
	default:
		return UrgencyDefer
	}
}
