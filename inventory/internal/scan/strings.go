package scan

import "strings"

// maxKept bounds how many strings an Interner holds before it starts afresh.
const maxKept = 1 << 18

// Interner keeps equal strings once: of two thousand packages' versions,
// architectures and source names most occur several times. The zero value is
// ready. Not safe for concurrent use.
type Interner struct{ kept map[string]string }

// Bytes returns b as a string.
func (in *Interner) Bytes(b []byte) string {
	if s, ok := in.kept[string(b)]; ok {
		return s
	}
	return in.keep(string(b))
}

// String returns s in memory of its own, which it shares only with equal
// strings.
func (in *Interner) String(s string) string {
	if kept, ok := in.kept[s]; ok {
		return kept
	}
	return in.keep(strings.Clone(s))
}

func (in *Interner) keep(s string) string {
	if in.kept == nil || len(in.kept) >= maxKept {
		in.kept = make(map[string]string)
	}
	in.kept[s] = s
	return s
}
