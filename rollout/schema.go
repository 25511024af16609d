package rollout

import (
	"embed"
	"fmt"
)

//go:embed schema/*.json
var schemas embed.FS

// Schema returns the published JSON Schema (draft 2020-12) of "spec", "config"
// or "template", which people's editors and other languages' tools check files
// with, or "wire": a definition for each message.
func Schema(name string) ([]byte, error) {
	text, err := schemas.ReadFile("schema/" + name + ".schema.json")
	if err != nil {
		return nil, fmt.Errorf("rollout: no schema %q: want spec, config, template or wire", name)
	}
	return text, nil
}
