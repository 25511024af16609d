package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// The years whose transitions enter a policy's fingerprint.
const (
	fingerprintFrom = 1577836800 // 2020-01-01T00:00:00Z
	fingerprintTo   = 2208988800 // 2040-01-01T00:00:00Z
)

// fingerprint is a short digest of the rules of zones: the first eight bytes of
// SHA-256 over a line for each, its name and its ZoneFingerprint.
func fingerprint(zones map[string]*time.Location) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		fmt.Fprintln(h, name, ZoneFingerprint(zones[name], instant(fingerprintFrom), instant(fingerprintTo)))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
