package fettle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// MaxSignatures bounds the signatures that Open looks at, so a hostile
// envelope cannot buy unbounded work.
const MaxSignatures = 64

// ErrUntrusted is returned by Open when too few trusted keys signed the
// envelope, or when it holds another type of payload than was asked for. The
// caller must not use the payload.
var ErrUntrusted = errors.New("fettle: envelope is not trusted")

// Envelope is signed content: a DSSE envelope, protocol version 1
// (https://github.com/secure-systems-lab/dsse, read 2026-11-22). Its JSON form
// is DSSE's: payload and signatures in standard base64.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is one key's signature over the envelope's type and payload. KeyID
// is a hint for finding the key, as DSSE demands; trust never rests on it.
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// Signer signs for one key. Ready: NewSigner, for a key in memory; a key in
// hardware implements it in the same two methods.
//
// Sign returns the Ed25519 signature (RFC 8032, 64 bytes) over message as
// given; it does not keep message. KeyID returns KeyID of the public key.
// Implementations are safe for concurrent use.
type Signer interface {
	KeyID() string
	Sign(message []byte) ([]byte, error)
}

// KeyID returns the identity of an Ed25519 public key: the SHA-256 of its 32
// bytes in lower-case hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// NewSigner returns a Signer for a private key that is held in memory. It
// fails if the key is not ed25519.PrivateKeySize bytes long.
func NewSigner(key ed25519.PrivateKey) (Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("fettle: signing key: %d bytes, want %d", len(key), ed25519.PrivateKeySize)
	}
	return memorySigner{slices.Clone(key)}, nil
}

type memorySigner struct{ key ed25519.PrivateKey }

func (s memorySigner) KeyID() string {
	return KeyID(s.key.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // documented by crypto/ed25519
}

func (s memorySigner) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

// Trust is the set of keys whose signatures count and how many of them are
// needed. The zero value trusts nobody.
type Trust struct {
	Keys      []ed25519.PublicKey
	Threshold int // distinct keys that must have signed; below 1 nothing is trusted
}

// Seal signs payload with every signer and returns the envelope. The envelope
// keeps its own copy of payload. At least one signer is needed.
func Seal(payloadType string, payload []byte, signers ...Signer) (Envelope, error) {
	if payloadType == "" || len(signers) == 0 {
		return Envelope{}, fmt.Errorf("fettle: seal %q with %d signers: want a payload type and a signer", payloadType, len(signers))
	}
	e := Envelope{PayloadType: payloadType, Payload: bytes.Clone(payload)}
	message := preAuth(payloadType, payload)
	for _, s := range signers {
		sig, err := s.Sign(message)
		if err != nil {
			return Envelope{}, fmt.Errorf("fettle: seal with key %s: %w", s.KeyID(), err)
		}
		e.Signatures = append(e.Signatures, Signature{KeyID: s.KeyID(), Sig: sig})
	}
	return e, nil
}

// Open returns the payload if at least t.Threshold distinct keys of t signed
// it as payloadType. A key counts once, however often it signed and under
// whatever key ids, and once however often t lists it. The error wraps
// ErrUntrusted and says what is missing. The payload shares e's memory.
func (e Envelope) Open(payloadType string, t Trust) ([]byte, error) {
	if e.PayloadType != payloadType {
		return nil, fmt.Errorf("%w: payload type %q, want %q", ErrUntrusted, e.PayloadType, payloadType)
	}
	if t.Threshold < 1 {
		return nil, fmt.Errorf("%w: threshold %d, want 1 or more", ErrUntrusted, t.Threshold)
	}
	if len(e.Signatures) > MaxSignatures {
		return nil, fmt.Errorf("%w: %d signatures, at most %d are looked at", ErrUntrusted, len(e.Signatures), MaxSignatures)
	}
	message := preAuth(e.PayloadType, e.Payload)
	var signed []string
	for _, key := range t.Keys {
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%w: trusted key of %d bytes, want %d", ErrUntrusted, len(key), ed25519.PublicKeySize)
		}
		id := KeyID(key)
		if !slices.Contains(signed, id) && e.signedBy(key, id, message) {
			signed = append(signed, id)
		}
	}
	if len(signed) < t.Threshold {
		return nil, fmt.Errorf("%w: signed by %d trusted keys, want %d", ErrUntrusted, len(signed), t.Threshold)
	}
	return e.Payload, nil
}

// signedBy tries the signatures that name the key first and then those that
// name none: DSSE lets a signer leave the key id out.
func (e Envelope) signedBy(key ed25519.PublicKey, id string, message []byte) bool {
	return slices.ContainsFunc(e.Signatures, func(s Signature) bool {
		return (s.KeyID == id || s.KeyID == "") && ed25519.Verify(key, message, s.Sig)
	})
}

// preAuth is DSSE's pre-authentication encoding, PAE(type, body).
func preAuth(payloadType string, payload []byte) []byte {
	b := make([]byte, 0, len("DSSEv1 ")+len(payloadType)+len(payload)+2*len(" 2147483647")+1)
	b = append(b, "DSSEv1 "...)
	b = strconv.AppendInt(b, int64(len(payloadType)), 10)
	b = append(b, ' ')
	b = append(b, payloadType...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(payload)), 10)
	b = append(b, ' ')
	return append(b, payload...)
}
