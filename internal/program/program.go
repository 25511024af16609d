// Package program is the compiled form of a catalogue: every footprint as nodes
// over interned leaves, every version bound as an integer rank, and the
// postings that lead from a package that a host has to the patches that speak
// of it. Package applicability makes it and runs it against one host; package
// fleet runs the same nodes and leaves over many.
//
// Everything is an index into a slice of Program, so the whole is a few large
// allocations and can be shared by any number of goroutines: nothing here
// changes a Program after it was made.
package program

import "github.com/fettle-dev/fettle"

// Op is what a Node does.
type Op uint8

// The operations.
const (
	OpTrue    Op = iota
	OpUnknown    // of a kind that this version does not know
	OpAll        // of Kids[From:To]
	OpAny        // of Kids[From:To]
	OpAtLeast    // N of Kids[From:To]
	OpNot        // of node From
	OpScalar     // Facts.Scalars[From]
	OpPackage    // Leaves[From]
)

// Node is one criterion. Equal criteria are one node.
type Node struct {
	Op       Op
	N        int32
	From, To int32
}

// None stands for an index of nothing: a footprint that is not stated, any
// architecture, no gate.
const None int32 = -1

// Which says which instances a leaf asks.
type Which uint8

// The quantifiers; ByUse is resolved when the program is made.
const (
	Some Which = iota
	Every
	Newest
)

// Leaf is one package criterion.
type Leaf struct {
	Key      int32
	Arch     int32 // interned word, None: any
	Module   int32 // interned word, None: any
	From, To int32 // Spans[From:To]; none: any version, valid or not
	Which    Which
}

// Any reports whether every version lies in the leaf's range.
func (l *Leaf) Any() bool { return l.From == l.To }

// Span is the ranks r with Lo <= r < Hi.
type Span struct{ Lo, Hi int32 }

// Key is a package name of a type, or a source package's, under one version
// order. Its bounds are sorted; the rank of a version is twice the count of
// bounds below it, plus one if it equals the next.
type Key struct {
	Type     int32 // index into Types
	Source   bool
	From, To int32 // Groups[From:To]
	Bounds   [][]byte
}

// Kind says what an instance does to the patches of a Group.
type Kind uint8

// The kinds of groups.
const (
	KindPresent    Kind = 1 << iota // its presence makes Target hold
	KindVulnerable                  // a rank in [Lo, Hi) makes Installed not hold
	KindOpen                        // a rank in [Lo, Hi) makes Unfixed hold
	KindGeneral                     // the patch has to be evaluated
)

// Group are the patches that one key leads to under one gate.
type Group struct {
	Kind         Kind
	Gate         int32 // index into Gates; where the gate is No, the patches' Targets are
	Arch, Module int32
	From, To     int32 // postings: Patches, Los and His; by His where all Los are 0
	Split        bool  // all Los are 0, so His is in order and can be searched
}

// Patch is what is evaluated of one patch; footprints are nodes or None.
type Patch struct {
	Target, Installed, Active, Unfixed int32
	LeavesFrom, LeavesTo               int32 // Refs: the leaves that Installed reads
	ScalarsFrom, ScalarsTo             int32 // Refs: the scalars that Installed reads
	Restart                            fettle.Restart
	Bad                                bool // could not be compiled
}

// Ref is a leaf, or a scalar, that a footprint reads. Where Gate is No, what it
// says does not matter on that host: a range that is for another release. Not
// says that it stands under a negation: what lies in its range is then at fault,
// elsewhere what does not.
type Ref struct {
	Index, Gate int32
	Not         bool
}

// Program is a compiled catalogue.
type Program struct {
	Nodes   []Node
	Kids    []int32
	Leaves  []Leaf
	Spans   []Span
	Keys    []Key
	Types   []string
	Groups  []Group
	Posting struct{ Patches, Los, His []int32 }
	Patches []Patch
	Refs    []Ref
	Scalars int // how many there are

	// Free are patches that no key leads to, by gate; they are evaluated wherever
	// the gate is not No.
	Free []FreeGroup
	// Gates are the distinct gates of groups and free patches: nodes over scalars
	// alone.
	Gates []int32
}

// FreeGroup are patches without an anchor under one gate.
type FreeGroup struct {
	Gate    int32 // index into Gates
	Patches []int32
}
