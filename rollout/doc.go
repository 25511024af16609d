// Package rollout decides in which order patches go across a fleet and when
// to stop. Its truth is a journal: everything that changes a decision is an
// entry, and the state of a region is the fold of its entries.
//
// Journal is the contract for where the entries live, with the optional
// abilities Checkpointer and Follower; VerifyChain proves that no entry was
// changed, removed or put in between.
//
// The package does no input or output, reads no clock and starts no goroutine.
// Journals that are ready to use are memjournal and filejournal.
package rollout
