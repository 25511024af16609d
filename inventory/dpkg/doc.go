// Package dpkg reads dpkg's database: the status file, and the updates folder
// beside it, in which dpkg notes each step until it rewrites the status file.
// A host that was read in the middle of an upgrade, or whose dpkg died, tells
// its true state only through both.
//
// The format is that of dpkg(1) and deb-control(5): stanzas of fields, parted
// by blank lines. What was selected and how far a package is installed are
// kept; nothing is judged.
package dpkg
