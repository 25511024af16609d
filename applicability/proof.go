package applicability

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle"
)

// Proof is one criterion of a footprint with its truth on a host and why.
type Proof struct {
	Criterion string       `json:"criterion"` // in the text form; what is wanted
	Truth     fettle.Truth `json:"truth"`
	Seen      []Seen       `json:"seen,omitempty"` // of a criterion that reads facts: what it read
	Of        []Proof      `json:"of,omitempty"`   // of one that joins others: their proofs

	footprint Footprint
	use       use
}

// Seen is one fact that a criterion read.
type Seen struct {
	Value string       `json:"value"`          // or why there is none
	From  string       `json:"from,omitempty"` // which part of the snapshot it is in
	Truth fettle.Truth `json:"truth"`          // what the criterion says of it
}

// note returns the function that files what is seen under p; nil for no proof.
func (p *Proof) note() note {
	if p == nil {
		return nil
	}
	return func(seen, from string, truth fettle.Truth) {
		p.Seen = append(p.Seen, Seen{Value: seen, From: from, Truth: truth})
	}
}

// prove evaluates f with its proof.
func (h *host) prove(f Footprint, u use) *Proof {
	h.steps = 0
	p := &Proof{footprint: f, use: u}
	h.evaluate(f, u, p)
	p.describe()
	return p
}

// describe writes each criterion in words; of those that join others only the
// word that joins, because the members follow.
func (p *Proof) describe() {
	switch c := p.footprint.criterion.(type) {
	case All:
		p.Criterion = "all of"
	case Any:
		p.Criterion = "any of"
	case AtLeast:
		p.Criterion = fmt.Sprintf("at least %d of", c.N)
	case Not:
		p.Criterion = "not"
	default:
		p.Criterion = p.footprint.String()
	}
	for i := range p.Of {
		p.Of[i].describe()
	}
}

// unknowns appends the criteria below p that are unknown and read facts.
func (p *Proof) unknowns(out []*Proof) []*Proof {
	if p == nil || p.Truth != fettle.Unknown {
		return out
	}
	if len(p.Of) == 0 {
		return append(out, p)
	}
	for i := range p.Of {
		out = p.Of[i].unknowns(out)
	}
	return out
}

// String renders the tree, one criterion or fact a line. Of long lists the members
// that decide nothing are only counted; Of has them all.
func (p *Proof) String() string {
	var w strings.Builder
	p.write(&w, "")
	return w.String()
}

func (p *Proof) write(w *strings.Builder, indent string) {
	fmt.Fprintf(w, "%s%-8s%s\n", indent, p.Truth, p.Criterion)
	for _, s := range p.Seen {
		fmt.Fprintf(w, "%s        saw %s", indent, s.Value)
		if s.From != "" {
			fmt.Fprintf(w, " (%s)", s.From)
		}
		w.WriteByte('\n')
	}
	left := 0
	for i := range p.Of {
		if len(p.Of) > longList && !p.decisive(&p.Of[i]) {
			left++
			continue
		}
		p.Of[i].write(w, indent+"  ")
	}
	if left > 0 {
		fmt.Fprintf(w, "%s  and %d more that decide nothing here\n", indent, left)
	}
}

// longList is how many members are written in any case; of more, people read
// those that decide.
const longList = 6

// decisive reports whether a member of a list tells more than that something is
// absent as it should be: it has the truth of the list or, where all members
// have, it saw something.
func (p *Proof) decisive(member *Proof) bool {
	_, all := p.footprint.criterion.(All)
	_, some := p.footprint.criterion.(Any)
	unanimous := all && p.Truth == fettle.Yes || some && p.Truth == fettle.No
	switch {
	case !all && !some:
		return true
	case unanimous:
		return member.sawSomething()
	default:
		return member.Truth == p.Truth
	}
}

func (p *Proof) sawSomething() bool {
	for _, s := range p.Seen {
		if s.Value != absence(fettle.No) {
			return true
		}
	}
	for i := range p.Of {
		if p.Of[i].footprint.criterion != nil && !isOS(p.Of[i].footprint) && p.Of[i].sawSomething() {
			return true
		}
	}
	return false
}

// isOS reports whether f asks for the operating system, which every host has.
func isOS(f Footprint) bool {
	_, ok := f.criterion.(OS)
	return ok
}
