package schedule

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// AlwaysOpen is the name that rules may use for a mandatory window that is
// always open, without anybody defining it.
const AlwaysOpen = "always"

// The name of the restart rule for items whose rule names none.
const defaultRestart = "default"

// binding turns merged layers into a policy.
type binding struct {
	p       *Policy
	f       *folding
	zone    Binding
	windows map[string]*opening
	cycles  map[string]*cycle
	conds   map[string]condition
	zones   map[string]*time.Location
	unbound map[string]bool // windows that are stated and wrong
	errs    []error
}

func bind(f *folding, applied []*Layer, host Host, zones Zones, opt *MergeOptions) (*Policy, error) {
	b := binding{
		p: &Policy{host: host, layers: applied, merged: f.merged, seed: opt.Seed, networks: f.merged.Networks},
		f: f, windows: map[string]*opening{}, cycles: map[string]*cycle{}, conds: map[string]condition{},
		zones: map[string]*time.Location{}, unbound: map[string]bool{},
	}
	b.fill()
	b.bindZones(host, zones)
	m := f.merged
	each(m.Windows, b.window)
	b.always()
	each(m.Cycles, b.cycle)
	each(m.Conditions, b.condition)
	b.p.restarts = map[string]*restart{}
	if m.Restarts[defaultRestart] == nil {
		m.Restarts = maps.Clone(m.Restarts)
		if m.Restarts == nil {
			m.Restarts = map[string]*RestartRule{}
		}
		r := &RestartRule{}
		fillDefaults(r.fields())
		m.Restarts[defaultRestart] = r
	}
	each(m.Restarts, b.restart)
	each(m.Rules, b.rule)
	each(m.Freezes, b.freeze)
	each(m.HostFreezes, b.hostFreeze)
	each(m.Overrides, b.override)
	each(m.Assess, func(name string, c *Cadence) { b.need("assess."+name+".every", &c.Every) })
	sortRules(b.p.rules)
	if len(b.errs) > 0 {
		return nil, errors.Join(b.errs...)
	}
	b.p.windows, b.p.zones = b.windows, fingerprint(b.zones)
	return b.p, nil
}

// each calls f for every thing of a section, by name.
func each[T any](m map[string]*T, f func(name string, v *T)) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f(name, m[name])
	}
}

// fill puts the defaults where no layer stated anything.
func (b *binding) fill() { fillDefaults(b.f.merged.entries()) }

func fillDefaults(list []entry) {
	for _, e := range list {
		if e.leaf.presence() != stated && e.def != "" {
			_ = e.leaf.decode([]byte(e.def)) // a test decodes every default
		}
	}
}

func (b *binding) fail(path, value, rule string, err error) {
	file := ""
	if by := b.f.setBy[path]; by != nil {
		file = by.File
	} else if thing := path[:max(strings.LastIndexByte(path, '.'), 0)]; thing != "" {
		// A missing field is nobody's: name who spoke of the thing last.
		if by := b.f.setBy[thing]; by != nil {
			file = by.File
		}
	}
	b.errs = append(b.errs, &FieldError{File: file, Field: path, Value: shorten(value), Rule: rule, Err: err})
}

// need reports whether a required field is stated.
func (b *binding) need(path string, l leaf) bool {
	if l.presence() == stated {
		return true
	}
	b.fail(path, "", "required", ErrMissing)
	return false
}

// bindZones gathers the zones that windows are bound to.
func (b *binding) bindZones(host Host, zones Zones) {
	find := func(name string) (*time.Location, error) {
		if zone := b.zones[name]; zone != nil {
			return zone, nil
		}
		if zones == nil {
			return nil, errors.New("no zones are given")
		}
		zone, err := zones(name)
		if err == nil && zone != nil {
			b.zones[name] = zone
		}
		return zone, err
	}
	b.zone.Zone = find
	switch host.Zone {
	case "":
	case "UTC":
		b.zone.Local = time.UTC
	default:
		zone, err := find(host.Zone)
		if err != nil || zone == nil {
			b.errs = append(b.errs, &FieldError{
				Field: "host.zone", Value: host.Zone, Rule: "no such zone in the zone database", Err: ErrZone,
			})
			return
		}
		b.zone.Local = zone
	}
	b.zone.Calendar = func(name string) (*Calendar, error) {
		c := b.f.merged.Calendars[name]
		if c == nil {
			return nil, errors.New("no layer defines it")
		}
		return &Calendar{Workdays: c.Workdays.value, Holidays: c.Holidays.value}, nil
	}
}

// bound binds a window; it returns nil and notes why where it cannot.
func (b *binding) bound(path string, w Window) *BoundWindow {
	out, err := w.Bind(b.zone)
	if err == nil {
		return out
	}
	found := FieldErrors(err)
	for _, fe := range found {
		b.fail(path, fe.Value, fe.Rule, errors.Join(ErrInvalid, fe))
	}
	if len(found) == 0 {
		b.fail(path, "", err.Error(), errors.Join(ErrInvalid, err))
	}
	return nil
}

func (b *binding) window(name string, w *WindowSetting) {
	path := "windows." + name + ".window"
	if name == AlwaysOpen {
		b.fail(path, "", "this name is taken by the window that is always open", ErrInvalid)
		return
	}
	if b.need(path, &w.Window) {
		if bound := b.bound(path, w.Window.value); bound != nil {
			b.windows[name] = newOpening(name, bound, b.p.seed, b.p.host.ID)
			return
		}
	}
	b.unbound[name] = true
}

func (b *binding) always() {
	bound, err := Window{Repeat: Always, Zone: "UTC"}.Bind(Binding{})
	if err != nil {
		b.fail("windows."+AlwaysOpen, "", err.Error(), err)
		return
	}
	b.windows[AlwaysOpen] = newOpening(AlwaysOpen, bound, b.p.seed, b.p.host.ID)
}

func (b *binding) cycle(name string, c *Cycle) {
	path := "cycles." + name
	byWindow, byEvent := c.Window.presence() == stated, c.Event.presence() == stated
	if byWindow == byEvent {
		b.fail(path+".window", "", "want either a window or an event", ErrMissing)
		return
	}
	if byEvent {
		b.cycles[name] = &cycle{name: name, event: c.Event.value}
		return
	}
	if c.Window.value.Repeat == OnEvent || c.Window.value.Repeat == Always {
		b.fail(path+".window", c.Window.value.Repeat.String(), "want a window that recurs by the calendar", ErrInvalid)
		return
	}
	if bound := b.bound(path+".window", c.Window.value); bound != nil {
		b.cycles[name] = &cycle{name: name, window: bound}
	}
}

func (b *binding) condition(name string, c *Condition) {
	if !b.need("conditions."+name+".kind", &c.Kind) {
		return
	}
	if c.Kind.value == ConditionUnknown {
		b.fail("conditions."+name+".kind", "unknown", "want courtesy or safety", ErrInvalid)
	}
	b.conds[name] = condition{name: name, safety: c.Kind.value == Safety, patience: c.Patience.value}
}

// named looks names up in what has been bound.
func named[T any](b *binding, path string, names []string, known map[string]T, what string) []T {
	var out []T
	for _, name := range names {
		v, ok := known[name]
		if !ok && what == "window" && b.unbound[name] {
			continue // what is wrong with it has been said
		}
		if !ok {
			b.fail(path, name, "no "+what+" of this name; known are "+
				strings.Join(slices.Sorted(maps.Keys(known)), ", "), ErrUnknownName)
			continue
		}
		out = append(out, v)
	}
	return out
}

func (b *binding) restart(name string, r *RestartRule) {
	path := "restarts." + name + "."
	b.p.restarts[name] = &restart{
		name: name, mode: r.Mode.value,
		windows:    named(b, path+"windows", r.Windows.value, b.windows, "window"),
		conditions: named(b, path+"conditions", r.Conditions.value, b.conds, "condition"),
		countdown:  b.finite(path+"countdown", r.Countdown.value),
		reserve:    b.finite(path+"reserve", r.Reserve.value),
		forced:     r.Forced.value, budget: r.Budget.value, deferrals: r.Deferrals.value, deferEach: r.DeferEach.value,
	}
}

// finite is the length of a limit that may not be "never".
func (b *binding) finite(path string, l Limit) time.Duration {
	d, ok := l.Duration()
	if !ok {
		b.fail(path, "never", "want a length", ErrInvalid)
	}
	return d
}

func (b *binding) hosts(path string, list []Selector) bool {
	compiled, err := compileSelectors(list)
	if err != nil {
		b.fail(path, "", err.Error(), ErrInvalid)
		return false
	}
	return compiled.match(&b.p.host)
}

func (b *binding) rule(name string, r *Rule) {
	path := "rules." + name + "."
	matches := b.hosts(path+"hosts", r.Hosts.value)
	out := rule{
		name: name, order: r.Order.value, classes: setOf(r.Classes.value), severities: setOf(r.Severities.value),
		urgencies: setOf(r.Urgencies.value), categories: r.Categories.value,
		delay: r.Delay.value, soft: r.Soft.value, hard: r.Hard.value, grace: r.Grace.value, lead: r.Lead.value,
		deferrals: r.Deferrals.value, refusals: r.Refusals.value, deferEach: r.DeferEach.value, deferTotal: r.DeferTotal.value,
		windows:    named(b, path+"windows", r.Windows.value, b.windows, "window"),
		downloads:  named(b, path+"downloads", r.Downloads.value, b.windows, "window"),
		conditions: named(b, path+"conditions", r.Conditions.value, b.conds, "condition"),
		catchUp:    r.CatchUp.value, catchUpAfter: b.finite(path+"catchUpAfter", r.CatchUpAfter.value),
		reserve: b.finite(path+"reserve", r.Reserve.value), freezeExtends: r.FreezeExtends.value,
	}
	if r.Cycle.value != "" {
		if found := named(b, path+"cycle", []string{r.Cycle.value}, b.cycles, "cycle"); len(found) == 1 {
			out.cycle = found[0]
		}
	}
	found := named(b, path+"restart", []string{r.Restart.value}, b.p.restarts, "restart rule")
	if len(found) == 1 {
		out.restart = found[0]
	}
	if matches && r.Enabled.value {
		b.p.rules = append(b.p.rules, out)
	}
}

func (b *binding) freeze(name string, f *Freeze) {
	path := "freezes." + name + "."
	ok := b.need(path+"blocks", &f.Blocks)
	ok = b.need(path+"owner", &f.Owner) && ok
	ok = b.need(path+"reason", &f.Reason) && ok
	out := freeze{
		name: name, owner: f.Owner.value, reason: f.Reason.value,
		classes: setOf(f.Classes.value), severities: setOf(f.Severities.value), categories: f.Categories.value,
	}
	for _, word := range f.Blocks.value {
		blocked := effectNamed(word)
		if blocked == 0 {
			b.fail(path+"blocks", word, "want download, install or restart", ErrInvalid)
			ok = false
		}
		out.blocks |= blocked
	}
	byWindow, bySpan := f.Window.presence() == stated, f.From.presence() == stated || f.Until.presence() == stated
	switch {
	case byWindow == bySpan:
		b.fail(path+"window", "", "want either a window, or from and until", ErrMissing)
		return
	case byWindow && f.Window.value.Repeat == OnEvent:
		b.fail(path+"window", "event", "a freeze is for known times; want a window of the calendar", ErrInvalid)
		return
	case byWindow:
		if out.window = b.bound(path+"window", f.Window.value); out.window == nil {
			return
		}
	default:
		out.span, bySpan = b.span(path, "until", f.From, f.Until)
		ok = ok && bySpan
	}
	if ok && f.Enabled.value && b.hosts(path+"hosts", f.Hosts.value) {
		b.p.freezes = append(b.p.freezes, out)
	}
}

// span is the stretch between two stated instants; where one is not stated it
// has no beginning, or no end.
func (b *binding) span(path, end string, from, until Field[time.Time]) (Span, bool) {
	s := Span{Start: seconds(from.value), End: Forever()}
	if until.presence() == stated {
		s.End = seconds(until.value)
	}
	if s.Empty() {
		b.fail(path+end, instantText(until.value), "want an instant after from", ErrInvalid)
		return s, false
	}
	return s, true
}

func (b *binding) hostFreeze(name string, h *HostFreeze) {
	path := "hostFreezes." + name + "."
	ok := b.need(path+"owner", &h.Owner)
	ok = b.need(path+"reason", &h.Reason) && ok
	span, valid := b.span(path, "until", h.From, h.Until)
	if ok && valid && h.Enabled.value {
		b.p.holds = append(b.p.holds, hostFreeze{name: name, owner: h.Owner.value, reason: h.Reason.value, span: span})
	}
}

func (b *binding) override(name string, o *Override) {
	path := "overrides." + name + "."
	ok := b.need(path+"approver", &o.Approver)
	ok = b.need(path+"reason", &o.Reason) && ok
	ok = b.need(path+"expires", &o.Expires) && ok
	if len(o.Patches.value) == 0 && len(o.Severities.value) == 0 {
		b.fail(path+"patches", "", "want patches or severities", ErrMissing)
		ok = false
	}
	if !o.Install.value && !o.Restart.value {
		b.fail(path+"install", "", "want install, restart or both to be true", ErrMissing)
		ok = false
	}
	if !ok {
		return
	}
	span, valid := b.span(path, "expires", o.From, o.Expires)
	if valid && o.Enabled.value {
		b.p.over = append(b.p.over, override{
			name: name, approver: o.Approver.value, reason: o.Reason.value, patches: o.Patches.value,
			severities: setOf(o.Severities.value), install: o.Install.value, restart: o.Restart.value,
			span: span, enforceFrom: seconds(o.EnforceFrom.value),
		})
	}
}
