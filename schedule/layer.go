package schedule

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// Layer is one set of statements about some hosts: what a file holds. Layers
// are merged field by field, global first and host last, so a layer states only
// what it wants to differ. The things that it speaks of (windows, rules,
// freezes ...) are keyed by name: two layers that use one name speak of one
// thing.
//
// A field is addressed by its path: section, name and field, such as
// rules.security.hard. Locks use the same paths, or a prefix of one at a dot
// (rules.security, or rules for every rule), and bind the layers of lower
// levels. With LockMayTighten a lower layer may only move a field in its
// direction; Fields lists paths, directions and defaults.
//
// A Layer is data: not safe for concurrent change, never changed by Merge.
type Layer struct {
	File     string // where it was read from; only for messages
	Name     string // unique in its level; required
	Level    Level  // required
	Priority int    // among layers of one level the larger wins; equal ones may not disagree
	// Hosts says which hosts the layer is for, every selector holding (see
	// Selector); none: every host.
	Hosts []Selector
	// Where is a further condition in a language of the embedder's, which Merge
	// hands to MergeOptions.Where. Empty: none.
	Where string
	// Note is for the reader of the file.
	Note string

	Locks       map[string]Lock
	Calendars   map[string]*CalendarSetting
	Windows     map[string]*WindowSetting
	Cycles      map[string]*Cycle
	Conditions  map[string]*Condition
	Networks    map[string]*Network
	Restarts    map[string]*RestartRule
	Rules       map[string]*Rule
	Freezes     map[string]*Freeze
	HostFreezes map[string]*HostFreeze
	Overrides   map[string]*Override
	Assess      map[string]*Cadence
}

// CalendarSetting is a business calendar under the name that windows refer to
// it by.
type CalendarSetting struct {
	Workdays Field[[]Weekday] // default Monday to Friday
	Holidays Field[[]Date]    // default none
}

// WindowSetting is a window under the name that rules refer to it by. The name
// "always" is taken: a mandatory window that is always open.
type WindowSetting struct {
	Window Field[Window] // required
}

// Cycle says when items are taken up that wait for a round of patching: the
// first opening of a window, or the first occurrence of an event, that is not
// before their release and delay. Exactly one of the two is required.
type Cycle struct {
	Window Field[Window]
	Event  Field[string] // a key of State.Events
}

// Condition is a state of the host that rules may ask for, under its name in
// State.Conditions.
type Condition struct {
	Kind Field[ConditionKind] // required
	// Patience is how long a courtesy may hold things up, from the first moment
	// the host could act. It ends at the hard deadline at the latest. Default
	// never: only the deadline ends it.
	Patience Field[Limit]
}

// Network is what a kind of network permits, under its name in State.Network.
// The name "other" stands for every network that is not named. Where no network
// is named at all, none restricts anything; where some are and the host's is
// neither named nor covered by "other", it permits nothing.
type Network struct {
	Download  Field[Term]
	Install   Field[Term]
	Protocols Field[[]string] // those the network permits, for the fetcher; none: every
}

// RestartRule says when a host may be restarted for the patches of a rule. The
// name "default" is for rules that name none and for restarts that no patch
// asked for.
type RestartRule struct {
	Mode       Field[RestartMode] // default if-required
	Windows    Field[[]string]    // names of windows; none means never
	Conditions Field[[]string]    // names of conditions
	Countdown  Field[Limit]       // notice to whoever is signed in; default 0
	Forced     Field[bool]        // past the budget the user is no longer asked; default false
	// Budget is how long a restart may stay pending before it is due; default
	// never.
	Budget    Field[Limit]
	Deferrals Field[Count] // how often the user may put it off; default 0
	DeferEach Field[Limit] // the longest single deferral; default 0
	Reserve   Field[Limit] // least time kept for a restart inside a window; default 0
}

// Rule says what happens to the items that it selects. Of the enabled rules
// that select an item the one with the smallest order applies, by name where
// orders are equal. An item that no rule selects is never installed, and the
// decision says so.
//
// Selection: every selector that is stated must match; a list matches what it
// names. Classes, severities and urgencies may name "unknown".
type Rule struct {
	Enabled    Field[bool] // default true
	Order      Field[int]  // default 0
	Hosts      Field[[]Selector]
	Classes    Field[[]fettle.Class]
	Severities Field[[]fettle.Severity]
	Urgencies  Field[[]Urgency]
	Categories Field[[]string]

	Delay Field[Limit]  // from release until the item is looked at; default 0
	Cycle Field[string] // name of the cycle that takes the item up; default none

	Soft  Field[Limit] // from being taken up until refusing ends; default never
	Hard  Field[Limit] // from being taken up until the user's say and courtesies end; default never
	Grace Field[Limit] // least time from the first offered grant to the hard deadline; default 0
	Lead  Field[Limit] // least notice before anything is enforced; default 0

	Deferrals  Field[Count] // how often the user may put it off; default 0
	DeferEach  Field[Limit] // the longest single deferral; default 24h
	DeferTotal Field[Limit] // all deferrals together; default never
	Refusals   Field[Count] // how often the user may refuse a payload; default 0

	Windows    Field[[]string] // names of windows for installing; none means never
	Downloads  Field[[]string] // names of windows for downloading; default always
	Conditions Field[[]string] // names of conditions for installing
	Restart    Field[string]   // name of a restart rule; default "default"

	FreezeExtends Field[bool]    // the time of an install freeze does not count towards soft and hard; default false
	CatchUp       Field[CatchUp] // default by-kind
	CatchUpAfter  Field[Limit]   // how long the host must be back for catch-up on return; default 30m
	Reserve       Field[Limit]   // least time that must remain in a window to start; default 0
}

// Freeze forbids some effects for some items for some time. It wins over a
// deadline; when it ends, windows, spread and restart budgets still bind.
type Freeze struct {
	Enabled    Field[bool]     // default true
	Blocks     Field[[]string] // of download, install, restart; required
	Window     Field[Window]   // when; or From and Until
	From       Field[time.Time]
	Until      Field[time.Time]
	Hosts      Field[[]Selector]
	Classes    Field[[]fettle.Class]
	Severities Field[[]fettle.Severity]
	Categories Field[[]string]
	Owner      Field[string] // required
	Reason     Field[string] // required
}

// HostFreeze stops everything on a host: under investigation, legal hold.
// Nothing pierces it.
type HostFreeze struct {
	Enabled Field[bool]      // default true
	From    Field[time.Time] // default: always has been
	Until   Field[time.Time] // default: until somebody ends it
	Owner   Field[string]    // required
	Reason  Field[string]    // required
}

// Override lets named patches through freezes, windows, delays and cycles, the
// fetching of their payloads included where it is for installing. It creates no
// grant and passes no host freeze, halt, unopened ring or safety
// condition.
type Override struct {
	Enabled    Field[bool] // default true
	Patches    Field[[]string]
	Severities Field[[]fettle.Severity] // with Patches empty: every item of these
	Install    Field[bool]              // default false
	Restart    Field[bool]              // default false
	Approver   Field[string]            // required
	Reason     Field[string]            // required
	From       Field[time.Time]         // default: always has been
	Expires    Field[time.Time]         // required
	// EnforceFrom is an earlier hard deadline; the minimum lead is kept. Default:
	// the rule's deadline stays.
	EnforceFrom Field[time.Time]
}

// Cadence is how often something is looked at, apart from when it is patched.
type Cadence struct {
	Every  Field[Limit] // required
	Spread Field[Limit] // hosts are spread evenly over this length; default 0
}

// entry is one field of a layer at its path.
type entry struct {
	path string
	leaf leaf
	dir  direction
	def  string // JSON of the value where no layer states one; empty: none
}

// section is one keyed map of a layer.
type section struct {
	name    string
	short   bool // a text in place of the object states the first field
	names   func() []string
	entries func(name string, create bool) []entry
}

func keyed[T any](name string, of *map[string]*T, fields func(*T) []entry) section {
	return section{
		name:  name,
		short: name == "windows" || name == "cycles" || name == "assess",
		names: func() []string { return slices.Sorted(maps.Keys(*of)) },
		entries: func(key string, create bool) []entry {
			v := (*of)[key]
			if v == nil {
				v = new(T)
				if create {
					if *of == nil {
						*of = map[string]*T{}
					}
					(*of)[key] = v
				}
			}
			list := fields(v)
			prefix := name + "." + key + "."
			for i := range list {
				list[i].path = prefix + list[i].path
			}
			return list
		},
	}
}

// entries returns every field of every thing that the layer names, by section,
// name and the order of the tables.
func (l *Layer) entries() []entry {
	var all []entry
	for _, s := range l.sections() {
		for _, name := range s.names() {
			all = append(all, s.entries(name, false)...)
		}
	}
	return all
}

// entry returns the field at a path, or false if there is none. With create the
// thing that it belongs to is made.
func (l *Layer) entry(path string, create bool) (entry, bool) {
	parts := strings.SplitN(path, ".", 3)
	if len(parts) < 3 {
		return entry{}, false
	}
	for _, s := range l.sections() {
		if s.name != parts[0] {
			continue
		}
		for _, e := range s.entries(parts[1], create) {
			if e.path == path {
				return e, true
			}
		}
	}
	return entry{}, false
}
