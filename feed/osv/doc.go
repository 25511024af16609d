// Package osv reads advisories in the Open Source Vulnerability format
// (OSV schema 1.x) and makes patches of them.
//
// Parse decodes one advisory into plain structs; Record.Patch says what it
// means for a host; NewSource reads folders, zip and tar archives, and files of
// one advisory, of an array or of one advisory a line. Everything is streamed
// and bounded, and no advisory vanishes: it is used, or refused with its place
// and cause, or counted as none of a host's business.
//
// A patch made of an advisory is for the hosts that have one of the affected
// packages, on the release that the ecosystem names. It is Installed where no
// instance of them lies in an affected range. Where a range has no end the
// vendor has no fix, which Unfixed says. What cannot be decided here, a range
// in an order that is not in applicability's closed set or a release that this
// package does not know, becomes an Opaque criterion: hosts that have the
// package are then Unknown, never clean.
//
// GIT ranges speak of commits, which no host reports; they are counted and left
// out. The prose of an advisory (details, references, credits) is not kept.
package osv
