// Package apt reads Debian package archives as a feed of patches: what a Release
// file vouches for, each source version in its Packages files is one patch,
// which is needed where a binary package of that source is installed in an
// older version than the list offers. Over the lists of a host, the packages
// of the patches that are needed are those that "apt list --upgradable" names.
//
// A list is believed or refused as a whole. OpenRelease checks the signature
// (through a feed.Verifier), the dates and the suite; ReadPackages checks that
// the Packages file is one that the Release lists, byte for byte. What fails is
// a *feed.ListError. One stanza that cannot be used costs only itself.
//
// Reading is pure: instants are arguments, files come through a function.
// Package lists finds the lists that a Debian machine already has.
//
// Not here: pinning (apt_preferences), so that every automatic list has the
// same weight; Ubuntu's phasing, so that a phased update counts as available;
// source packages; the installer's udebs.
package apt
