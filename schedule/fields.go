package schedule

// The tables of this file are the policy's schema: each field's name, the
// direction in which it tightens, and its default as JSON. Reading, writing,
// merging, locks and Why all work from them.

func (l *Layer) sections() []section {
	return []section{
		keyed("calendars", &l.Calendars, (*CalendarSetting).fields),
		keyed("windows", &l.Windows, (*WindowSetting).fields),
		keyed("cycles", &l.Cycles, (*Cycle).fields),
		keyed("conditions", &l.Conditions, (*Condition).fields),
		keyed("networks", &l.Networks, (*Network).fields),
		keyed("restarts", &l.Restarts, (*RestartRule).fields),
		keyed("rules", &l.Rules, (*Rule).fields),
		keyed("freezes", &l.Freezes, (*Freeze).fields),
		keyed("hostFreezes", &l.HostFreezes, (*HostFreeze).fields),
		keyed("overrides", &l.Overrides, (*Override).fields),
		keyed("assess", &l.Assess, (*Cadence).fields),
	}
}

func (c *CalendarSetting) fields() []entry {
	return []entry{{"workdays", &c.Workdays, fixed, `[]`}, {"holidays", &c.Holidays, fixed, `[]`}}
}

func (w *WindowSetting) fields() []entry {
	return []entry{{"window", &w.Window, fixed, ""}}
}

func (c *Cycle) fields() []entry {
	return []entry{{"window", &c.Window, fixed, ""}, {"event", &c.Event, fixed, ""}}
}

func (c *Condition) fields() []entry {
	return []entry{
		{"kind", &c.Kind, fixed, ""},
		{"patience", &c.Patience, less, `"never"`},
	}
}

func (n *Network) fields() []entry {
	return []entry{
		{"download", &n.Download, more, `"mandatory"`},
		{"install", &n.Install, more, `"mandatory"`},
		{"protocols", &n.Protocols, among, `[]`},
	}
}

func (r *RestartRule) fields() []entry {
	return []entry{
		{"mode", &r.Mode, fixed, `"if-required"`},
		{"windows", &r.Windows, fewer, `[]`},
		{"conditions", &r.Conditions, longer, `[]`},
		{"countdown", &r.Countdown, more, `"0s"`},
		{"forced", &r.Forced, on, `false`},
		{"budget", &r.Budget, less, `"never"`},
		{"deferrals", &r.Deferrals, less, `0`},
		{"deferEach", &r.DeferEach, less, `"0s"`},
		{"reserve", &r.Reserve, more, `"0s"`},
	}
}

func (r *Rule) fields() []entry {
	return []entry{
		{"enabled", &r.Enabled, on, `true`},
		{"order", &r.Order, fixed, `0`},
		{"hosts", &r.Hosts, fixed, `[]`},
		{"classes", &r.Classes, fixed, `[]`},
		{"severities", &r.Severities, fixed, `[]`},
		{"urgencies", &r.Urgencies, fixed, `[]`},
		{"categories", &r.Categories, fixed, `[]`},
		{"delay", &r.Delay, less, `"0s"`},
		{"cycle", &r.Cycle, fixed, `""`},
		{"soft", &r.Soft, less, `"never"`},
		{"hard", &r.Hard, less, `"never"`},
		{"grace", &r.Grace, less, `"0s"`},
		{"lead", &r.Lead, less, `"0s"`},
		{"deferrals", &r.Deferrals, less, `0`},
		{"deferEach", &r.DeferEach, less, `"1d"`},
		{"deferTotal", &r.DeferTotal, less, `"never"`},
		{"refusals", &r.Refusals, less, `0`},
		{"windows", &r.Windows, fewer, `[]`},
		{"downloads", &r.Downloads, fewer, `["always"]`},
		{"conditions", &r.Conditions, longer, `[]`},
		{"restart", &r.Restart, fixed, `"default"`},
		{"freezeExtends", &r.FreezeExtends, off, `false`},
		{"catchUp", &r.CatchUp, fixed, `"by-kind"`},
		{"catchUpAfter", &r.CatchUpAfter, less, `"30m"`},
		{"reserve", &r.Reserve, more, `"0s"`},
	}
}

func (f *Freeze) fields() []entry {
	return []entry{
		{"enabled", &f.Enabled, on, `true`},
		{"blocks", &f.Blocks, longer, ""},
		{"window", &f.Window, fixed, ""},
		{"from", &f.From, less, ""},
		{"until", &f.Until, more, ""},
		{"hosts", &f.Hosts, fixed, `[]`},
		{"classes", &f.Classes, fixed, `[]`},
		{"severities", &f.Severities, fixed, `[]`},
		{"categories", &f.Categories, fixed, `[]`},
		{"owner", &f.Owner, fixed, ""},
		{"reason", &f.Reason, fixed, ""},
	}
}

func (f *HostFreeze) fields() []entry {
	return []entry{
		{"enabled", &f.Enabled, on, `true`},
		{"from", &f.From, less, ""},
		{"until", &f.Until, more, ""},
		{"owner", &f.Owner, fixed, ""},
		{"reason", &f.Reason, fixed, ""},
	}
}

func (o *Override) fields() []entry {
	return []entry{
		{"enabled", &o.Enabled, off, `true`},
		{"patches", &o.Patches, some, `[]`},
		{"severities", &o.Severities, fixed, `[]`},
		{"install", &o.Install, off, `false`},
		{"restart", &o.Restart, off, `false`},
		{"approver", &o.Approver, fixed, ""},
		{"reason", &o.Reason, fixed, ""},
		{"from", &o.From, more, ""},
		{"expires", &o.Expires, less, ""},
		{"enforceFrom", &o.EnforceFrom, more, ""},
	}
}

func (c *Cadence) fields() []entry {
	return []entry{{"every", &c.Every, less, ""}, {"spread", &c.Spread, less, `"0s"`}}
}

// FieldInfo describes one field of the policy's schema.
type FieldInfo struct {
	Path      string // with * for the name, such as rules.*.hard
	Direction string // in which a lower layer may move it under may-tighten
	Default   string // JSON of the value where no layer states one; empty: required, or none
}

// Fields returns every field that a layer can state, in the order in which
// files are written.
func Fields() []FieldInfo {
	var all []FieldInfo
	var none Layer
	for _, s := range none.sections() {
		for _, e := range s.entries("*", false) {
			all = append(all, FieldInfo{Path: e.path, Direction: e.dir.String(), Default: e.def})
		}
	}
	return all
}
