package osv

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/applicability"
)

var (
	errNoOrder   = errors.New("osv: no known version order")
	errEvent     = errors.New("osv: an event of an unknown kind")
	errRangeType = errors.New("osv: unknown type of range")
)

// lowest is before every version, unlimited after (OSV schema, section
// affected[].ranges[].events).
const (
	lowest    = "0"
	unlimited = "*"
)

// intervalsOf returns the versions that a range's events enclose, lowest first.
// It is the schema's evaluation algorithm turned round: instead of asking for
// one version it follows the sorted events and notes where "affected" begins
// and ends. Events at one version keep the order in which they stand.
func intervalsOf(scheme applicability.Scheme, events []Event) ([]applicability.Interval, error) {
	if scheme == applicability.SchemeUnknown {
		return nil, errNoOrder
	}
	for _, e := range events {
		if e.Kind == Unrecognised {
			return nil, errEvent
		}
		if e.Version == lowest || e.Kind == Limit && e.Version == unlimited {
			continue
		}
		if err := scheme.Check(e.Version); err != nil {
			return nil, err
		}
	}
	order := func(a, b string) int { return compare(scheme, a, b) }
	sorted := events
	if !slices.IsSortedFunc(events, func(a, b Event) int { return order(a.Version, b.Version) }) {
		sorted = slices.Clone(events)
		slices.SortStableFunc(sorted, func(a, b Event) int { return order(a.Version, b.Version) })
	}
	var (
		all      []applicability.Interval
		current  applicability.Interval
		affected bool
		limit    string
		limited  bool
	)
	end := func(high string, included bool) {
		if affected && (included || current.Low == "" && high != lowest || current.Low != "" && order(current.Low, high) < 0) {
			current.High, current.HighIncluded = high, included
			all = append(all, current)
		}
		affected = false
	}
	for _, e := range sorted {
		switch e.Kind {
		case Introduced:
			if !affected {
				affected, current = true, applicability.Interval{Low: e.Version}
				if e.Version == lowest {
					current.Low = ""
				}
			}
		case Fixed:
			end(e.Version, false)
			if n := len(all) - 1; n >= 0 && all[n].HighIncluded && order(all[n].High, e.Version) == 0 {
				affected, current, all = true, all[n], all[:n] // last affected here, and fixed here
				end(e.Version, false)
			}
		case LastAffected:
			end(e.Version, true)
		case Limit:
			limit, limited = e.Version, true // the last one is the highest
		case Unrecognised:
		}
	}
	if affected {
		all = append(all, current)
	}
	if limited && limit != unlimited {
		all = below(limit, all, order)
	}
	return all, nil
}

// compare orders valid versions, "0" before and "*" after all others.
func compare(scheme applicability.Scheme, a, b string) int {
	switch {
	case a == b:
		return 0
	case a == lowest || b == unlimited:
		return -1
	case b == lowest || a == unlimited:
		return 1
	}
	c, _ := scheme.Compare(a, b) // both were checked
	return c
}

// below cuts intervals off at limit, which is in none of them.
func below(limit string, all []applicability.Interval, order func(a, b string) int) []applicability.Interval {
	var kept []applicability.Interval
	for _, i := range all {
		if i.Low != "" && order(i.Low, limit) >= 0 || i.Low == "" && limit == lowest {
			continue
		}
		if i.High == "" || order(i.High, limit) >= 0 {
			i.High, i.HighIncluded = limit, false
		}
		kept = append(kept, i)
	}
	return kept
}

// contains reports whether a valid version lies in one of the intervals.
func contains(scheme applicability.Scheme, all []applicability.Interval, version string) bool {
	for _, i := range all {
		low, high := -1, -1
		if i.Low != "" {
			low = compare(scheme, i.Low, version)
		}
		if i.High != "" {
			high = compare(scheme, version, i.High)
		}
		if low <= 0 && (high < 0 || high == 0 && i.HighIncluded) {
			return true
		}
	}
	return false
}

// affectedVersions is what one entry of affected says about its package.
type affectedVersions struct {
	ordered   []applicability.Interval // in the package's own order
	semver    []applicability.Interval // in that of Semantic Versioning, where the package's own is another or none
	listed    []string                 // by their spelling, where that order has no room for them
	undecided []Range                  // what cannot be decided, and why
	because   []error
	stated    bool // there was something to go by at all
}

// versionsOf reads ranges and listed versions of an entry. A version that is
// listed and lies in a range anyway is left out.
func versionsOf(scheme applicability.Scheme, a *Affected, note func(string)) affectedVersions {
	var v affectedVersions
	for _, r := range a.Ranges {
		s := scheme
		switch r.Type {
		case "GIT":
			note("GIT range")
			continue
		case "SEMVER":
			s = applicability.SchemeSemver
		case "ECOSYSTEM":
		default:
			v.stated = true
			v.undecided = append(v.undecided, r)
			v.because = append(v.because, fmt.Errorf("%w %.40q", errRangeType, r.Type))
			continue
		}
		v.stated = true
		intervals, err := intervalsOf(s, r.Events)
		switch {
		case err == nil && s == scheme:
			v.ordered = append(v.ordered, intervals...)
		case err == nil:
			v.semver = append(v.semver, intervals...)
		case errors.Is(err, errNoOrder) && len(a.Versions) > 0:
			// The schema asks for the versions one by one in such a case.
		default:
			v.undecided = append(v.undecided, r)
			v.because = append(v.because, err)
		}
	}
	for _, version := range a.Versions {
		v.stated = true
		switch {
		case len(v.semver) > 0 && applicability.SchemeSemver.Check(version) == nil && contains(applicability.SchemeSemver, v.semver, version):
		case scheme == applicability.SchemeUnknown || scheme.Check(version) != nil:
			v.listed = append(v.listed, version)
		case !contains(scheme, v.ordered, version):
			v.ordered = append(v.ordered, applicability.Interval{Low: version, High: version, HighIncluded: true})
		}
	}
	return v
}

// add joins what another entry says about the same package.
func (v *affectedVersions) add(other affectedVersions) {
	v.ordered = append(slices.Clip(v.ordered), other.ordered...)
	v.semver = append(slices.Clip(v.semver), other.semver...)
	v.listed = append(slices.Clip(v.listed), other.listed...)
	v.undecided = append(slices.Clip(v.undecided), other.undecided...)
}

// union returns the same versions in intervals that do not overlap, lowest
// first.
func union(scheme applicability.Scheme, all []applicability.Interval) []applicability.Interval {
	if len(all) < 2 {
		return all
	}
	low := func(i applicability.Interval) string { return cmp.Or(i.Low, lowest) }
	high := func(i applicability.Interval) string { return cmp.Or(i.High, unlimited) }
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b applicability.Interval) int {
		return cmp.Or(compare(scheme, low(a), low(b)), compare(scheme, high(a), high(b)))
	})
	joined := all[:1]
	for _, next := range all[1:] {
		last := &joined[len(joined)-1]
		if compare(scheme, low(next), high(*last)) > 0 {
			joined = append(joined, next)
			continue
		}
		switch c := compare(scheme, high(next), high(*last)); {
		case c > 0:
			last.High, last.HighIncluded = next.High, next.HighIncluded
		case c == 0:
			last.HighIncluded = last.HighIncluded || next.HighIncluded
		}
	}
	return joined
}
