package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// Zones finds a zone by its IANA name; time.LoadLocation is one. It must be
// safe for concurrent use where Forecast's caller runs several at once.
type Zones func(name string) (*time.Location, error)

// MergeOptions are what Merge can do without.
type MergeOptions struct {
	// Where answers a layer's Where for the host. Nil: a layer with a Where is an
	// error. Unknown is an error too: whether a policy holds is never guessed.
	Where func(expression string, host Host) (fettle.Truth, error)
	// Seed enters the spread of windows and cadences, so that the same hosts are
	// not first every time. Default: empty.
	Seed string
	// Narrow are layers of people who may only narrow what the others say. They
	// take effect after all others, in their order, whatever their level: each
	// statement as under a may-tighten lock, and stricter locks bind them, too.
	// What they may add are calendars, windows, cycles, conditions, freezes and
	// host freezes of new names; of the other sections they may only speak of
	// things that are there. Their own locks have no effect.
	Narrow []*Layer
}

// Merge makes the policy of one host from the layers that may concern it, in
// any order. Layers whose hosts or where do not hold are left out.
//
// The layers belong to the policy from then on and must not be changed.
//
// Layers take effect by level, then by priority, the smaller first; each
// statement replaces that of the layers before it, as far as the locks of
// higher levels let it. Zones are bound with zones, windows in host-local time
// with that of the host.
//
// The error joins a *FieldError for every broken lock, disagreement of layers
// of equal rank, reference to a name that nobody defines, missing field and
// unknown zone. Then there is no policy: nothing is half applied.
func Merge(layers []*Layer, host Host, zones Zones, opt *MergeOptions) (*Policy, error) {
	if opt == nil {
		opt = &MergeOptions{}
	}
	applied, err := applying(layers, host, opt)
	if err != nil {
		return nil, err
	}
	narrowing, err := concerning(opt.Narrow, host, opt)
	if err != nil {
		return nil, err
	}
	folded, err := fold(applied, narrowing)
	if err != nil {
		return nil, err
	}
	return bind(folded, slices.Concat(applied, narrowing), host, zones, opt)
}

// concerning returns the layers that are for the host.
func concerning(layers []*Layer, host Host, opt *MergeOptions) ([]*Layer, error) {
	var out []*Layer
	var errs []error
	for _, l := range layers {
		holds, err := l.appliesTo(&host, opt)
		if err != nil {
			errs = append(errs, err)
		}
		if holds {
			out = append(out, l)
		}
	}
	return out, errors.Join(errs...)
}

// applying returns the layers that are for the host, in order of effect.
func applying(layers []*Layer, host Host, opt *MergeOptions) ([]*Layer, error) {
	out, err := concerning(layers, host, opt)
	errs := []error{err}
	slices.SortStableFunc(out, func(a, b *Layer) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Name, b.Name))
	})
	for i := 1; i < len(out); i++ {
		if a, b := out[i-1], out[i]; a.Level == b.Level && a.Name == b.Name {
			errs = append(errs, &FieldError{
				File: b.File, Field: "name", Value: b.Name,
				Rule: fmt.Sprintf("another %s layer has this name (%s)", b.Level, a.File), Err: ErrContradiction,
			})
		}
	}
	return out, errors.Join(errs...)
}

func (l *Layer) appliesTo(host *Host, opt *MergeOptions) (bool, error) {
	if l.Level == LevelUnknown || l.Level > LevelHost {
		return false, &FieldError{File: l.File, Field: "level", Value: l.Level.String(), Rule: "required", Err: ErrMissing}
	}
	list, err := compileSelectors(l.Hosts)
	if err != nil {
		return false, &FieldError{File: l.File, Field: "hosts", Value: fmt.Sprint(l.Hosts), Rule: err.Error(), Err: ErrInvalid}
	}
	if !list.match(host) {
		return false, nil
	}
	if l.Where == "" {
		return true, nil
	}
	return l.whereHolds(host, opt)
}

func (l *Layer) whereHolds(host *Host, opt *MergeOptions) (bool, error) {
	fail := &FieldError{File: l.File, Field: "where", Value: shorten(l.Where), Err: ErrInvalid}
	if opt.Where == nil {
		fail.Rule = "nobody here can read it: the program that merges has to pass a reader"
		return false, fail
	}
	holds, err := opt.Where(l.Where, *host)
	switch {
	case err != nil:
		fail.Rule, fail.Err = err.Error(), errors.Join(ErrInvalid, err)
		return false, fail
	case holds == fettle.Unknown:
		fail.Rule = fmt.Sprintf("cannot be answered for host %s", host.ID)
		return false, fail
	}
	return holds == fettle.Yes, nil
}

// folding is the state of a merge: the values so far, and who set and locked
// what.
type folding struct {
	merged *Layer
	setBy  map[string]*Layer   // by the path of a field, and of a thing: who spoke last
	locks  map[string]heldLock // of the levels above the current one, by path or prefix
	errs   []error
}

type heldLock struct {
	lock Lock
	by   *Layer
}

func fold(layers, narrowing []*Layer) (*folding, error) {
	f := &folding{merged: &Layer{}, setBy: map[string]*Layer{}, locks: map[string]heldLock{}}
	for start := 0; start < len(layers); {
		end := start
		for end < len(layers) && layers[end].Level == layers[start].Level {
			f.add(layers[end])
			end++
		}
		above := maps.Clone(f.locks)
		for _, l := range layers[start:end] { // a level's locks bind the levels below it only
			f.lock(l, above)
		}
		start = end
	}
	for _, l := range narrowing {
		f.narrow(l)
	}
	return f, errors.Join(f.errs...)
}

func (f *folding) add(l *Layer) {
	target := f.merged.sections()
	for i, s := range l.sections() {
		for _, name := range s.names() {
			before := f.setBy[s.name+"."+name]
			there := before != nil && before.Level < l.Level
			f.setBy[s.name+"."+name] = l
			mine := s.entries(name, false)
			for j, t := range target[i].entries(name, true) {
				if mine[j].leaf.presence() == stated {
					f.state(l, mine[j], t, there)
				}
			}
		}
	}
}

// state lets layer l make one statement, about a thing that is there already
// or about one that l is the first to name.
func (f *folding) state(l *Layer, from, to entry, there bool) {
	fail := func(format string, args ...any) {
		f.errs = append(f.errs, &FieldError{
			File: l.File, Field: from.path, Value: shorten(unquoted(from.text())),
			Rule: fmt.Sprintf(format, args...), Err: ErrContradiction,
		})
	}
	if to.leaf.presence() == stated && to.text() == from.text() {
		if before := f.setBy[from.path]; before.Level != l.Level || before.Priority != l.Priority {
			f.setBy[from.path] = l
		}
		return
	}
	before := f.setBy[from.path]
	if before != nil && before.Level == l.Level && before.Priority == l.Priority {
		fail("%s states %s and has the same level and priority (%s, %d); give one of them a higher priority",
			before.title(), shorten(to.text()), l.Level, l.Priority)
		return
	}
	switch held := lockOn(f.locks, from.path); {
	case held.lock == LockLocked:
		fail("%s has locked it at %s", held.by.title(), shorten(to.value()))
		return
	case held.lock == LockMayTighten && !from.mayReplace(to, there):
		fail("%s lets it only tighten from %s (%s)", held.by.title(), shorten(to.value()), from.dir)
		return
	}
	to.leaf.take(from.leaf)
	f.setBy[from.path] = l
}

// mayReplace reports whether e is at least as tight as what holds so far, of a
// thing that is there already or of a new one.
func (e entry) mayReplace(sofar entry, there bool) bool {
	if sofar.leaf.presence() == stated {
		return e.dir.tightens(sofar.leaf.rank(), e.leaf.rank())
	}
	if e.def == "" {
		// Nothing holds, so nothing is loosened; but an instant that was left out has
		// a meaning: without an end, a freeze of a host never ends.
		_, instant := e.leaf.rank().(time.Time)
		return !there || !instant
	}
	if err := sofar.leaf.decode([]byte(e.def)); err != nil {
		return false
	}
	return e.dir.tightens(sofar.leaf.rank(), e.leaf.rank())
}

// text is the statement as JSON; empty if none was made.
func (e entry) text() string {
	if e.leaf.presence() == notStated {
		return ""
	}
	text, err := e.leaf.encode()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// value is the text of the statement, or that of the default.
func (e entry) value() string {
	if e.leaf.presence() == stated {
		return e.text()
	}
	return cmp.Or(e.def, "nothing")
}

// lockOn returns the strictest of the locks on a path and its prefixes.
func lockOn(locks map[string]heldLock, path string) heldLock {
	var strictest heldLock
	for p := path; p != ""; {
		if held := locks[p]; held.lock > strictest.lock {
			strictest = held
		}
		cut := strings.LastIndexByte(p, '.')
		p = p[:max(cut, 0)]
	}
	return strictest
}

func (f *folding) lock(l *Layer, above map[string]heldLock) {
	for _, path := range slices.Sorted(maps.Keys(l.Locks)) {
		lock := l.Locks[path]
		if held := lockOn(above, path); lock < held.lock {
			f.errs = append(f.errs, &FieldError{
				File: l.File, Field: "locks." + path, Value: lock.String(),
				Rule: fmt.Sprintf("%s holds the stricter %s", held.by.title(), held.lock), Err: ErrContradiction,
			})
			continue
		}
		if lock > f.locks[path].lock {
			f.locks[path] = heldLock{lock, l}
		}
	}
}

// title names a layer for people.
func (l *Layer) title() string {
	if l.File == "" {
		return fmt.Sprintf("%s layer %s", l.Level, l.Name)
	}
	return fmt.Sprintf("%s layer %s (%s)", l.Level, l.Name, l.File)
}
