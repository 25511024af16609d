package feed

import "time"

// Verifier checks who signed a feed's file. It holds the keys that are trusted
// for that feed. Implementations are safe for concurrent use and read no
// clock.
//
// Verify returns exactly the text that a trusted key signed and, in a stated
// order, the good signatures, of which there is at least one. With a nil
// signature message is a signed message that carries its own text
// (clear-signed, as InRelease); what stands outside the signed part is never
// returned, and is an error where it is more than white space. Else message is
// the text and signature is detached (as Release.gpg). at decides what has
// expired. An error means that nothing of message is to be believed.
type Verifier interface {
	Verify(message, signature []byte, at time.Time) (text []byte, by []Signature, err error)
}

// Signature is a good signature by a trusted key.
type Signature struct {
	Key  string    // fingerprint of the primary key, upper-case hexadecimal
	By   string    // fingerprint of the key or subkey that signed
	Made time.Time // as the signature states, UTC
}
