package applicability

import (
	"slices"

	"github.com/fettle-dev/fettle"
)

// Change is one criterion that would have to come out differently for an
// answer to flip.
type Change struct {
	Criterion string       `json:"criterion"`
	From      fettle.Truth `json:"from"`
	To        fettle.Truth `json:"to"`
	Seen      []Seen       `json:"seen,omitempty"`
	// Do is the change in words where it is a plain one: "openssl[amd64]
	// 3.0.11-1~deb12u1 to 3.0.11-1~deb12u2".
	Do []string `json:"do,omitempty"`
}

// smallest returns a smallest set of criteria whose truths have to change for p
// to come out as want, counting each place where a criterion stands once; ok is
// false where nothing can make it so. With learn only what is unknown may
// change: the facts that would have to be found out.
func (p *Proof) smallest(want fettle.Truth, learn bool) (changes []Change, ok bool) {
	if p.Truth == want {
		return nil, true
	}
	switch c := p.footprint.criterion.(type) {
	case All:
		return p.ofMembers(want, len(p.Of), learn)
	case Any:
		return p.ofMembers(want, 1, learn)
	case AtLeast:
		return p.ofMembers(want, c.N, learn)
	case Not:
		return p.Of[0].smallest(want.Not(), learn)
	case PatchInstalled:
		if len(p.Of) == 1 {
			return p.Of[0].smallest(want, learn)
		}
		return nil, false
	case nil, Always, Opaque:
		return nil, false
	}
	if learn && p.Truth != fettle.Unknown {
		return nil, false
	}
	change := Change{Criterion: p.Criterion, From: p.Truth, To: want, Seen: p.Seen}
	return []Change{change}, true
}

// ofMembers is smallest for "n of the members hold": to hold, the n cheapest
// have to; not to hold, all but n-1 have to fail, again the cheapest.
func (p *Proof) ofMembers(want fettle.Truth, n int, learn bool) ([]Change, bool) {
	if want == fettle.No {
		n = len(p.Of) - n + 1
	}
	var ways [][]Change
	for i := range p.Of {
		if way, ok := p.Of[i].smallest(want, learn); ok {
			ways = append(ways, way)
		}
	}
	if len(ways) < n {
		return nil, false
	}
	slices.SortStableFunc(ways, func(a, b []Change) int { return len(a) - len(b) })
	var all []Change
	for _, way := range ways[:max(n, 0)] {
		all = append(all, way...)
	}
	return all, true
}
