package program

import (
	"slices"
	"sort"

	"github.com/fettle-dev/fettle"
)

// Mark is what the postings say about one patch: enough to know its truths,
// unless it is General.
type Mark uint8

// The marks. Zero: no key led to the patch, so its Target does not hold.
const (
	Present    Mark           = 1 << iota // a package that Target asks for is there
	Vulnerable                            // an instance lies in a range that Installed excludes
	MarkHeld                              // and it is held
	MarkBroken                            // an instance that Installed reads is incomplete
	Open                                  // an instance lies in a range that nobody mends yet
	General                               // evaluate the nodes
	Marks      = General << 1             // how many values there are
)

// Stroke marks a run of postings: the patches of Posting.Patches[From:To], or of
// a list of its own where Free is not None.
type Stroke struct {
	From, To int32
	Free     int32 // index into Program.Free
	Mark     Mark
}

// Prepare works out, once for facts of which all else is set, the gates and
// which postings the packages lead to.
func (p *Program) Prepare(f *Facts) {
	f.Gates, f.Strokes = slices.Grow(f.Gates[:0], len(p.Gates)), slices.Grow(f.Strokes[:0], 2*len(f.Instances))
	for _, node := range p.Gates {
		f.Gates = append(f.Gates, p.Eval(f, node))
	}
	for i := 0; i < len(f.Instances); {
		key := f.Instances[i].Key
		end := int(f.Start[key+1])
		p.prepareKey(f, key, f.Instances[i:end])
		i = end
	}
	for _, key := range f.Unsure {
		for g := p.Keys[key].From; g < p.Keys[key].To; g++ {
			if group := &p.Groups[g]; f.Gates[group.Gate] != fettle.No {
				f.stroke(group.From, group.To, General)
			}
		}
	}
	for i := range p.Free {
		if f.Gates[p.Free[i].Gate] != fettle.No {
			f.Strokes = append(f.Strokes, Stroke{Free: int32(i), Mark: General})
		}
	}
}

func (f *Facts) stroke(from, to int32, m Mark) {
	if from < to && m != 0 {
		f.Strokes = append(f.Strokes, Stroke{From: from, To: to, Free: None, Mark: m})
	}
}

// prepareKey follows the postings of one key that the host has.
func (p *Program) prepareKey(f *Facts, key int32, instances []Instance) {
	k := &p.Keys[key]
	for g := k.From; g < k.To; g++ {
		group := &p.Groups[g]
		gate := f.Gates[group.Gate]
		switch {
		case gate == fettle.No:
			continue
		case gate == fettle.Unknown || group.Kind == KindGeneral:
			f.stroke(group.From, group.To, General)
			continue
		}
		for i := range instances {
			in := &instances[i]
			switch {
			case group.Arch != None && group.Arch != in.Arch:
			case group.Module == None || group.Module == in.Module:
				p.prepareInstance(f, group, in)
			case in.Module == Untold:
				f.stroke(group.From, group.To, General)
			}
		}
	}
}

// prepareInstance works out what one instance marks the patches of a group
// with. What an instance that is no plain one means depends on each patch's
// footprint.
func (p *Program) prepareInstance(f *Facts, g *Group, in *Instance) {
	if in.Rank == Invalid || in.Flags&(Image|Ahead|Adrift|Pending) != 0 {
		f.stroke(g.From, g.To, General)
		return
	}
	outside, inside := g.marks(in.Flags)
	his := p.Posting.His[g.From:g.To]
	if g.Split || outside == inside {
		split := g.From + int32(sort.Search(len(his), func(i int) bool { return in.Rank < his[i] }))
		f.stroke(g.From, split, outside)
		f.stroke(split, g.To, inside)
		return
	}
	los := p.Posting.Los[g.From:g.To]
	for i := range his {
		at := g.From + int32(i)
		if los[i] <= in.Rank && in.Rank < his[i] {
			f.stroke(at, at+1, inside)
		} else {
			f.stroke(at, at+1, outside)
		}
	}
}

// marks returns what an instance outside and inside of a posting's range marks.
func (g *Group) marks(flags Flags) (outside, inside Mark) {
	if g.Kind&KindPresent != 0 {
		outside = Present
	}
	if flags&Broken != 0 && g.Kind&KindVulnerable != 0 {
		outside |= MarkBroken
	}
	inside = outside
	if g.Kind&KindVulnerable != 0 {
		inside |= Vulnerable
		if flags&Held != 0 {
			inside |= MarkHeld
		}
	}
	if g.Kind&KindOpen != 0 {
		inside |= Open
	}
	return outside, inside
}

// Run marks every patch that may concern the host of f, which is prepared, and
// adds it to marked. marks has one element a patch and is cleared first; marked has
// to be empty. It allocates nothing.
func (p *Program) Run(f *Facts, marks []Mark, marked Set) {
	clear(marks)
	for i := range f.Strokes {
		s := &f.Strokes[i]
		patches := p.Posting.Patches[s.From:s.To]
		if s.Free != None {
			patches = p.Free[s.Free].Patches
		}
		for _, patch := range patches {
			marks[patch] |= s.Mark
			marked[patch>>6] |= 1 << (patch & 63)
		}
	}
}
