// Package sim is a deterministic simulation of one region: coordinators that
// follow the shell's duty, a journal that fails, a network that loses, repeats,
// reorders and delays, and hosts that install, restart, fall silent, go back to
// a snapshot or exist twice. One seed drives all of it.
//
// What must hold is checked beside the state, never by it: an audit folds the
// durable entries into a model of its own, with the specs, the budgets and the
// hosts' true condition as the simulation knows them, and every rule is one
// check over that model. Break alters an answer of the state, the journal or the
// hosts; each check is proven live by one that it finds.
package sim
