package applicability

import (
	"embed"
	"fmt"
)

//go:embed schema/*.json
var schemas embed.FS

// Schema returns the published JSON Schema (draft 2020-12) of "footprint" or
// "patch", which people's editors and other languages' tools check files with.
func Schema(name string) ([]byte, error) {
	text, err := schemas.ReadFile("schema/" + name + ".schema.json")
	if err != nil {
		return nil, fmt.Errorf("applicability: no schema %q: want footprint or patch", name)
	}
	return text, nil
}
