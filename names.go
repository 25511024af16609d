package fettle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// PatchID names one patch as its vendor does: DSA-5678-1, KB5034441,
// bookworm-security/openssl@3.0.17-1~deb12u3. It is compared byte for byte;
// other names of the same patch are its aliases.
type PatchID string

// HostID names one host for as long as it exists. It is the embedder's own
// stable identity (asset number, machine id), never an address.
type HostID string

// Digest is a content hash in the form algorithm:hex, lower case. The only
// algorithm written today is sha256.
type Digest string

// DigestOf returns the SHA-256 digest of content.
func DigestOf(content []byte) Digest {
	sum := sha256.Sum256(content)
	return Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// Check returns an error unless d is a SHA-256 digest in its written form:
// "sha256:" and 64 lower-case hexadecimal digits.
func (d Digest) Check() error {
	text, ok := strings.CutPrefix(string(d), "sha256:")
	if !ok {
		return fmt.Errorf("fettle: digest %q: want the form sha256:hex", string(d))
	}
	if len(text) != hex.EncodedLen(sha256.Size) || strings.Trim(text, "0123456789abcdef") != "" {
		return fmt.Errorf("fettle: digest %q: want 64 lower-case hexadecimal digits", string(d))
	}
	return nil
}
