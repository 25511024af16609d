package applicability

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// Options returns what the catalogue was compiled with.
func (c *Catalog) Options() Options { return c.options }

// Scalar returns the criterion of scalar i of Program, for package fleet.
func (c *Catalog) Scalar(i int) Criterion { return c.scalars[i] }

// Adopt returns facts of this catalogue that package fleet put together, seen at
// the instant taken. They can be assessed; they have no record to explain
// anything with.
func (c *Catalog) Adopt(facts *program.Facts, taken time.Time) *Facts {
	return &Facts{Facts: *facts, catalog: c.compiled, record: &inventory.Record{Snapshot: inventory.Snapshot{Taken: taken}}}
}

// Instances returns the instances of a record's packages, in the order of the
// packages, for package fleet. Their Order is not set. reuse may be nil or facts
// that nobody uses any more; the instances are in its memory.
func (c *Catalog) Instances(r *inventory.Record, reuse *Facts) ([]program.Instance, *Facts) {
	f := c.find(r, reuse)
	return f.found, f
}

// Ordered reports whether the instances of a key have to be numbered by version
// (program.Instance.Order), for package fleet.
func (c *Catalog) Ordered(key int32) bool { return c.keyInfo[key].newest }

// VersionKey returns the byte key, in the order of in.Key, of the version that p,
// which became the instance in, has under that key. It is for package fleet.
func (c *Catalog) VersionKey(in *program.Instance, p *inventory.Package) []byte {
	info := &c.keyInfo[in.Key]
	criterion := Package{Type: info.typ, Name: info.name, Source: info.source}
	for _, version := range criterion.versionsOf(p) {
		if key, err := info.scheme.AppendKey(nil, version); err == nil {
			return key
		}
	}
	return nil
}

// AssessSome judges some patches, in ascending order, for package fleet. Their
// verdicts depend on no patch that is not among them, and the facts hold at
// least what these read. Age limits are not held against anything. The findings
// are written over the slice out, NotApplicable among them; reuse is an
// assessment whose memory is used.
func (c *Catalog) AssessSome(f *Facts, patches []int32, out []Finding, reuse *Assessment) []Finding {
	n := c.Len()
	reuse.marks = slices.Grow(reuse.marks[:0], n)[:n]
	for _, i := range patches {
		reuse.marks[i] = program.General
	}
	reuse.resolver.start(c, f, reuse.marks)
	out = out[:0]
	for _, i := range patches {
		out = append(out, reuse.resolver.finding(i))
	}
	return out
}
