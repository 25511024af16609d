// Package schedule says when patches may go in: it answers "why not now, when
// next, what would change it" for one host at one instant.
//
// A [Window] says when something may happen, in civil time. A [Layer] holds what
// one level of an organisation states about windows, rules, freezes, overrides,
// networks and restarts; [ParseLayer] reads one from a file. [Merge] puts the
// layers of a host together, under their locks, into a [Policy], and
// [Policy.Why] tells how a field came by its value.
//
// [Policy.Decide] is the centre: given the host's [State], the [Item]s that it
// needs and the [Ledger] of what was offered and put off, it returns a
// [Decision]: what to do now, reasons with stable codes, the choices that are
// left to the user, the next instant at which the answer can change, what other
// than time would change it, and the new ledger. [Policy.Timeline] runs it
// forward.
//
// Everything here is a pure function of its arguments: no clock, no randomness,
// no files. Instants are whole seconds in UTC, intervals half-open, days civil.
// The package collects no facts, downloads and installs nothing, and grants no
// permission: whether a rollout lets a host start is an input.
package schedule
