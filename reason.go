package fettle

import "time"

// Reason says why an answer is what it is. Findings, decisions, gate verdicts
// and waiting hosts carry reasons; text for people is rendered from them and
// never stored, so it can change without changing any record.
type Reason struct {
	// Code is stable and lower case with hyphens: "superseded", "outside-window".
	// The package that gives the reason lists its codes.
	Code string `json:"code"`
	// Args are the values that the code speaks of, by name: {"by": "DSA-5700-1"}.
	// Whoever keeps a Reason copies the map.
	Args map[string]string `json:"args,omitempty"`
	// Until is the earliest instant, in UTC, at which this reason can cease to
	// hold by the passing of time alone. Zero: time alone does not change it.
	Until time.Time `json:"until,omitzero"`
}
