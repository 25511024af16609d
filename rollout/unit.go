package rollout

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/fettle-dev/fettle"
)

// hashUnit returns the place of a host in the hash range of a rollout: the first
// eight bytes, big-endian, of SHA-256(salt ‖ 0x00 ‖ host), as a part of 2⁶⁴.
func hashUnit(salt string, host fettle.HostID) uint64 {
	b := make([]byte, 0, 128)
	b = append(b, salt...)
	b = append(b, 0)
	b = append(b, host...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}
