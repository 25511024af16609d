// Package baseline holds hosts against an expected configuration, and keeps the
// register of what is knowingly left as it is.
//
// A Baseline is a named list of Checks with severities, a benchmark. Each check
// has two footprints: Applies says which hosts it is about, Expect what has to
// hold there. A check is a patch (Baseline.Patches): the same engine judges it,
// the same proofs explain it, and where it comes with a Remedy it is rolled out
// like any other. A check without one is Blocked where it is not met: nothing
// can be installed that would mend it.
//
// An Exception is a decision to live with something: a Waiver accepts the risk,
// a Mitigation reduces it by something else that has to hold on the host. Both
// name patches or checks, an owner, a reason and the instant at which they end.
// An exception changes no finding: what it covers stays exposed and is counted
// as waived or mitigated, never as met. After its end the answer is what it
// would be without it, and says so.
//
// An Assessor brings a catalogue, baselines and exceptions together. Assess
// gives the Report about one host, Drift what moved between two snapshots of
// it, with the criteria that came out differently.
//
// Baselines and exceptions have one JSON form, read strictly by Read: a
// misspelt field of a waiver must not widen it. Schema returns its schema.
//
// The package reads no clock and no file, and puts nothing right itself:
// rolling out a remedy is for package rollout.
package baseline
