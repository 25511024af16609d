// Package fettle is the vocabulary that every package of the library speaks:
// the names of patches and hosts, three-valued truth, severity, class and
// restart need, the reason that every answer carries, and the signed envelope
// in which catalogues, policies, grants and reports travel.
//
// It decides nothing. Which patches a host needs is package applicability's
// business, when they may go in is schedule's, in which order across a fleet
// rollout's; this package only fixes the nouns that they exchange, so that a
// value keeps its meaning from a vendor's feed to an auditor's report.
//
// Every type here is a value: safe to copy, to compare and to use from several
// goroutines. Beside the standard library the package imports internal/enum, the
// words of enumerations, and nothing else.
package fettle
