package pgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/fettle-dev/fettle/feed"
)

// Why Verify refuses. Where several signatures fail for several reasons, the
// error wraps each of them.
var (
	ErrUnsigned  = errors.New("pgp: not a signed message")
	ErrOutside   = errors.New("pgp: text outside the signed part")
	ErrUnknown   = errors.New("pgp: signed by a key that is not in the keyring")
	ErrBad       = errors.New("pgp: the signature does not fit the text")
	ErrExpired   = errors.New("pgp: the signature or its key has expired")
	ErrFuture    = errors.New("pgp: the signature was made after the given instant")
	ErrRevoked   = errors.New("pgp: the key is revoked")
	ErrWeak      = errors.New("pgp: the signature or its key rests on a broken algorithm")
	ErrUnfit     = errors.New("pgp: the key may not make such signatures")
	ErrMalformed = errors.New("pgp: malformed signature")
)

// Skew is how far behind the clock of the signer the given instant may be.
const Skew = 5 * time.Minute

// maxSignatures bounds how many signatures of one message are looked at.
const maxSignatures = 64

// Verify implements feed.Verifier for messages clear-signed as in RFC 9580
// section 7, and for detached signatures, armored or binary. The text returned
// of a clear-signed message has line ends of one newline, no blanks before
// them, and ends with one.
//
// The message is good if a key of the keyring signed it, and if no signature by
// such a key fails to fit the text. What other keys signed does not matter, and
// signatures of keys that are expired, revoked or weak do not count. A key is
// judged at the instant of signing and at the given one. Weak are MD5, SHA-1
// and RIPEMD-160, in the signature and in what binds the key to its owner and
// its subkey, RSA below 2048 bits, DSA and ElGamal.
func (k *Keyring) Verify(message, signature []byte, at time.Time) (text []byte, by []feed.Signature, err error) {
	text, signed := message, message
	if signature == nil {
		text, signed, signature, err = split(message)
	} else {
		signature, err = binary(signature)
	}
	if err != nil {
		return nil, nil, err
	}
	entities, err := k.parse()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrKeyring, err)
	}
	var refused []error
	for raw, err := range signatures(signature) {
		if err != nil {
			return nil, nil, err
		}
		good, err := k.check(entities, signed, raw, at)
		switch {
		case errors.Is(err, ErrBad):
			return nil, nil, err
		case err != nil:
			refused = append(refused, err)
		default:
			by = append(by, good)
		}
	}
	if len(by) == 0 {
		return nil, nil, errors.Join(refused...)
	}
	return text, by, nil
}

// split takes a clear-signed message apart: the text as it is for reading and
// as it was hashed, and the signatures as packets.
func split(message []byte) (text, signed, signature []byte, err error) {
	block, rest := clearsign.Decode(message)
	if block == nil {
		return nil, nil, nil, ErrUnsigned
	}
	if !bytes.HasPrefix(message, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) || len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, nil, ErrOutside
	}
	signature, err = io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	text = block.Plaintext
	if !bytes.HasSuffix(text, []byte("\n")) { // the last line's end is not signed
		text = append(text, '\n')
	}
	return text, block.Bytes, signature, nil
}

// binary returns the packets of a detached signature.
func binary(signature []byte) ([]byte, error) {
	if len(signature) > 0 && signature[0]&0x80 != 0 { // a packet's first bit
		return signature, nil
	}
	block, err := armor.Decode(bytes.NewReader(signature))
	if err != nil || block.Type != openpgp.SignatureType {
		return nil, ErrUnsigned
	}
	body, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return body, nil
}

// signatures yields the signature packets, or one error.
func signatures(packets []byte) func(func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		r := packet.NewOpaqueReader(bytes.NewReader(packets))
		for n := 0; ; n++ {
			p, err := r.Next()
			var raw bytes.Buffer
			switch {
			case errors.Is(err, io.EOF) && n > 0:
				return
			case errors.Is(err, io.EOF):
				err = ErrUnsigned
			case err == nil && n == maxSignatures:
				err = fmt.Errorf("%w: more than %d signatures", ErrMalformed, maxSignatures)
			case err == nil:
				err = p.Serialize(&raw)
			default:
				err = fmt.Errorf("%w: %w", ErrMalformed, err)
			}
			if !yield(raw.Bytes(), err) || err != nil {
				return
			}
		}
	}
}

// check judges one signature packet.
func (k *Keyring) check(entities openpgp.EntityList, signed, raw []byte, at time.Time) (feed.Signature, error) {
	p, err := packet.Read(bytes.NewReader(raw))
	if err != nil {
		return feed.Signature{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	sig, ok := p.(*packet.Signature)
	if !ok || sig.IssuerKeyId == nil {
		return feed.Signature{}, fmt.Errorf("%w: no signature that names its key", ErrMalformed)
	}
	err = fmt.Errorf("%w: key %016X", ErrUnknown, *sig.IssuerKeyId)
	for _, entity := range entities.EntitiesById(*sig.IssuerKeyId) {
		key := issuer(entity, *sig.IssuerKeyId)
		if k.only != nil && !slices.Contains(k.only, fingerprint(entity.PrimaryKey)) && !slices.Contains(k.only, fingerprint(key)) {
			continue
		}
		by := feed.Signature{Key: fingerprint(entity.PrimaryKey), By: fingerprint(key), Made: sig.CreationTime.UTC()}
		if err = judge(entity, sig, signed, raw, at); err == nil {
			return by, nil
		}
		err = fmt.Errorf("%w: key %s, signed %s", err, by.By, by.Made.Format(time.RFC3339))
	}
	return feed.Signature{}, err
}

// issuer returns the entity's key or subkey with this id.
func issuer(e *openpgp.Entity, id uint64) *packet.PublicKey {
	for _, sub := range e.Subkeys {
		if sub.PublicKey.KeyId == id {
			return sub.PublicKey
		}
	}
	return e.PrimaryKey
}

// judge returns nil if entity made the signature, and might.
func judge(entity *openpgp.Entity, sig *packet.Signature, signed, raw []byte, at time.Time) error {
	switch {
	case weak(sig.Hash):
		return fmt.Errorf("%w: %s signature", ErrWeak, sig.Hash)
	case sig.CreationTime.After(at.Add(Skew)):
		return ErrFuture
	case sig.CreationTime.After(at):
		at = sig.CreationTime
	}
	config := &packet.Config{Time: func() time.Time { return at }}
	md, err := openpgp.VerifyDetachedSignatureReader(openpgp.EntityList{entity}, bytes.NewReader(signed), bytes.NewReader(raw), config)
	if err == nil {
		_, err = io.Copy(io.Discard, md.UnverifiedBody)
	}
	if err == nil {
		err = md.SignatureError
	}
	// What is wrong with the key is told first: the implementation names it
	// only in part.
	if keyErr := judgeKey(entity, *sig.IssuerKeyId, at, config); keyErr != nil {
		return keyErr
	}
	var weakAlgorithm pgperrors.WeakAlgorithmError
	var badSignature pgperrors.SignatureError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &weakAlgorithm):
		return fmt.Errorf("%w: %w", ErrWeak, err)
	case errors.Is(err, pgperrors.ErrSignatureExpired), errors.Is(err, pgperrors.ErrKeyExpired):
		return ErrExpired
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return ErrRevoked
	case errors.As(err, &badSignature):
		return fmt.Errorf("%w: %w", ErrBad, err)
	default:
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
}

// judgeKey returns nil if the key is in force at the instant and bound to its
// entity by sound signatures.
func judgeKey(entity *openpgp.Entity, id uint64, at time.Time, config *packet.Config) error {
	self, err := entity.VerifyPrimaryKey(at, config)
	bindings := []*packet.Signature{self}
	for i := range entity.Subkeys {
		if sub := &entity.Subkeys[i]; err == nil && sub.PublicKey.KeyId == id {
			self, err = sub.Verify(at, config)
			bindings = append(bindings, self)
		}
	}
	switch {
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return ErrRevoked
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return ErrExpired
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	for _, binding := range bindings {
		if weak(binding.Hash) {
			return fmt.Errorf("%w: key bound with %s", ErrWeak, binding.Hash)
		}
	}
	return nil
}

func weak(h crypto.Hash) bool {
	return h == crypto.MD5 || h == crypto.SHA1 || h == crypto.RIPEMD160
}
