package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// errAlias refuses YAML aliases: a few of them nested make gigabytes.
var errAlias = errors.New("YAML alias: not read")

// yamlToJSON converts an advisory. Scalars become strings as they were
// written, so a version like 1.10 stays what it is.
func yamlToJSON(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("YAML: want one document")
	}
	value, err := jsonValue(doc.Content[0])
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func jsonValue(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil, nil
		}
		return n.Value, nil
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := jsonValue(c)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.MappingNode:
		object := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := object[key.Value]; key.Kind != yaml.ScalarNode || twice {
				return nil, fmt.Errorf("YAML line %d: key %q: want each key once, as a word", key.Line, key.Value)
			}
			v, err := jsonValue(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			object[key.Value] = v
		}
		return object, nil
	default:
		return nil, fmt.Errorf("line %d: %w", n.Line, errAlias)
	}
}
