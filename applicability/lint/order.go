package lint

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/applicability"
)

// order compares the values of one detail.
type order struct {
	scheme applicability.Scheme
	kind   orderKind
}

type orderKind uint8

const (
	byScheme orderKind = iota
	bySize
	byInstant
)

//nolint:gochecknoglobals // constants of a struct type
var (
	orderSize    = order{kind: bySize}
	orderInstant = order{kind: byInstant}
)

// compare orders two values, or says why they have no order.
func (o order) compare(a, b string) (int, error) {
	switch o.kind {
	case bySize:
		x, errX := strconv.ParseInt(a, 10, 64)
		y, errY := strconv.ParseInt(b, 10, 64)
		return cmp.Compare(x, y), errors.Join(errX, errY)
	case byInstant:
		x, errX := time.Parse(time.RFC3339, a)
		y, errY := time.Parse(time.RFC3339, b)
		return x.Compare(y), errors.Join(errX, errY)
	default:
		return o.scheme.Compare(a, b)
	}
}

// point is a place on the line of a detail's values: at a bound, or in the gap
// between two neighbours, of which an empty one is the end of the line.
type point struct {
	at      string
	gap     bool
	lo, hi  string // of a gap
	spelled bool   // at, in another spelling
}

// in reports whether the values at p lie in one of the intervals.
func (p point) in(o order, ranges []applicability.Interval) bool {
	return slices.ContainsFunc(ranges, func(v applicability.Interval) bool {
		return (v.Low == "" || p.above(o, v.Low, !v.LowExcluded)) && (v.High == "" || p.below(o, v.High, v.HighIncluded))
	})
}

func (p point) above(o order, bound string, included bool) bool {
	if p.gap {
		if p.lo == "" {
			return false
		}
		c, err := o.compare(p.lo, bound)
		return err == nil && c >= 0
	}
	c, err := o.compare(p.at, bound)
	return err == nil && (c > 0 || c == 0 && included)
}

func (p point) below(o order, bound string, included bool) bool {
	if p.gap {
		if p.hi == "" {
			return false
		}
		c, err := o.compare(p.hi, bound)
		return err == nil && c <= 0
	}
	c, err := o.compare(p.at, bound)
	return err == nil && (c < 0 || c == 0 && included)
}

// value returns a value at p; ok is false where none was found, though there
// may be one.
func (p point) value(o order) (v string, ok bool) {
	if !p.gap {
		return p.at, !p.spelled
	}
	for _, try := range o.tries(p.lo, p.hi) {
		if (p.lo == "" || o.less(p.lo, try)) && (p.hi == "" || o.less(try, p.hi)) {
			if _, err := o.compare(try, try); err == nil {
				return try, true
			}
		}
	}
	return "", false
}

func (o order) less(a, b string) bool {
	c, err := o.compare(a, b)
	return err == nil && c < 0
}

// tries are values that may lie between lo and hi, the plainest first.
func (o order) tries(lo, hi string) []string {
	if o.kind == byInstant {
		var list []string
		if t, err := time.Parse(time.RFC3339, lo); err == nil {
			list = append(list, t.Add(time.Second).Format(time.RFC3339))
		}
		if t, err := time.Parse(time.RFC3339, hi); err == nil {
			list = append(list, t.Add(-time.Second).Format(time.RFC3339))
		}
		return list
	}
	var list []string
	if hi != "" {
		list = append(list, step(hi, -1))
	}
	if lo != "" {
		list = append(list, step(lo, 1))
		for _, suffix := range []string{".1", "+1", "-1", "a", ".0.1", "_p1", ".post1", "+a", "^1", "-0", "-r1", "~a", "0"} {
			list = append(list, lo+suffix)
		}
	}
	if hi != "" {
		for _, suffix := range []string{"~", "~~", "_alpha", ".dev0", "-0", "a0", "-alpha"} {
			list = append(list, hi+suffix)
		}
		if cut := strings.TrimRight(hi, "0123456789"); cut != hi {
			list = append(list, strings.TrimRight(cut, ".-+~"))
		}
	}
	return append(list, "0", "0.0.1", "1", "0~", "0~~", "0.0.0-0", "0.dev0", "0_alpha", "")
}

// step changes the last number of a version that can be changed by d.
func step(v string, d int) string {
	for end := len(v); end > 0; {
		from := end
		for from > 0 && v[from-1] >= '0' && v[from-1] <= '9' {
			from--
		}
		if from < end {
			if n, err := strconv.Atoi(v[from:end]); err == nil && n+d >= 0 {
				return v[:from] + strconv.Itoa(n+d) + v[end:]
			}
		}
		end = from - 1
	}
	return v
}
