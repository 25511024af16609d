package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// The years whose transitions enter a fingerprint.
const (
	fingerprintFrom = 1577836800 // 2020-01-01T00:00:00Z
	fingerprintTo   = 2208988800 // 2040-01-01T00:00:00Z
)

// fingerprint is a short digest of the offsets of zones, by name: the first
// eight bytes of SHA-256 over each zone's name, first offset and transitions.
func fingerprint(zones map[string]*time.Location) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		_, offset := time.Unix(fingerprintFrom, 0).In(zones[name]).Zone()
		fmt.Fprintf(h, "%s %d\n", name, offset)
		for t := range civil.Transitions(zones[name], fingerprintFrom, fingerprintTo) {
			fmt.Fprintf(h, "%d %d\n", t.At, t.After)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
