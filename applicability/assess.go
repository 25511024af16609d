package applicability

import (
	"math/bits"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// Assessment is what a catalogue says about one host.
type Assessment struct {
	// Findings are the answers about every patch whose verdict is not
	// NotApplicable, in the order of the catalogue.
	Findings []Finding
	// Counts are the patches by verdict, NotApplicable among them.
	Counts [Verdicts]int
	// Exposed are the patches by Finding.Exposed; those that are not applicable
	// count as No.
	Exposed [3]int

	marks    []program.Mark
	resolver resolver
}

// Assess judges every patch on one host at the instant now, against which the
// limits of Options are held. It is deterministic: equal catalogues, records and
// instants give equal assessments.
func (c *Catalog) Assess(r *inventory.Record, now time.Time) *Assessment {
	return c.AssessFacts(c.Intern(r, nil), now, nil)
}

// AssessFacts is Assess from facts that this catalogue, or the one that it is a
// view of, interned. reuse may be nil, or an assessment that nobody uses any
// more, whose memory is then used again; in the steady state nothing is
// allocated. Facts of another catalogue give an assessment in which every patch
// is Unknown.
func (c *Catalog) AssessFacts(f *Facts, now time.Time, reuse *Assessment) *Assessment {
	a := reuse
	if a == nil {
		a = &Assessment{Findings: make([]Finding, 0, c.Len()/8+8)}
	}
	n := c.Len()
	a.Findings = a.Findings[:0]
	a.Counts, a.Exposed = [Verdicts]int{}, [3]int{}
	a.marks = slices.Grow(a.marks[:0], n+markPad)[:n]
	stale := c.stale(f, now)
	if f.catalog != c.compiled {
		for i := range a.marks {
			a.add(Finding{Patch: int32(i), By: nobody, Code: CodeFactsMissing})
		}
		return a
	}
	c.program.Run(&f.Facts, a.marks)
	a.resolver.start(c, f, a.marks)
	c.emit(f, a, stale)
	a.Counts[NotApplicable] += n - a.total()
	a.Exposed[fettle.No] += n - a.Exposed[0] - a.Exposed[1] - a.Exposed[2]
	return a
}

func (a *Assessment) total() (n int) {
	for _, count := range a.Counts {
		n += count
	}
	return n
}

// add files a finding; of those that are not applicable only the count stays.
func (a *Assessment) add(f Finding) {
	a.Counts[f.Verdict]++
	a.Exposed[f.Exposed]++
	if f.Verdict != NotApplicable {
		a.Findings = append(a.Findings, f)
	}
}

// stale returns the code of the age limit that was passed, CodeNone if none
// was.
func (c *Catalog) stale(f *Facts, now time.Time) Code {
	switch {
	case c.options.MaxAge > 0 && now.Sub(c.options.Published) > c.options.MaxAge:
		return CodeStaleCatalog
	case c.options.MaxSnapshotAge > 0 && now.Sub(f.record.Snapshot.Taken) > c.options.MaxSnapshotAge:
		return CodeStaleSnapshot
	default:
		return CodeNone
	}
}

// markPad lets the marks be read eight at a time.
const markPad = 8

// templates are the findings of plain patches by mark; of those that need no
// restart and of the others.
type templates [2][program.Marks]Finding

func (c *Catalog) templates(f *Facts, stale Code) (t templates) {
	inForce := fettle.Unknown
	if f.RestartsKnown {
		inForce = fettle.Yes
	}
	for m := range program.Marks {
		t[0][m] = staled(ownFinding(m.Simple(inForce)), stale)
		t[1][m] = staled(ownFinding(m.Simple(fettle.Yes)), stale)
	}
	return t
}

// emit turns marks into findings. Most patches have no mark, most others are
// plain and relate to no other: those are copied from a template and counted by
// mark. Of a stale answer nothing can be left out.
func (c *Catalog) emit(f *Facts, a *Assessment, stale Code) {
	plain := c.templates(f, stale)
	var counts [2][program.Marks]int
	n := len(a.marks)
	padded := a.marks[:n+markPad]
	clear(padded[n:])
	for i := 0; i < n; i++ {
		if stale == CodeNone {
			word := eight(padded[i:])
			for word == 0 && i+8 < n {
				i += 8
				word = eight(padded[i:])
			}
			if i += bits.TrailingZeros64(word) / 8; i >= n {
				break
			}
		}
		kind, mark := c.plain[i], padded[i]
		if kind == notPlain || mark&program.General != 0 {
			a.add(c.marked(staled(a.resolver.finding(int32(i)), stale)))
			continue
		}
		counts[kind&1][mark&(program.Marks-1)]++
		template := &plain[kind&1][mark&(program.Marks-1)]
		if template.Verdict == NotApplicable {
			continue
		}
		finding := *template
		finding.Patch = int32(i)
		if c.allowed != nil && !c.allowed[i] {
			finding.Flags |= Unapproved
		}
		a.Findings = append(a.Findings, finding)
	}
	for kind := range counts {
		for mark, count := range counts[kind] {
			a.Counts[plain[kind][mark].Verdict] += count
			a.Exposed[plain[kind][mark].Exposed] += count
		}
	}
}

// marked notes that a patch is not allowed in this view.
func (c *Catalog) marked(f Finding) Finding {
	if c.allowed != nil && !c.allowed[f.Patch] {
		f.Flags |= Unapproved
	}
	return f
}

// eight reads eight marks at once.
func eight(m []program.Mark) uint64 {
	_ = m[7]
	return uint64(m[0]) | uint64(m[1])<<8 | uint64(m[2])<<16 | uint64(m[3])<<24 |
		uint64(m[4])<<32 | uint64(m[5])<<40 | uint64(m[6])<<48 | uint64(m[7])<<56
}

// staled takes back what an answer from old data cannot promise: that all is
// well. What is needed stays so.
func staled(f Finding, stale Code) Finding {
	if stale == CodeNone {
		return f
	}
	f.Flags |= StaleData
	if f.Verdict == Installed || f.Verdict == NotApplicable {
		f.Verdict, f.Exposed, f.Code = VerdictUnknown, fettle.Unknown, stale
	}
	return f
}
