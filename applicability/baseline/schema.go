package baseline

import (
	_ "embed"
	"slices"
)

//go:embed schema/baseline.schema.json
var schema []byte

// Schema returns the published JSON Schema (draft 2020-12) of a baseline. It
// refers to applicability's schema of footprints.
func Schema() []byte { return slices.Clone(schema) }
