package rollout

// ParseEntry reads an entry's bytes at position p. Errors wrap ErrNewer or
// ErrEntry.
func ParseEntry(p Position, data []byte) (Entry, error) { panic("core") }
