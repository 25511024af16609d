package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// plan is what one run is about: the region, its rollouts, what patches do, and
// what people will do.
type plan struct {
	w        *world
	config   rollout.Config
	specs    []*rollout.Spec
	byID     map[rollout.ID]*rollout.Spec
	rates    map[fettle.PatchID]int // of a hundred hosts, how many it fails on
	model    map[fettle.PatchID]string
	restarts map[fettle.PatchID]bool
	undoes   map[fettle.PatchID][]fettle.PatchID
	skews    bool // hosts' clocks are wrong, within the margin
	users    bool // users put off and refuse
	ahead    bool // hosts ask for grants ahead
	jumps    bool // clocks jump by more than the margin
	scaled   bool // some hosts come and go
	retires  bool // people put away what is over
	started  map[rollout.ID]bool
	todo     map[string]bool // what people insist on
}

const (
	grantFor = 3 * time.Hour
	runFor   = 2 * time.Hour
	silence  = 4 * time.Hour
	margin   = 15 * time.Minute
)

func newPlan(w *world) (*plan, error) {
	p := &plan{
		w: w, byID: map[rollout.ID]*rollout.Spec{}, rates: map[fettle.PatchID]int{}, model: map[fettle.PatchID]string{},
		restarts: map[fettle.PatchID]bool{}, undoes: map[fettle.PatchID][]fettle.PatchID{}, todo: map[string]bool{}, started: map[rollout.ID]bool{},
		skews: w.chance(2), users: w.chance(2), ahead: w.chance(3),
		jumps: w.chance(3), scaled: w.chance(2), retires: w.chance(4),
	}
	p.config = rollout.Config{
		Region: "r", ClockMargin: rollout.Duration(margin), PollEvery: rollout.Duration(10 * time.Minute),
		Budgets: []rollout.Budget{
			{Name: "all", Units: 4 + w.rng.IntN(12), Hold: rollout.UntilOutcome},
			{Name: "cluster", Per: "label.cluster", Units: 1 + w.rng.IntN(2), Hold: rollout.UntilHealthy},
			{Name: "link", Per: "link", Units: 2 + w.rng.IntN(4), Hold: rollout.UntilOutcome},
			{Name: "ahead", Units: 1 + w.rng.IntN(3), Hold: rollout.UntilOutcome, PreIssued: true},
		},
	}
	if w.chance(3) {
		p.config.Budgets[1].Keys = map[string]int{"c0": 1}
	}
	if w.chance(2) {
		site := rollout.Budget{Name: "site", Per: "site", Units: 1 + w.rng.IntN(4), Hold: rollout.Hold(w.rng.IntN(2))}
		if w.chance(2) {
			site.Units, site.Share = 0, rollout.Percent(10+w.rng.IntN(30))
		}
		p.config.Budgets = append(p.config.Budgets, site)
	}
	for i := range 1 + w.rng.IntN(3) {
		if err := p.addSpec(i); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) oneOf(words ...string) string { return words[p.w.rng.IntN(len(words))] }

func (p *plan) gates(last bool, people int) string {
	gates := p.oneOf(`{"raw":{"share":"25%","min":4}}`, `{"raw":{"count":1}}`, `{"rate":{"limit":"40%"}}`, `{"rate":{"limit":"30%","pool":true}}`)
	if p.w.chance(2) {
		gates += "," + p.oneOf(`{"bake":{"for":"3h"}}`, `{"bake":{"for":"40m"}}`, `{"reach":{"share":"60%","min":3}}`)
	}
	if p.w.chance(3) && !last {
		gates += "," + p.oneOf(fmt.Sprintf(`{"approval":{"need":%d,"expires":"8h"}}`, people), `{"signal":{"name":"issues","want":"none","halt":"bad","quiet":"1h"}}`, `{"permit":{}}`)
	}
	return gates
}

func (p *plan) addSpec(i int) error {
	rng := p.w.rng
	id := rollout.ID(fmt.Sprintf("R%d", i))
	patch := fettle.PatchID(fmt.Sprintf("P%d", i))
	var rings []string
	n := 2 + rng.IntN(2)
	lane, mode, people := "ordinary", "act", 1+rng.IntN(2)
	switch rng.IntN(8) {
	case 0, 1:
		lane, people = "emergency", 2
	case 2:
		mode = "observe"
	}
	for k := range n {
		size := p.oneOf(`"count":3`, `"count":5,"close":"9h"`, `"share":"25%"`, `"share":"30%","close":"12h"`)
		if k == n-1 {
			size = p.oneOf(`"rest":true`, `"rest":true,"close":"20h"`)
		}
		gatePeople := 1
		if lane == "emergency" {
			gatePeople = 2
		}
		rings = append(rings, fmt.Sprintf(`{"name":"r%d",%s,"gates":[%s]}`, k, size, p.gates(k == n-1, gatePeople)))
	}
	more := ""
	if i > 0 && rng.IntN(2) == 0 {
		more += fmt.Sprintf(`"replaces":["R%d"],`, i-1)
	}
	if rng.IntN(2) == 0 {
		more += fmt.Sprintf(`"budgets":[{"budget":"all","units":%d}],`, 2+rng.IntN(2))
	}
	if rng.IntN(3) > 0 {
		more += fmt.Sprintf(`"backout":{"patches":[{"id":"%s-out","payloads":[%q],"undoes":[%q]}],"auto":%t},`,
			patch, fettle.DigestOf(nil), patch, rng.IntN(3) > 0)
		p.undoes[patch+"-out"] = []fettle.PatchID{patch}
	}
	if rng.IntN(3) > 0 {
		more += `"retry":{"attempts":{"network":3,"disk":2,"agent":2,"condition":2,"patch":2},"backoff":"1h","quarantine":4},`
	}
	if rng.IntN(2) == 0 {
		more += `"strata":["model"],`
	}
	text := fmt.Sprintf(`{"id":%q,"patches":[{"id":%q,"payloads":[%q]}],"catalog":{"revision":1,"digest":%q},
		"target":"always","rings":[%s],"approval":{"need":%d},"lane":%q,"mode":%q,"growth":"100%%",
		"silence":"4h","grant":"3h","run":"2h",%s"salt":"s%d"}`,
		id, patch, fettle.DigestOf([]byte(patch)), fettle.DigestOf(nil), strings.Join(rings, ","), people, lane, mode, more, rng.IntN(1000))
	spec, err := rollout.ParseSpec("sim", []byte(text))
	if err != nil {
		return fmt.Errorf("sim: %w: %s", err, text)
	}
	p.specs = append(p.specs, spec)
	p.byID[id] = spec
	p.rates[patch] = []int{0, 0, 3, 10, 50, 100}[rng.IntN(6)]
	if rng.IntN(6) == 0 {
		p.model[patch] = "m1"
	}
	p.restarts[patch] = rng.IntN(2) == 0
	return nil
}

// fails says whether a patch breaks on a machine, the same each time.
func (p *plan) fails(patch fettle.PatchID, m *machine) bool {
	if model := p.model[patch]; model != "" {
		for _, k := range m.keys {
			if k.Dimension == "model" && k.Value == model {
				return true
			}
		}
	}
	return p.w.rng.IntN(100) < p.rates[patch]
}

func (p *plan) digest(id rollout.ID) fettle.Digest { return fettle.DigestOf([]byte(id)) }

// target: every fifth host is for every rollout but the first.
func (p *plan) target(spec *rollout.Spec, id fettle.HostID) bool {
	return spec.ID != "R0" || id[len(id)-1] != '5'
}

func (p *plan) member(m *machine) rollout.Member {
	one := rollout.Member{Host: m.id, Keys: m.keys, Ephemeral: m.ephemeral}
	for _, spec := range p.specs {
		if p.started[spec.ID] && p.target(spec, m.id) {
			eligible := ^uint64(0)
			if m.id[len(m.id)-1] == '3' {
				eligible = ^uint64(1) // never in the first ring
			}
			one.Rollouts = append(one.Rollouts, rollout.Candidate{Rollout: spec.ID, Eligible: eligible})
		}
	}
	return one
}

// build makes the hosts, the coordinators and the people.
func (w *world) build() {
	p := w.plan
	for i := range 10 + w.rng.IntN(30) {
		w.addMachine(i)
	}
	w.nodes = []*node{{w: w, name: "a"}}
	if w.chance(2) {
		w.nodes = append(w.nodes, &node{w: w, name: "b"})
	}
	for _, n := range w.nodes {
		n.recover()
	}
	w.nodes[0].active = true
	p.insist("configure", rollout.Configure{Config: p.config, By: "ann"}, nil)
	w.in(time.Minute, w.nodes[0].takeOver)
	w.in(90*time.Second, p.mistake)
	for i, spec := range p.specs {
		w.in(time.Duration(i)*w.between(time.Hour, 40*time.Hour)+2*time.Minute, func() { p.start(spec) })
	}
	w.in(time.Hour, p.people)
	w.in(time.Hour, w.weather)
}

func (w *world) addMachine(i int) *machine {
	m := &machine{w: w, id: hostID(i), disk: disk{
		installed: map[fettle.PatchID]bool{}, active: map[fettle.PatchID]bool{}, done: map[rollout.Op]bool{},
	}}
	m.keys = []rollout.Key{
		{Dimension: "label.cluster", Value: fmt.Sprintf("c%d", w.rng.IntN(5))},
		{Dimension: "link", Value: fmt.Sprintf("l%d", w.rng.IntN(2))},
		{Dimension: "model", Value: fmt.Sprintf("m%d", w.rng.IntN(3))},
		{Dimension: "site", Value: fmt.Sprintf("s%d", w.rng.IntN(3))},
	}
	m.ephemeral = w.plan.scaled && w.chance(5)
	m.restart()
	w.machines = append(w.machines, m)
	w.in(w.between(time.Minute, 30*time.Minute), m.live)
	return m
}

// insist tells a command until somebody has taken it.
func (p *plan) insist(name string, c rollout.Command, then func()) {
	w, done := p.w, false
	p.todo["insist "+name] = true
	var try func()
	try = func() {
		if done || w.failed != nil {
			return
		}
		for _, n := range w.nodes {
			if n.active && !n.down {
				n.take(letter{command: c, reply: func(reasons []fettle.Reason, err error) {
					if !done && w.audit.at > 0 { // before that the region is not configured
						done = true
						delete(p.todo, "insist "+name)
						text, _ := json.Marshal(reasons)
						w.say("%s: %v %s", name, err, text)
						if then != nil {
							then()
						}
					}
				}})
				break
			}
		}
		w.in(w.between(time.Minute, 5*time.Minute), try)
	}
	try()
}

func (p *plan) start(spec *rollout.Spec) {
	p.insist("start "+string(spec.ID), rollout.Start{
		Spec: spec, Digest: p.digest(spec.ID), By: "paula", Present: []fettle.Digest{fettle.DigestOf(nil)},
	}, func() {
		p.started[spec.ID] = true
		p.join("join "+string(spec.ID), p.w.machines)
	})
}

func (p *plan) join(name string, list []*machine) {
	var c rollout.Join
	for _, m := range list {
		if m.copyOf == nil && !m.gone && !m.left {
			c.Hosts = append(c.Hosts, p.member(m))
		}
	}
	if len(c.Hosts) > 0 {
		p.insist(name, c, nil)
	}
}
