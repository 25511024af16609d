package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/fettle-dev/fettle/feed"
)

// ErrKeyring is wrapped by the error of NewKeyring for what is no keyring or
// holds no key that can be used.
var ErrKeyring = errors.New("pgp: not a usable keyring")

// Keyring is a set of trusted public keys. It is immutable and safe for
// concurrent use.
type Keyring struct {
	packets []byte   // public key packets, binary
	only    []string // fingerprints that may sign; nil: all
	keys    []Key
	skipped int
}

var _ feed.Verifier = (*Keyring)(nil)

// Key is a trusted primary key.
type Key struct {
	Fingerprint string   // upper-case hexadecimal
	Names       []string // user ids, sorted
}

// NewKeyring reads keys. Each block is the content of a file: a binary keyring
// (.gpg), or text that holds armored public keys (.asc). A block may hold none
// only if another has some. GnuPG's keybox files are refused: "gpg --export"
// writes them as a keyring.
func NewKeyring(blocks ...[]byte) (*Keyring, error) {
	k := &Keyring{}
	for i, block := range blocks {
		packets, err := dearmor(block)
		if err != nil {
			return nil, fmt.Errorf("%w: block %d: %w", ErrKeyring, i+1, err)
		}
		k.packets = append(k.packets, packets...)
	}
	entities, err := k.parse()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyring, err)
	}
	if len(entities) == 0 {
		return nil, fmt.Errorf("%w: no public keys", ErrKeyring)
	}
	for _, e := range entities {
		names := make([]string, 0, len(e.Identities))
		for name := range e.Identities {
			names = append(names, name)
		}
		slices.Sort(names)
		k.keys = append(k.keys, Key{Fingerprint: fingerprint(e.PrimaryKey), Names: names})
	}
	k.skipped = countPrimaryKeys(k.packets) - len(entities)
	return k, nil
}

// Keys returns the trusted primary keys in the order in which they were read.
func (k *Keyring) Keys() []Key { return slices.Clone(k.keys) }

// Skipped returns how many keys cannot be used because their form or algorithm
// is not known.
func (k *Keyring) Skipped() int { return k.skipped }

// Only returns a keyring that trusts, out of k, just the keys with these
// fingerprints, of primary keys or of subkeys, in hexadecimal of either case;
// blanks do not matter. As apt's Signed-By has it, a trailing ! is allowed.
func (k *Keyring) Only(fingerprints ...string) *Keyring {
	only := make([]string, 0, len(fingerprints))
	for _, f := range fingerprints {
		f = strings.TrimSuffix(strings.Join(strings.Fields(f), ""), "!")
		only = append(only, strings.ToUpper(f))
	}
	narrowed := *k
	narrowed.only = only
	return &narrowed
}

// parse reads the keys anew: the implementation keeps in them what it found
// at one instant, which must not colour the next answer.
func (k *Keyring) parse() (openpgp.EntityList, error) {
	return openpgp.ReadKeyRing(bytes.NewReader(k.packets))
}

const (
	armorBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	armorEnd   = "-----END PGP PUBLIC KEY BLOCK-----"
)

// dearmor returns the binary packets of a block.
func dearmor(block []byte) ([]byte, error) {
	switch {
	case len(block) > 32 && string(block[8:12]) == "KBXf":
		return nil, errors.New("a keybox, not a keyring")
	case len(block) > 0 && block[0]&0x80 != 0: // a packet's first bit
		return block, nil
	}
	var packets []byte
	for rest := block; ; {
		begin := bytes.Index(rest, []byte(armorBegin))
		if begin < 0 {
			if len(packets) == 0 && len(bytes.TrimSpace(block)) > 0 {
				return nil, errors.New("neither a binary keyring nor armored public keys")
			}
			return packets, nil
		}
		length := bytes.Index(rest[begin:], []byte(armorEnd))
		if length < 0 {
			return nil, errors.New("an armored key without its end")
		}
		end := begin + length + len(armorEnd)
		decoded, err := armor.Decode(bytes.NewReader(append(bytes.Clone(rest[begin:end]), '\n')))
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(decoded.Body)
		if err != nil {
			return nil, err
		}
		packets = append(packets, body...)
		rest = rest[end:]
	}
}

// countPrimaryKeys counts the keys that a keyring begins, usable or not.
func countPrimaryKeys(packets []byte) int {
	const tagPublicKey = 6
	n := 0
	for r := packet.NewOpaqueReader(bytes.NewReader(packets)); ; {
		p, err := r.Next()
		if err != nil {
			return n
		}
		if p.Tag == tagPublicKey {
			n++
		}
	}
}

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }
