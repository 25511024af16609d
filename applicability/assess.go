package applicability

import (
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
	marked   program.Set // patches that have a mark
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
		a = &Assessment{}
	}
	n := c.Len()
	a.Findings = a.Findings[:0]
	a.Counts, a.Exposed = [Verdicts]int{}, [3]int{}
	stale := c.stale(f, now)
	if f.catalog != c.compiled {
		for i := range n {
			a.Findings = append(a.Findings, a.counted(Finding{Patch: int32(i), By: nobody, Code: CodeFactsMissing}))
		}
		return a
	}
	a.marks = slices.Grow(a.marks[:0], n)[:n]
	a.marked = a.marked.Empty(n)
	c.program.Run(&f.Facts, a.marks, a.marked)
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

// counted counts a finding, and returns it.
func (a *Assessment) counted(f Finding) Finding {
	a.Counts[f.Verdict]++
	a.Exposed[f.Exposed]++
	return f
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
// mark. Of those that are not applicable only the count stays. Of a stale answer
// nothing can be left out.
func (c *Catalog) emit(f *Facts, a *Assessment, stale Code) {
	plain := c.templates(f, stale)
	var counts [2][program.Marks]int
	if stale != CodeNone {
		a.marked.Fill(len(a.marks))
	}
	most := a.marked.Len()
	out, n := slices.Grow(a.Findings, most)[:most], 0
	for i := range a.marked.All {
		kind, mark := c.plain[i], a.marks[i]
		if kind == notPlain || mark&program.General != 0 {
			out[n] = a.counted(c.marked(staled(a.resolver.finding(i), stale)))
		} else {
			counts[kind&1][mark&(program.Marks-1)]++
			out[n] = plain[kind&1][mark&(program.Marks-1)]
			out[n].Patch = i
			if c.allowed != nil && !c.allowed[i] {
				out[n].Flags |= Unapproved
			}
		}
		if out[n].Verdict != NotApplicable {
			n++
		}
	}
	a.Findings = out[:n]
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
