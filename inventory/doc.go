// Package inventory says what a host is and what was seen on it.
//
// A Host is asserted: somebody named it, placed it and labelled it. A Snapshot
// is observed: packages, operating system, kernel, files, registry, what
// speaks for a pending restart, at one instant. A Snapshot carries its Scope,
// which says what was looked at completely, so that "it is not there" and
// "nobody looked" stay apart: every look-up answers with a fettle.Truth. A
// Record is the two together and has one JSON form, which every program of the
// library reads and writes; a Reader streams many of them.
//
// A Collector observes a host: package local this one, the readers (dpkg, rpm,
// apk, osrelease, windows) what another one wrote down; hostfile tells those
// files apart. Needs says which facts are wanted, so that no more is gathered.
// Diff compares two snapshots of a host, Reconcile what was asserted about a
// fleet with what was seen of it.
//
// The package judges nothing: whether a version is too old or a restart is
// pending is package applicability's business, derived from the observations
// each time. It reads no clock and no file. Values are not safe for concurrent
// changes; reading them concurrently is.
package inventory
