// Package coordinator runs a region: the shell around rollout.State. It is the
// only writer of the region's journal, the Upstream that hosts and relays talk
// to, and the door for people.
//
// New makes a Coordinator of a journal, a Region (who it is, whom it trusts) and
// Options; Run does the work until its context ends:
//
//  1. load: fold the checkpoint and the entries after it into a State;
//  2. take over: an event with the next epoch (or follow, as a standby does);
//  3. in turns: Decide and Apply each of the calls that wait, in memory; one
//     Append of all their entries; only then release, in this order, the
//     replies, the grants and the hints;
//  4. on any error of Append throw the state away, load again, and look what
//     became of the batch: it is in the journal as a whole or not at all.
//
// Nothing that could still be lost is ever shown: polls and queries read the
// newest state, and what they read is given away once it is durable. A poll by a
// host that has seen everything waits for nothing.
//
// # Standby
//
// Any number of coordinators may follow one journal; one of them leads. A
// coordinator takes over when Run starts, unless Options.Standby says otherwise,
// and when it is told to by TakeOver. It never takes over by itself: whether the
// other one is dead is not to be known from a journal, and who guesses wrong
// changes leaders for nothing. Whoever watches the processes calls TakeOver.
// Taking over from one that is alive is safe: its next Append fails, or it sees
// the entry; it then follows, and tells its callers so (ErrFollower). A journal
// that only one process can open (filejournal) has its standby in whoever starts
// that process again.
//
// # Doors
//
// Region.Hosts says which key a host's reports are sealed with; Authorizer says
// what people may do; Content keeps payloads and signed specs; an EventSink gets
// every entry at least once; Metrics counts. Ready ones are Enrolments, DenyAll
// and Roles, ContentFolder and ContentMemory, Lines and Webhook, and Vars.
//
// What the package does not do: it carries no calls between processes,
// authenticates no people, and decides nothing: that is the core's.
package coordinator
