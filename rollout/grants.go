package rollout

import (
	"strconv"
	"strings"
)

// opRef is an operation: the position of the entry that issued it and the row in
// that entry. Zero is none.
type opRef uint64

// opRows bounds the rows of an entry within an opRef: MaxRows fits.
const opRows = 128

func opAt(p Position, row int) opRef { return opRef(uint64(p)*opRows + uint64(row)) }

// op returns the operation's name: REGION/POSITION-ROW.
func (o opRef) op(region RegionID) Op {
	if o == 0 {
		return ""
	}
	return Op(string(region) + "/" + strconv.FormatUint(uint64(o)/opRows, 10) + "-" + strconv.FormatUint(uint64(o)%opRows, 10))
}

// opOf reads an operation's name; zero if it is none of this region.
func opOf(op Op, region RegionID) opRef {
	rest, ok := strings.CutPrefix(string(op), string(region))
	if !ok || rest == "" || rest[0] != '/' {
		return 0
	}
	position, row, ok := strings.Cut(rest[1:], "-")
	p, err := strconv.ParseUint(position, 10, 56)
	n, err2 := strconv.ParseUint(row, 10, 7)
	if !ok || err != nil || err2 != nil {
		return 0
	}
	ref := opAt(Position(p), int(n))
	if ref.op(region) != op { // "+1", "007"
		return 0
	}
	return ref
}

// termsRef is the place of the terms of an operation in termsTable.
type termsRef uint32

const noTerms = ^termsRef(0)

// grantTerms are what the grants of one entry have in common.
type grantTerms struct {
	items     []termsItem
	epoch     uint64
	issued    uint32 // seconds
	startBy   uint32
	endBy     uint32
	run       uint32 // the longest from start to outcome or silence, margin included
	preIssued bool
	backout   bool
	hosts     int // that refer to it; free at 0
}

// termsItem is what a grant permits of one rollout.
type termsItem struct {
	rollout rolloutIndex
	patches []PatchRef
}

// termsTable keeps the terms that hosts refer to. Places are used again.
type termsTable struct {
	all  []grantTerms
	free []termsRef
}

func (t *termsTable) add(g grantTerms) termsRef {
	if n := len(t.free); n > 0 {
		ref := t.free[n-1]
		t.free = t.free[:n-1]
		t.all[ref] = g
		return ref
	}
	t.all = append(t.all, g)
	return termsRef(len(t.all) - 1)
}

func (t *termsTable) drop(ref termsRef) {
	if ref == noTerms {
		return
	}
	if t.all[ref].hosts--; t.all[ref].hosts == 0 {
		t.all[ref] = grantTerms{}
		t.free = append(t.free, ref)
	}
}

// item returns what the terms permit of a rollout, nil if nothing.
func (g *grantTerms) item(r rolloutIndex) *termsItem {
	for i := range g.items {
		if g.items[i].rollout == r {
			return &g.items[i]
		}
	}
	return nil
}

// names reports whether op is the name of this operation.
func (o opRef) names(op Op, region RegionID) bool {
	if o == 0 {
		return op == ""
	}
	var buffer [96]byte
	b := append(append(buffer[:0], region...), '/')
	b = strconv.AppendUint(b, uint64(o)/opRows, 10)
	b = strconv.AppendUint(append(b, '-'), uint64(o)%opRows, 10)
	return string(b) == string(op)
}
