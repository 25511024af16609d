package applicability

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// evidence gathers which of the differing observations a shift rests on.
type evidence struct {
	*comparer
	shift *Shift
	reads reading
}

// reading is the criteria that a shift's patches read, each once.
type reading map[string]Criterion

// read adds the criteria of a patch, following what they refer to.
func (e *evidence) read(c *Catalog, i int) {
	if i < 0 || i >= c.Len() || c.bad[i] {
		return
	}
	p := c.Patch(i)
	for _, f := range []Footprint{p.Target, p.Installed, p.Active, p.Unfixed} {
		e.reads.footprint(c, f)
	}
}

func (r reading) footprint(c *Catalog, f Footprint) {
	switch t := f.criterion.(type) {
	case nil, Always:
	case All:
		r.list(c, t.Of)
	case Any:
		r.list(c, t.Of)
	case AtLeast:
		r.list(c, t.Of)
	case Not:
		r.footprint(c, t.Of)
	case PatchInstalled:
		name := f.String()
		if i, ok := c.Find(t.Patch); ok && !c.bad[i] && r[name] == nil {
			r[name] = t
			r.footprint(c, c.Patch(i).Installed)
		}
	default:
		r[f.String()] = t
	}
}

func (r reading) list(c *Catalog, of []Footprint) {
	for _, f := range of {
		r.footprint(c, f)
	}
}

// collect keeps the differences that some criterion reads.
func (e *evidence) collect() {
	for _, p := range e.diff.Packages {
		if e.reads.any(func(c Criterion) bool { return readsPackage(c, &p) }) {
			e.shift.Packages = append(e.shift.Packages, p)
		}
	}
	for _, f := range e.diff.Facts {
		if e.reads.any(func(c Criterion) bool { return e.readsFact(c, &f) }) {
			e.shift.Facts = append(e.shift.Facts, f)
		}
	}
}

func (r reading) any(holds func(Criterion) bool) bool {
	for _, c := range r {
		if holds(c) {
			return true
		}
	}
	return false
}

func readsPackage(c Criterion, p *inventory.PackageChange) bool {
	want, ok := c.(Package)
	if !ok {
		return false
	}
	for _, side := range []*inventory.Package{&p.Before, &p.After} {
		if side.Type == want.Type && (want.Arch == "" || want.Arch == side.Arch) && len(want.versionsOf(side)) > 0 {
			return true
		}
	}
	return false
}

// readsFact reports whether c reads an observation, named as inventory.Diff
// names it.
func (e *evidence) readsFact(c Criterion, f *inventory.FactChange) bool {
	switch c := c.(type) {
	case OS:
		return f.Kind == "os" && f.Field == string(c.Attribute)
	case Kernel:
		return f.Kind == "kernel"
	case Fact:
		return f.Kind == "fact" && f.Name == c.Name
	case Service:
		return f.Kind == "service" && strings.EqualFold(f.Name, c.Name)
	case Hotfix:
		return f.Kind == "hotfix" && strings.EqualFold(f.Name, c.ID)
	case Product:
		return f.Kind == "product" && strings.EqualFold(f.Name, c.Code)
	case ProductPatch:
		product, code, _ := strings.Cut(f.Name, " ")
		return f.Kind == "productPatch" && strings.EqualFold(code, c.Code) && (c.Product == "" || strings.EqualFold(product, c.Product))
	case Registry:
		return readsValue(c.Place, f)
	case File:
		return e.readsFile(c.Path, f)
	default:
		return false
	}
}

func readsValue(p RegistryPlace, f *inventory.FactChange) bool {
	key, rest, _ := strings.Cut(f.Name, "\t")
	_, value, _ := strings.Cut(rest, "\t")
	if f.Kind != "registry" || p.namesValue() && !strings.EqualFold(value, p.Value) {
		return false
	}
	// A key is a path whose separator is the backslash; MatchPath folds both.
	return inventory.MatchPath(p.Key, key, true)
}

func (e *evidence) readsFile(p Path, f *inventory.FactChange) bool {
	if p.Folder != "" && f.Kind == "folder" {
		return strings.EqualFold(f.Name, p.Folder)
	}
	if !p.Key.IsZero() && readsValue(p.Key, f) {
		return true
	}
	if f.Kind != "file" {
		return false
	}
	for _, h := range []*host{e.was, e.is} {
		if path, ok := h.resolve(p); ok && inventory.MatchPath(path, f.Name, h.record.Snapshot.OS.Family == "windows") {
			return true
		}
	}
	return false
}

func (e *evidence) because(code string, args ...string) {
	r := fettle.Reason{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i+1] != "" {
			if r.Args == nil {
				r.Args = map[string]string{}
			}
			r.Args[args[i]] = args[i+1]
		}
	}
	e.shift.Why = append(e.shift.Why, r)
}

// explain names the likely causes, the strongest first.
func (e *evidence) explain(f, g Finding, was, is *Patch) {
	kind := e.shift.Kind
	if bad := kind == Regressed || kind == NewlyNeeded; bad && len(e.diff.Fallen) > 0 {
		var counters []string
		for _, c := range e.diff.Fallen {
			counters = append(counters, fmt.Sprintf("%s %d to %d", c.Name, c.Before, c.After))
		}
		e.because("rolled-back", "counters", strings.Join(counters, ", "))
	} else if bad && e.result.Reversed {
		e.because("snapshots-reversed")
	}
	switch {
	case was == nil && is != nil:
		e.because("patch-new")
	case is == nil:
		e.because("patch-gone")
	case !samePatch(was, is):
		e.because("patch-changed")
	}
	if f.Verdict == Superseded && kind == Regressed {
		e.because("superseder-gone", "by", string(e.before.Catalog.ids[f.By]))
	}
	if g.Verdict == Superseded && kind == Fixed {
		e.because("by", "by", string(e.after.Catalog.ids[g.By]))
	}
	from := len(e.shift.Why)
	for i := range e.shift.Packages {
		e.packageCause(&e.shift.Packages[i])
	}
	for i := range e.shift.Facts {
		e.factCause(&e.shift.Facts[i])
	}
	slices.SortStableFunc(e.shift.Why[from:], func(a, b fettle.Reason) int {
		return cmp.Compare(weight(a.Code, kind), weight(b.Code, kind))
	})
	if f.Verdict == PendingRestart && kind == Fixed && e.diff.Rebooted == fettle.Yes {
		e.because("restarted")
	}
}

// weight orders causes: what explains this kind of shift best comes first.
func weight(code string, kind ShiftKind) int {
	order := []string{"overwritten", "downgraded", "removed", "added", "altered", "upgraded", "unseen"}
	if kind == Fixed || kind == Staged || kind == InstalledWithoutGrant {
		order = []string{"upgraded", "added", "altered", "removed", "downgraded", "overwritten", "unseen"}
	}
	return slices.Index(order, code)
}

func (e *evidence) packageCause(p *inventory.PackageChange) {
	name := func(q *inventory.Package) string { return q.Type + ":" + q.Name }
	switch p.Op {
	case inventory.Removed:
		e.because("removed", "name", name(&p.Before), "from", p.Before.Version)
	case inventory.Added:
		e.because("added", "name", name(&p.After), "to", p.After.Version)
	case inventory.Unseen:
		e.because("unseen", "name", name(&p.Before))
	case inventory.Changed:
		if p.Before.Version == p.After.Version && p.Before.SourceVersion == p.After.SourceVersion {
			e.because("altered", "name", name(&p.After), "from", p.Before.State.String(), "to", p.After.State.String())
			return
		}
		e.moved(SchemeFor(p.After.Type), name(&p.After), p.Before.Version, p.After.Version)
	case inventory.Seen:
	}
}

// moved says which way a version went.
func (e *evidence) moved(scheme Scheme, name, from, to string) {
	code := "altered"
	if order, err := scheme.Compare(from, to); err == nil && order != 0 {
		code = "upgraded"
		if order > 0 {
			code = "downgraded"
		}
	}
	e.because(code, "name", name, "from", from, "to", to)
}

func (e *evidence) factCause(f *inventory.FactChange) {
	name := f.Kind + " " + strings.ReplaceAll(f.Name, "\t", " ")
	if f.Kind == "file" || f.Kind == "hotfix" {
		name = f.Name
	}
	switch {
	case f.Op == inventory.Removed:
		e.because("removed", "name", name)
	case f.Op == inventory.Added:
		e.because("added", "name", name)
	case f.Op == inventory.Unseen:
		e.because("unseen", "name", name)
	case f.Op == inventory.Seen:
	case f.Kind == "file" && (f.Field == "fileVersion" || f.Field == "productVersion"):
		e.fileCause(f)
	case f.Kind == "file" && f.Field != "digest":
	case f.Kind == "product" && f.Field == "version":
		e.moved(SchemePE, name, f.Before, f.After)
	default:
		if f.Field != "" {
			name += " " + f.Field
		}
		e.because("altered", "name", name, "from", f.Before, "to", f.After)
	}
}

// fileCause names the package that a file of an older version belongs to now.
func (e *evidence) fileCause(f *inventory.FactChange) {
	order, err := SchemePE.Compare(f.Before, f.After)
	owner := ""
	if now, there := e.is.record.Snapshot.FileAt(f.Name); there == fettle.Yes {
		owner = now.Package
	}
	if err == nil && order > 0 && owner != "" {
		e.because("overwritten", "name", f.Name, "from", f.Before, "to", f.After, "package", owner)
		return
	}
	e.moved(SchemePE, f.Name, f.Before, f.After)
}
