package applicability

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle/inventory"
)

// Check returns the first thing that makes f unusable, nil where there is
// none: it is not stated, too deep or too wide (ErrNotStated, ErrTooDeep,
// ErrTooWide), or a criterion asks for something impossible (ErrCriterion, or
// ErrVersion for an invalid version). The error names the place:
// all[1].package.range. An Opaque criterion is usable: it is Unknown.
func (f Footprint) Check() error {
	if f.IsZero() {
		return ErrNotStated
	}
	place, err := f.fault()
	if place != "" {
		return fmt.Errorf("%s: %w", place, err)
	}
	return err
}

// fault returns the first fault and its place; a bound that was passed is of
// the whole.
func (f Footprint) fault() (string, error) {
	budget := MaxCriteria
	place, err := checkFootprint(f, 1, &budget)
	if err == nil || errors.Is(err, ErrTooDeep) || errors.Is(err, ErrTooWide) {
		place = ""
	}
	return place, err
}

// checkFootprint returns the place of the first fault with the fault.
func checkFootprint(f Footprint, depth int, budget *int) (string, error) {
	if depth > MaxDepth {
		return "", ErrTooDeep
	}
	if *budget--; *budget < 0 {
		return "", ErrTooWide
	}
	switch c := f.criterion.(type) {
	case nil:
		return "", ErrNotStated
	case All:
		return checkList(kindAll, c.Of, depth, budget)
	case Any:
		return checkList(kindAny, c.Of, depth, budget)
	case AtLeast:
		if c.N < 1 || c.N > len(c.Of) {
			return kindAtLeast + ".n", impossible("%d: want 1 to %d, the count of members", c.N, len(c.Of))
		}
		return checkList(kindAtLeast, c.Of, depth, budget)
	case Not:
		place, err := checkFootprint(c.Of, depth+1, budget)
		return join(kindNot, place), err
	default:
		place, err := checkLeaf(c)
		return join(kindOf(c), place), err
	}
}

func checkList(kind string, of []Footprint, depth int, budget *int) (string, error) {
	for i, f := range of {
		if place, err := checkFootprint(f, depth+1, budget); err != nil {
			return join(kind+"["+strconv.Itoa(i)+"]", place), err
		}
	}
	return "", nil
}

func join(outer, inner string) string {
	if inner == "" {
		return outer
	}
	return outer + "." + inner
}

func impossible(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCriterion}, args...)...)
}

func checkLeaf(c Criterion) (string, error) {
	switch c := c.(type) {
	case Package:
		return checkPackage(c)
	case OS:
		return checkOS(c)
	case Kernel:
		return checkRange("range", c.Range, kernelScheme)
	case Fact:
		return checkValue(c.Name, c.Is, c.Range)
	case Host:
		if c.Attribute != HostID && c.Attribute != HostName && c.Attribute != HostSite {
			return "attribute", impossible("%q: want id, name or site", string(c.Attribute))
		}
		return need("is", c.Is)
	case Label:
		return need("name", c.Name)
	case Service:
		return need("name", c.Name)
	case PatchInstalled:
		return need("patch", string(c.Patch))
	case File:
		return checkFile(c)
	case Registry:
		return checkRegistry(c)
	case Product:
		if place, err := need("code", c.Code); err != nil {
			return place, err
		}
		return checkRange("range", c.Range, SchemePE)
	case ProductPatch:
		return need("code", c.Code)
	case Hotfix:
		return need("id", c.ID)
	case Opaque:
		if !json.Valid([]byte(c.JSON)) {
			return "", impossible("opaque %q: its JSON is not valid", c.Kind)
		}
	}
	return "", nil
}

func need(field, value string) (string, error) {
	if value == "" {
		return field, impossible("it is empty")
	}
	return "", nil
}

func checkPackage(c Package) (string, error) {
	switch {
	case !isPackageType(c.Type):
		return "type", impossible("%q: want a package URL type: lower-case letters, digits, + and -", c.Type)
	case c.Name == "":
		return need("name", c.Name)
	case c.Which > Newest:
		return "which", impossible("%s", c.Which)
	}
	return checkRange("range", c.Range, SchemeFor(c.Type))
}

func checkOS(c OS) (string, error) {
	switch {
	case !c.Attribute.known():
		return "attribute", impossible("%q: want one of %v", string(c.Attribute), osAttributes())
	case (c.Is == "") == c.Range.IsZero():
		return "is", impossible("want exactly one of is and range")
	case !c.Range.IsZero() && !c.Attribute.ranged():
		return "range", impossible("os.%s is no version", c.Attribute)
	}
	return checkRange("range", c.Range, SchemeDotted)
}

// checkValue checks a named value that is compared with Is or lies in Range.
func checkValue(name, is string, r Range) (string, error) {
	switch {
	case name == "":
		return need("name", name)
	case is != "" && !r.IsZero():
		return "is", impossible("want at most one of is and range")
	}
	return checkRange("range", r, SchemeUnknown)
}

func checkFile(c File) (string, error) {
	if err := inventory.CheckPath(c.Path.Path); err != nil {
		return "path", impossible("%w", err)
	}
	if c.Path.Folder != "" && !c.Path.Key.IsZero() {
		return "path", impossible("want at most one of folder and key")
	}
	if !c.Path.Key.IsZero() {
		if place, err := checkPlace(c.Path.Key, false); err != nil {
			return join("path.key", place), err
		}
		if !c.Path.Key.namesValue() {
			return "path.key", impossible("want a value, which holds the folder")
		}
	}
	if c.Digest != "" {
		if err := c.Digest.Check(); err != nil {
			return "digest", impossible("%w", err)
		}
	}
	for _, b := range []string{c.Size.Low, c.Size.High} {
		if _, err := parseSize(b); err != nil {
			return "size", err
		}
	}
	for _, b := range []string{c.Changed.Low, c.Changed.High} {
		if _, err := parseInstant(b); err != nil {
			return "changed", err
		}
	}
	if place, err := checkRange("version", c.Version, SchemePE); err != nil {
		return place, err
	}
	return checkRange("product", c.Product, SchemePE)
}

func checkRegistry(c Registry) (string, error) {
	if place, err := checkPlace(c.Place, true); err != nil {
		return join("place", place), err
	}
	asks := c.Type != inventory.RegNone || c.Is != "" || !c.Range.IsZero()
	switch {
	case asks && !c.Place.namesValue():
		return "place", impossible("want a value for the conditions to speak of")
	case c.Is != "" && !c.Range.IsZero():
		return "is", impossible("want at most one of is and range")
	}
	return checkRange("range", c.Range, SchemeUnknown)
}

func checkPlace(p RegistryPlace, pattern bool) (string, error) {
	clean, err := inventory.CleanKey(p.Key)
	switch {
	case err != nil:
		return "key", impossible("%w", err)
	case clean != p.Key:
		return "key", impossible("%q: want it written %q", p.Key, clean)
	case !pattern && inventory.IsPattern(p.Key):
		return "key", impossible("%q: want one key, not a pattern", p.Key)
	case p.View > inventory.View32:
		return "view", impossible("%d", p.View)
	case p.Value != "" && p.Default:
		return "default", impossible("want at most one of value and default")
	}
	return "", nil
}

// checkRange checks r under its scheme, or under fallback where it states none.
func checkRange(field string, r Range, fallback Scheme) (string, error) {
	scheme := r.Scheme
	if scheme == SchemeUnknown {
		scheme = fallback
	}
	if len(r.Intervals) > MaxCriteria {
		return field, ErrTooWide
	}
	if scheme == SchemeUnknown && len(r.Intervals) > 0 {
		return field + ".scheme", impossible("want the version order stated")
	}
	for i, v := range r.Intervals {
		if err := checkInterval(v, scheme); err != nil {
			return field + ".intervals[" + strconv.Itoa(i) + "]", err
		}
	}
	return "", nil
}

func checkInterval(v Interval, scheme Scheme) error {
	if v.Low == "" && v.LowExcluded || v.High == "" && v.HighIncluded {
		return impossible("an open end is neither included nor excluded")
	}
	for _, bound := range []string{v.Low, v.High} {
		if bound == "" {
			continue
		}
		if err := scheme.Check(bound); err != nil {
			return err
		}
	}
	return nil
}

// parseSize reads a bound of File.Size; empty is open ended.
func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, impossible("%q: want a count of bytes in decimal", s)
	}
	return n, nil
}

// parseInstant reads a bound of File.Changed; empty is open ended.
func parseInstant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, impossible("%q: want an RFC 3339 instant", s)
	}
	return t, nil
}

// kernelScheme orders kernel releases: 6.1.0-18-amd64, 5.14.0-362.el9.x86_64.
// What comes after the first hyphen is compared as rpm compares releases.
const kernelScheme = SchemeRPM
