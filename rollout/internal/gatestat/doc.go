// Package gatestat judges a ring by counts: how many hosts started, succeeded
// and failed. It says whether the ring passes a failure limit, must halt, or
// has not shown enough, and what is missing.
//
// The question is about the true failure rate p, of which a ring shows a
// sample. A gate promises, for a limit and two error rates:
//
//   - if p is at the limit or above, the ring passes with at most the pass
//     error's probability, however often one looks;
//   - if p is at the limit or below, the ring halts with at most the halt
//     error's probability, over all its strata together, however often one
//     looks.
//
// Hosts count in the order in which they started, never in that in which they
// reported: failures report later than successes, silence last of all. For a
// pass every host that started and has not resolved counts as failed, for a
// halt as not failed, so a look at any moment and at any stretch from the first
// start on is no better than what the truth would have shown at the same
// stretch; that is why the promises hold whatever the delays.
//
// Passing early and halting use e-processes: the likelihood ratio of a mixture
// of better (or worse) rates against the limit. If the limit is the truth, it
// ever exceeds 1/e with probability at most e (Ville's inequality). At the end
// of a ring the exact binomial boundary applies; it is chosen so that an early
// pass or one at the end together stay within the pass error, computed exactly
// over all paths. See Plan.
//
// All values are pure: no clock, no chance. Numbers are computed with plain
// multiplications, divisions and additions of float64 that the compiler may not
// fuse, so every machine gets the same boundaries, and with a margin (slack)
// that is larger than all rounding, on the safe side.
package gatestat
