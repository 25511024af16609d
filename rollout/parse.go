package rollout

import "github.com/fettle-dev/fettle/rollout/internal/strictjson"

// Bounds of a spec and of a configuration.
const (
	MaxRings   = 53        // of a spec: a set of them is a number that every reader of JSON keeps
	MaxPatches = 1000      // of a spec
	MaxGates   = 16        // of a ring
	MaxPins    = 10_000    // of a spec
	MaxBudgets = 256       // of a configuration
	maxBytes   = 4 << 20   // of a text that ParseSpec or ParseConfig reads
	maxValues  = 200_000   // members and items in it
	maxHosts   = 1_000_000 // of a ring's count: what the gates' statistics know
)

// ParseSpec reads a spec from its JSON form, whose schema is published in the
// folder schema. file is a name for messages. A footprint may also stand in its
// text form: "label.role = web and not site = london".
//
// A member that the form does not have, one that is missing, a null, a member
// named twice and text after the spec are errors. The error joins a *Problem
// for each fault; then there is no spec. The text may have up to four MiB.
// Whether what it says can be done is for Validate to say.
func ParseSpec(file string, data []byte) (*Spec, error) {
	return parse[Spec](file, data, strictjson.Limits{Bytes: maxBytes, Values: maxValues})
}

// ParseConfig reads a region's configuration, as ParseSpec reads a spec.
func ParseConfig(file string, data []byte) (*Config, error) {
	return parse[Config](file, data, strictjson.Limits{Bytes: maxBytes, Values: maxValues})
}
