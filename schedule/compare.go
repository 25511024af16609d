package schedule

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// Comparison is what changes for a fleet from one set of layers to another.
type Comparison struct {
	Hosts   int           `json:"hosts"`
	Changed int           `json:"changed"` // hosts for which a field or the forecast differs
	Fields  []FieldChange `json:"fields"`  // by path; not of hosts whose layers one of the sides refuses
	// What becomes of the question: hosts that can start sooner, later, at the
	// same time; that can no longer, or only now, or neither before nor after.
	Sooner  int         `json:"sooner"`
	Later   int         `json:"later"`
	Same    int         `json:"same"`
	Lost    int         `json:"lost"`
	Gained  int         `json:"gained"`
	Neither int         `json:"neither"`
	Moved   []MovedHost `json:"moved"` // hosts of the first five kinds but Same, in the order of the fleet
}

// FieldChange is one field whose value differs, and for how many hosts.
type FieldChange struct {
	Field string `json:"field"`
	Old   string `json:"old"` // JSON; empty: nobody speaks of it
	New   string `json:"new"`
	Hosts int    `json:"hosts"`
}

// MovedHost is a host for which the answer differs.
type MovedHost struct {
	Host   fettle.HostID `json:"host"`
	Site   string        `json:"site,omitempty"`
	Change string        `json:"change"` // sooner, later, lost or gained
	Old    time.Time     `json:"old,omitzero"`
	New    time.Time     `json:"new,omitzero"`
	Code   string        `json:"code,omitempty"`   // why it is lost
	Detail string        `json:"detail,omitempty"` // in words, if there is more to say
}

// Compare answers "what if": the same question for the same fleet under two
// sets of layers, and the fields that differ. Opt.Listed bounds Moved.
func Compare(before, after []*Layer, hosts iter.Seq[Host], zones Zones, q Question, opt *ForecastOptions) (Comparison, error) {
	fa, err := newForecaster(before, zones, q, opt)
	if err != nil {
		return Comparison{}, err
	}
	fb, err := newForecaster(after, zones, q, opt)
	if err != nil {
		return Comparison{}, err
	}
	type pair struct{ a, b *prospect }
	changes := map[pair][]FieldChange{}
	total := map[FieldChange]int{}
	var c Comparison
	for h := range hosts {
		p := pair{fa.prospect(&h), fb.prospect(&h)}
		list, known := changes[p]
		if !known {
			list = fieldChanges(p.a.policy, p.b.policy)
			changes[p] = list
		}
		for _, fc := range list {
			total[fc]++
		}
		c.Hosts++
		change := c.count(p.a, p.b)
		if len(list) > 0 || change != "" || (p.a.policy == nil) != (p.b.policy == nil) {
			c.Changed++
		}
		if change != "" && len(c.Moved) < fa.listed {
			c.Moved = append(c.Moved, MovedHost{h.ID, h.Site, change, p.a.start, p.b.start, p.b.code, p.b.detail})
		}
	}
	for fc, n := range total {
		fc.Hosts = n
		c.Fields = append(c.Fields, fc)
	}
	slices.SortFunc(c.Fields, func(a, b FieldChange) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Old, b.Old), strings.Compare(a.New, b.New))
	})
	return c, nil
}

// count notes what becomes of one host, and returns the word for it; empty
// where nothing does.
func (c *Comparison) count(a, b *prospect) string {
	switch {
	case a.code != "" && b.code != "":
		c.Neither++
		return ""
	case a.code != "":
		c.Gained++
		return "gained"
	case b.code != "":
		c.Lost++
		return "lost"
	case b.start.Before(a.start):
		c.Sooner++
		return "sooner"
	case b.start.After(a.start):
		c.Later++
		return "later"
	default:
		c.Same++
		return ""
	}
}

// fieldChanges lists the fields of two policies that differ. Where one is nil,
// every field would: it lists none.
func fieldChanges(a, b *Policy) []FieldChange {
	if a == nil || b == nil {
		return nil
	}
	values := map[string][2]string{}
	for side, p := range [...]*Policy{a, b} {
		for _, e := range p.merged.entries() {
			v := values[e.path]
			v[side] = e.text()
			values[e.path] = v
		}
	}
	var out []FieldChange
	for path, v := range values {
		if v[0] != v[1] {
			out = append(out, FieldChange{Field: path, Old: v[0], New: v[1]})
		}
	}
	return out
}
