// Package pgp verifies the OpenPGP signatures of archive metadata, such as
// Debian's InRelease. It is a module of its own, so that the OpenPGP
// implementation weighs on nobody who does not use it.
package pgp
