// Package lint reasons about a catalogue before any host runs it.
//
// Check looks for what a catalogue says and cannot mean: footprints that never
// or always hold, a Target that reads what Installed changes, a superseder that
// does not cover, patches that fight over one file, a prerequisite that only
// another patch makes true and nobody declared. Downgrades holds the files that
// an installer brings against the patched components of a fleet or of a base
// build.
//
// # What the reasoning can see
//
// A footprint is taken apart into literals: an instance of a package, a file, a
// value with these properties exists, or none does. Versions are points and
// gaps on a line, in the order of their scheme. Subjects are taken as
// independent of one another and every gap as inhabited, so "impossible" is
// proven, but not everything impossible is found: that a source package and its
// binaries move together, that no version lies between 1.0.0.0 and 1.0.0.1, that
// an os.id implies an os.family, it does not know. What is possible is never
// taken on trust: the host that shows it is written down, judged by the engine,
// and reported only if the engine agrees.
//
// Not reasoned about are criteria of unknown kinds, elements of a REG_MULTI_SZ,
// what incomplete packages and holds do, and restarts. A criterion that reads
// them may hold or not.
//
// Every question has a bound on its work. What passes it is counted in
// Report.Undecided, never passed over.
//
// All functions are pure and deterministic.
package lint
