package applicability

import (
	"errors"
	"fmt"
)

var errNotObject = errors.New("want an object")

// member is one member of a JSON object, its value as it was read.
type member struct {
	name  string
	value []byte
}

// members splits a JSON object, which must be valid JSON, into its members in
// their order. A name that occurs twice is an error: encoding/json would
// silently take the last.
func members(object []byte) ([]member, error) {
	rest := skip(object, 0)
	if len(rest) == 0 || rest[0] != '{' {
		return nil, errNotObject
	}
	list := make([]member, 0, 6)
	for rest = rest[1:]; ; {
		rest = skip(rest, ',')
		if len(rest) == 0 || rest[0] == '}' {
			return list, nil
		}
		end := valueEnd(rest)
		var m member
		if err := readString(rest[:end], &m.name); err != nil {
			return nil, fmt.Errorf("member name: %w", err)
		}
		for _, other := range list {
			if other.name == m.name {
				return nil, fmt.Errorf("member %q occurs twice", m.name)
			}
		}
		rest = skip(rest[end:], ':')
		end = valueEnd(rest)
		m.value, rest = rest[:end:end], rest[end:]
		list = append(list, m)
	}
}

// skip returns data from its first byte on that is neither white space nor
// mark.
func skip(data []byte, mark byte) []byte {
	for i, c := range data {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != mark {
			return data[i:]
		}
	}
	return nil
}

// valueEnd returns where the JSON value at the start of data ends.
func valueEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return min(i+1, len(data))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth <= 1 {
				return i + min(depth, 1)
			}
			depth--
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(data)
}
