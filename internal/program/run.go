package program

import (
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
	General                               // evaluate the nodes
	Marks      = General << 1             // how many values there are
)

// Run marks every patch that may concern the host of f. marks has one element a
// patch and is cleared first. It allocates nothing.
func (p *Program) Run(f *Facts, marks []Mark) {
	clear(marks)
	for i := 0; i < len(f.Instances); {
		key := f.Instances[i].Key
		end := int(f.Start[key+1])
		p.mark(f, key, f.Instances[i:end], marks)
		i = end
	}
	for _, key := range f.Unsure {
		p.markUnsure(f, key, marks)
	}
	for _, g := range p.Free {
		if p.Eval(f, g.Gate) == fettle.No {
			continue
		}
		for _, patch := range g.Patches {
			marks[patch] |= General
		}
	}
}

// mark follows the postings of one key that the host has.
func (p *Program) mark(f *Facts, key int32, instances []Instance, marks []Mark) {
	k := &p.Keys[key]
	for g := k.From; g < k.To; g++ {
		group := &p.Groups[g]
		switch p.Eval(f, group.Gate) {
		case fettle.No:
			continue
		case fettle.Unknown:
			p.markAll(group, General, marks)
			continue
		case fettle.Yes:
		}
		if group.Kind == KindGeneral {
			p.markAll(group, General, marks)
			continue
		}
		for i := range instances {
			in := &instances[i]
			if (group.Arch == None || group.Arch == in.Arch) && (group.Module == None || group.Module == in.Module) {
				p.markInstance(group, in, marks)
			}
		}
	}
}

// markInstance marks the patches of a group for one instance. What an instance
// that is no plain one means depends on each patch's footprint.
func (p *Program) markInstance(g *Group, in *Instance, marks []Mark) {
	if in.Rank == Invalid || in.Flags&(Image|Ahead|Adrift|Pending) != 0 {
		p.markAll(g, General, marks)
		return
	}
	var base, below Mark
	if g.Kind&KindPresent != 0 {
		base = Present
	}
	if in.Flags&Broken != 0 && g.Kind&KindVulnerable != 0 {
		base |= MarkBroken
	}
	below = base | Vulnerable
	if in.Flags&Held != 0 {
		below |= MarkHeld
	}
	patches := p.Posting.Patches[g.From:g.To]
	his := p.Posting.His[g.From:g.To]
	if g.Kind&KindVulnerable == 0 {
		for _, patch := range patches {
			marks[patch] |= base
		}
		return
	}
	if !g.Split {
		los := p.Posting.Los[g.From:g.To]
		for i, patch := range patches {
			if los[i] <= in.Rank && in.Rank < his[i] {
				marks[patch] |= below
			} else {
				marks[patch] |= base
			}
		}
		return
	}
	split := sort.Search(len(his), func(i int) bool { return in.Rank < his[i] })
	for _, patch := range patches[:split] {
		marks[patch] |= base
	}
	for _, patch := range patches[split:] {
		marks[patch] |= below
	}
}

// markUnsure marks what a key of which instances may be unseen leads to.
func (p *Program) markUnsure(f *Facts, key int32, marks []Mark) {
	k := &p.Keys[key]
	for g := k.From; g < k.To; g++ {
		if group := &p.Groups[g]; p.Eval(f, group.Gate) != fettle.No {
			p.markAll(group, General, marks)
		}
	}
}

func (p *Program) markAll(g *Group, m Mark, marks []Mark) {
	for _, patch := range p.Posting.Patches[g.From:g.To] {
		marks[patch] |= m
	}
}
