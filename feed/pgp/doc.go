// Package pgp verifies the OpenPGP signatures of archive metadata, such as
// Debian's InRelease, against a keyring. It is a module of its own, so that the
// OpenPGP implementation weighs on nobody who does not use it.
//
// It does no more than that: it makes no signatures, fetches no keys and knows
// no web of trust. Whoever's key is in the keyring is trusted.
package pgp
