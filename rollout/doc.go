// Package rollout decides in which order patches go across a fleet and when to
// stop.
//
// # Specs
//
// A Spec says what goes where: patches, pinned with the catalogue that they were
// judged by, the target in the footprint language, rings with their gates, the
// budgets that bound it, the back-out. ParseSpec reads it strictly, Validate finds
// everything that contradicts itself, Preview shows on the hosts that there are how
// large the rings get and what they can prove, Forecast runs it on paper, and a
// Template makes Specs from findings. SealSpec and OpenSpec carry it with the
// signatures that a region wants.
//
// # The core
//
// A State is what one region knows. Its truth is a journal: everything that changes
// a decision is an Entry, and the state is the fold of its entries. Commands come in
// (Configure, Start, Approve, Join, Reports, Tick, ...), Decide turns them into
// events, Apply folds these in, and Take does both until the gates have judged what
// came in. Offer answers a host's poll, Next says when the next Tick is due, Explain
// says of a host why it waits and until when, Progress how far a rollout is.
//
//	entries, refused, err := state.Take(command, now)
//	...
//	at, err := journal.Append(ctx, before, data) // then, and only then, answer
//
// Whoever calls it keeps that order: many commands in memory, one Append of all that
// they led to, and only then replies, grants and hints. Package coordinator is this
// caller, ready made. Replay folds a journal again, from a Checkpoint where one was
// saved; VerifyChain proves that no entry was changed, removed or put in between.
//
// # Messages
//
// Hosts send an Ask and get an Offer, with a Grant when it is their turn: a signed,
// expiring permission for one operation. They answer with Reports that they seal.
// PolicySet and SitePolicy carry scheduling policy apart from all this, Enrolment
// says who a host is. Upstream is the contract that agents and relays talk to,
// Journal the one for where entries live.
//
// The package does no input or output, reads no clock and starts no goroutine.
package rollout
