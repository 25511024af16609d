package program

import "github.com/fettle-dev/fettle"

// Flags are what matters about an instance beside its version.
type Flags uint16

// The flags of an instance.
const (
	Broken  Flags = 1 << iota // the package system calls it incomplete
	Held                      // to be left at its version
	Image                     // a bootable kernel
	Ahead                     // a kernel newer than the one that runs
	Adrift                    // a kernel of which it is not known whether it is newer
	Pending                   // restart evidence names it
)

// Instance is one installed package seen through one key.
type Instance struct {
	Key          int32
	Rank         int32 // Invalid where the version is not valid in the key's order
	Arch, Module int32 // interned, Other where the program does not know the word
	Package      int32 // index in the snapshot
	Order        int32 // among the instances of a key that Newest asks about: how many are older; Invalid as Rank is
	Running      int32 // of an Image: the rank of the kernel that runs; Invalid: not known
	Flags        Flags
}

// Invalid is the rank of a version that is not valid; Other is a word that
// occurs in no leaf; Untold is the Module of an instance that is of some stream,
// and nobody knows of which.
const (
	Invalid int32 = -1
	Other   int32 = -2
	Untold  int32 = -3
)

// Facts is one host as a Program sees it.
type Facts struct {
	Instances  []Instance     // by key
	Start      []int32        // Instances[Start[k]:Start[k+1]] are those of key k
	Incomplete []bool         // by key: there may be instances that were not seen
	Unsure     []int32        // the keys that are Incomplete
	Scalars    []fettle.Truth // by scalar
	Waiting    []bool         // by scalar: restart evidence names what it reads
	Gates      []fettle.Truth // by gate; see Prepare
	Strokes    []Stroke       // what the postings come to; see Prepare

	// What restart evidence was looked at.
	KernelKnown   bool // which kernel runs is known, and what its package is
	RestartsKnown bool // the evidence of this system is complete
}

// Of returns the instances of key.
func (f *Facts) Of(key int32) []Instance { return f.Instances[f.Start[key]:f.Start[key+1]] }
