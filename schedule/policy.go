package schedule

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// Policy is what the layers say for one host, zones bound: the value that
// decides. It never changes, so it is safe for concurrent use.
type Policy struct {
	host     Host
	layers   []*Layer // applied, in order of effect; read only
	merged   *Layer   // every field with its value or default
	seed     string
	windows  map[string]*opening
	rules    []rule // in order
	freezes  []freeze
	holds    []hostFreeze
	over     []override
	restarts map[string]*restart
	networks map[string]*Network
	zones    string
}

// Host returns the host that the policy was made for.
func (p *Policy) Host() Host { return p.host }

// Layers returns the layers that the policy was made from, in order of effect.
// They are not to be changed.
func (p *Policy) Layers() []*Layer { return slices.Clone(p.layers) }

// ZoneRules returns a fingerprint of the rules, over the years 2020 to 2040, of
// every zone that the policy's windows are bound to. Two machines whose
// fingerprints differ have different zone databases, and may answer
// differently.
func (p *Policy) ZoneRules() string { return p.zones }

// rule is a Rule of one host, bound.
type rule struct {
	name       string
	order      int
	classes    uint32 // a bit for each Class; 0: every
	severities uint32
	urgencies  uint32
	categories []string

	delay, soft, hard, grace, lead Limit
	cycle                          *cycle
	deferrals, refusals            Count
	deferEach, deferTotal          Limit
	windows, downloads             []*opening
	conditions                     []condition
	restart                        *restart
	freezeExtends                  bool
	catchUp                        CatchUp
	catchUpAfter, reserve          time.Duration
}

type cycle struct {
	name   string
	window *BoundWindow // nil: event
	event  string
}

type condition struct {
	name     string
	safety   bool
	patience Limit
}

type restart struct {
	name               string
	mode               RestartMode
	windows            []*opening
	conditions         []condition
	countdown, reserve time.Duration
	forced             bool
	budget             Limit
	deferrals          Count
	deferEach          Limit
}

type freeze struct {
	name       string
	blocks     effect
	window     *BoundWindow // nil: span
	span       Span
	classes    uint32
	severities uint32
	categories []string
	owner      string
	reason     string
}

type hostFreeze struct {
	name, owner, reason string
	span                Span
}

type override struct {
	name, approver, reason string
	patches                []string
	severities             uint32
	install, restart       bool
	span                   Span
	enforceFrom            time.Time
}

// effect is a set of the things that freezes forbid.
type effect uint8

const (
	downloads effect = 1 << iota
	installs
	restarts
)

func effectNamed(name string) effect {
	switch name {
	case "download":
		return downloads
	case "install":
		return installs
	case "restart":
		return restarts
	default:
		return 0
	}
}

// setOf is the set of a list of small enumeration values.
func setOf[T ~uint8](list []T) uint32 {
	var set uint32
	for _, v := range list {
		set |= 1 << (v & 31)
	}
	return set
}

func in(set uint32, v uint8) bool { return set == 0 || set&(1<<(v&31)) != 0 }

func (r *rule) selects(it *Item) bool {
	return in(r.classes, uint8(it.Class)) && in(r.severities, uint8(it.Severity)) &&
		in(r.urgencies, uint8(it.Urgency)) &&
		(len(r.categories) == 0 || slices.Contains(r.categories, it.Category))
}

func (f *freeze) concerns(it *Item) bool {
	return in(f.classes, uint8(it.Class)) && in(f.severities, uint8(it.Severity)) &&
		(len(f.categories) == 0 || slices.Contains(f.categories, it.Category))
}

func (o *override) concerns(it *Item) bool {
	if len(o.patches) > 0 {
		return slices.Contains(o.patches, string(it.Patch))
	}
	return in(o.severities, uint8(it.Severity))
}

// rule returns the rule for an item, or nil.
func (p *Policy) rule(it *Item) *rule {
	for i := range p.rules {
		if p.rules[i].selects(it) {
			return &p.rules[i]
		}
	}
	return nil
}

// AssessAt returns when the host is next to be assessed for the cadence of that
// name ("patches", "configuration" ...), given when it was last, and false if
// there is no such cadence or it is never. A host never assessed is due at once:
// the result is last.
//
// Without a spread that is last plus every. With one, it is the host's place on
// a grid of every, hash(seed, name, host) mod spread, so a fleet is spread
// evenly, keeps its places and no interval exceeds every.
func (p *Policy) AssessAt(cadence string, last time.Time) (time.Time, bool) {
	c := p.merged.Assess[cadence]
	if c == nil {
		return time.Time{}, false
	}
	every, ok := c.Every.value.Duration()
	if !ok || every <= 0 {
		return time.Time{}, false
	}
	if last.IsZero() {
		return last, true
	}
	spread, _ := c.Spread.value.Duration()
	if spread <= 0 {
		return last.Add(every), true
	}
	place := hashPlace(p.seed, cadence, p.host.ID, spread) % every
	due := last.Add(every).Truncate(every).Add(place)
	if due.Sub(last) > every {
		due = due.Add(-every)
	}
	return due, true
}

// Protocols returns the protocols that the policy permits on a network, and
// whether it permits that network at all. An empty list permits every protocol.
func (p *Policy) Protocols(network string) ([]string, bool) {
	n := p.network(network)
	if n == nil {
		return nil, len(p.networks) == 0
	}
	return slices.Clone(n.Protocols.value), true
}

func (p *Policy) network(name string) *Network {
	if n := p.networks[name]; n != nil || name == "" {
		return n
	}
	return p.networks["other"]
}

// sortRules puts rules in the order in which they are asked.
func sortRules(list []rule) {
	slices.SortFunc(list, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.name, b.name))
	})
}

// hashPlace spreads hosts evenly over a length, in whole seconds.
func hashPlace(seed, name string, host fettle.HostID, spread time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(seed + "\x00" + name + "\x00" + string(host)))
	seconds := uint64(max(spread/time.Second, 1))
	return time.Duration(binary.BigEndian.Uint64(sum[:8])%seconds) * time.Second
}
