// Package fleet answers about many hosts at once what a catalogue answers about
// one: which hosts need a patch, and whether those that should have it are
// really patched.
//
// A [Fleet] holds hosts as columns. For each distinct package in one version
// there is one compressed set of hosts; what is known about hosts apart from
// their packages is stored once for all that have it in common. A version is
// compared once, however many hosts have it, and a patch is a few operations on
// sets. Patches whose verdicts depend on other patches, and hosts on which
// something out of the ordinary bears on the answer (a pending restart, several
// kernels, an incomplete list), are parted into classes of hosts that differ in
// nothing that is read, and each class is judged once by the same code that
// judges a single host. Every answer equals that of Catalog.Assess.
//
// [Fleet.Put] enters a host, again and again as it changes; only what changed is
// touched, and only patches that read it are counted anew. [Fleet.SetCatalog]
// does the same for the other side. [Fleet.Counts] and [Fleet.All] count hosts by
// verdict, [Fleet.Hosts] and [Fleet.Exposed] list them, [Fleet.Select] finds the
// hosts of any footprint, [Fleet.Assess] answers about one host.
//
// Alike hosts are kept side by side, whatever order they come in: a host is
// stored as its difference from a template, which most of its hosts equal but
// for a few packages. The index keeps no record: reasons and proofs come from
// Catalog.Explain and a record. Versions that no host has any more are dropped by
// Save and Load, not before.
package fleet
