package schedule

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// Question is what a forecast asks of every host: by when can it have installed
// such an item, and restarted for it if need be, given a grant from the start?
type Question struct {
	Item Item // class, severity, estimates, release; grant and ring are taken as given
	From time.Time
	By   time.Time // not included
}

// ForecastOptions are what Forecast can do without.
type ForecastOptions struct {
	Merge *MergeOptions
	// Listed bounds the hosts that are listed by name; the counts are complete
	// anyway. Default 1000.
	Listed int
}

// Outlook is the answer for a fleet.
type Outlook struct {
	Hosts  int           `json:"hosts"`
	Able   int           `json:"able"`
	Sites  []SiteOutlook `json:"sites"`  // by name
	Why    []Obstacle    `json:"why"`    // what keeps hosts from it, the commonest first
	Unable []UnableHost  `json:"unable"` // in the order of the fleet, at most as many as were to be listed
	// Policies is how many different policies the fleet has: what was worked out
	// once each.
	Policies int `json:"policies"`
}

// SiteOutlook is the answer for the hosts of a site.
type SiteOutlook struct {
	Site  string    `json:"site"`
	Hosts int       `json:"hosts"`
	Able  int       `json:"able"`
	First time.Time `json:"first,omitzero"` // first instant at which a host of it can start
	Last  time.Time `json:"last,omitzero"`  // by when the last of those that can has been able to start and restart
}

// Obstacle is a reason that keeps hosts from it. Codes are those of decisions,
// LintRefused for hosts whose layers give no policy, and
// "no-restart-window".
type Obstacle struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	Hosts  int    `json:"hosts"`
}

// UnableHost is a host that cannot, and why.
type UnableHost struct {
	Host   fettle.HostID `json:"host"`
	Site   string        `json:"site,omitempty"`
	Code   string        `json:"code"`
	Detail string        `json:"detail,omitempty"`
}

// ReasonNoRestart is the obstacle of a host that can install in time, but not
// restart.
const ReasonNoRestart = "no-restart-window"

// Forecast answers a question for a fleet. Hosts that the same layers concern
// in the same zone are worked out once, for the one whose turn in a spread
// comes last. The error is that of the question; a host whose layers
// contradict each other is an answer.
func Forecast(layers []*Layer, hosts iter.Seq[Host], zones Zones, q Question, opt *ForecastOptions) (Outlook, error) {
	f, err := newForecaster(layers, zones, q, opt)
	if err != nil {
		return Outlook{}, err
	}
	out := Outlook{}
	sites := map[string]*SiteOutlook{}
	obstacles := map[[2]string]int{}
	for h := range hosts {
		p := f.prospect(&h)
		site := sites[h.Site]
		if site == nil {
			site = &SiteOutlook{Site: h.Site}
			sites[h.Site] = site
		}
		out.Hosts++
		site.Hosts++
		if p.code == "" {
			out.Able++
			site.able(p)
			continue
		}
		obstacles[[2]string{p.code, p.detail}]++
		if len(out.Unable) < f.listed {
			out.Unable = append(out.Unable, UnableHost{h.ID, h.Site, p.code, p.detail})
		}
	}
	for _, s := range sites {
		out.Sites = append(out.Sites, *s)
	}
	slices.SortFunc(out.Sites, func(a, b SiteOutlook) int { return strings.Compare(a.Site, b.Site) })
	for k, n := range obstacles {
		out.Why = append(out.Why, Obstacle{k[0], k[1], n})
	}
	slices.SortFunc(out.Why, func(a, b Obstacle) int {
		return cmp.Or(cmp.Compare(b.Hosts, a.Hosts), strings.Compare(a.Code, b.Code), strings.Compare(a.Detail, b.Detail))
	})
	out.Policies = len(f.memo)
	return out, nil
}

func (s *SiteOutlook) able(p *prospect) {
	s.Able++
	if s.First.IsZero() || p.start.Before(s.First) {
		s.First = p.start
	}
	s.Last = latest(s.Last, p.done)
}

// prospect is what one policy holds for a question.
type prospect struct {
	policy      *Policy
	start, done time.Time
	code        string // of the obstacle; empty: able
	detail      string
}

// forecaster works out prospects, once for each policy.
type forecaster struct {
	layers []*Layer
	zones  Zones
	q      Question
	merge  *MergeOptions
	listed int
	lists  []selectors             // whose outcomes tell policies apart
	byHost map[fettle.HostID][]int // layers that name hosts
	others []*Layer                // layers that name none
	wheres []int                   // layers with a condition in the embedder's language
	memo   map[forecastKey]*prospect
}

// forecastKey tells hosts with different policies apart.
type forecastKey struct {
	bits [4]uint64
	zone string
	more string // layers that name the host, wheres, and lists past the bits
}

func newForecaster(layers []*Layer, zones Zones, q Question, opt *ForecastOptions) (*forecaster, error) {
	if opt == nil {
		opt = &ForecastOptions{}
	}
	q.Item.Patch = cmp.Or(q.Item.Patch, "forecast")
	if err := checkItems([]Item{q.Item}); err != nil {
		return nil, err
	}
	q.From, q.By = seconds(q.From), seconds(q.By)
	if !q.From.Before(q.By) {
		return nil, &FieldError{Field: "by", Value: instantText(q.By), Rule: "want an instant after from", Err: ErrInvalid}
	}
	f := &forecaster{
		layers: layers, zones: zones, q: q, merge: opt.Merge, listed: cmp.Or(opt.Listed, 1000),
		byHost: map[fettle.HostID][]int{}, memo: map[forecastKey]*prospect{},
	}
	for i, l := range layers {
		if err := f.tell(i, l); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// tell notes by what the policies of hosts differ on account of a layer.
func (f *forecaster) tell(i int, l *Layer) error {
	own, err := compileSelectors(l.Hosts)
	if err != nil {
		return &FieldError{File: l.File, Field: "hosts", Rule: err.Error(), Err: ErrInvalid}
	}
	if l.Where != "" && f.merge != nil && f.merge.Where != nil {
		f.wheres = append(f.wheres, i)
	}
	named := hostsNamed(own)
	if named == nil {
		f.others = append(f.others, l)
	}
	if named != nil {
		for _, id := range named {
			f.byHost[fettle.HostID(id)] = append(f.byHost[fettle.HostID(id)], i)
		}
	} else if len(own) > 0 {
		f.lists = append(f.lists, own)
	}
	inner := func(list []Selector) error {
		if len(list) == 0 {
			return nil
		}
		compiled, err := compileSelectors(list)
		f.lists = append(f.lists, compiled)
		return err
	}
	for _, r := range l.Rules {
		if err := inner(r.Hosts.value); err != nil {
			return &FieldError{File: l.File, Field: "rules", Rule: err.Error(), Err: ErrInvalid}
		}
	}
	for _, z := range l.Freezes {
		if err := inner(z.Hosts.value); err != nil {
			return &FieldError{File: l.File, Field: "freezes", Rule: err.Error(), Err: ErrInvalid}
		}
	}
	return nil
}

// hostsNamed returns the hosts of a list that is about named hosts.
func hostsNamed(list selectors) []string {
	for i := range list {
		if list[i].attribute == "host" && !list[i].negated && list[i].values != nil {
			return list[i].values
		}
	}
	return nil
}

func (f *forecaster) key(h *Host) forecastKey {
	k := forecastKey{zone: h.Zone}
	for i := range f.lists {
		if !f.lists[i].match(h) {
			continue
		}
		if i < 256 {
			k.bits[i/64] |= 1 << (i % 64)
		} else {
			k.more += " " + strconv.Itoa(i)
		}
	}
	for _, i := range f.byHost[h.ID] {
		if list, err := compileSelectors(f.layers[i].Hosts); err == nil && list.match(h) {
			k.more += " layer " + strconv.Itoa(i)
		}
	}
	for _, i := range f.wheres {
		if holds, err := f.merge.Where(f.layers[i].Where, *h); err != nil {
			k.more += " error " + strconv.Itoa(i)
		} else {
			k.more += " where " + strconv.Itoa(i) + holds.String()
		}
	}
	return k
}

func (f *forecaster) prospect(h *Host) *prospect {
	k := f.key(h)
	p := f.memo[k]
	if p == nil {
		p = f.work(*h)
		f.memo[k] = p
	}
	return p
}

// work answers the question for one policy.
func (f *forecaster) work(h Host) *prospect {
	policy, r, code, detail := f.policyOf(h)
	p := &prospect{policy: policy, code: code, detail: detail}
	if code == "" {
		f.install(p, r)
	}
	if p.code == "" {
		f.restart(p, r)
	}
	return p
}

// policyOf merges the policy of a host and finds its rule for the item; if
// there is none, the code and the detail of what is in the way.
func (f *forecaster) policyOf(h Host) (p *Policy, r *rule, code, detail string) {
	layers := slices.Clone(f.others)
	for _, i := range f.byHost[h.ID] {
		layers = append(layers, f.layers[i])
	}
	p, err := Merge(layers, h, f.zones, f.merge)
	if err != nil {
		detail := err.Error()
		if found := FieldErrors(err); len(found) > 0 {
			detail = found[0].Error()
		}
		return nil, nil, LintRefused, detail
	}
	if r = p.rule(&f.q.Item); r == nil {
		return p, nil, ReasonNoRule, ""
	}
	return p, r, "", ""
}

// install finds the first instant at which every host of the policy may start.
func (f *forecaster) install(p *prospect, r *rule) {
	var open []Span
	if open, p.code, p.detail = f.admitted(p.policy, r); p.code == "" {
		p.start = open[0].Start
	}
}

// admitted returns the instants at which every host of the policy may start; if
// there is none, the code and the detail of what is in the way.
func (f *forecaster) admitted(p *Policy, r *rule) (open []Span, code, detail string) {
	it := &f.q.Item
	from := f.q.From
	w := work{item: it, rule: r}
	e := eval{p: p, s: &State{}, instants: instants{now: from}}
	override := e.override(it, installs)
	if override == nil && !it.Released.IsZero() {
		taken, why := e.takenUp(r, seconds(it.Released), it.Patch)
		if taken.IsZero() || !taken.Before(f.q.By) {
			return nil, why.Code, ""
		}
		from = latest(from, taken)
	}
	need := max(it.InstallTime+w.restartTime(), r.reserve)
	both := counting{mandatory: true, optional: true}
	holds := p.holdSpans()
	var free []Span
	if override != nil {
		free = Subtract([]Span{{from, earlier(f.q.By, override.span.End)}}, holds)
	}
	frozen := append(p.freezeSpans(it, installs, from, f.q.By), holds...)
	if open := Union(free, stretches(r.windows, both, need, frozen, from, f.q.By)); len(open) > 0 {
		return open, "", ""
	}
	switch {
	case len(r.windows) == 0:
		return nil, ReasonNoWindow, ""
	case len(stretches(r.windows, both, need, holds, from, f.q.By)) > 0:
		return nil, ReasonFreeze, ""
	case len(stretches(r.windows, both, need, nil, from, f.q.By)) > 0:
		return nil, ReasonHostFreeze, ""
	case len(stretches(r.windows, both, 0, nil, from, f.q.By)) > 0:
		return nil, ReasonTooLate, "needs " + lengthText(need)
	default:
		return nil, ReasonOutside, ""
	}
}

// restart finds when the restart after the installation can be.
func (f *forecaster) restart(p *prospect, r *rule) {
	it := &f.q.Item
	p.done = p.start.Add(it.InstallTime)
	if !f.restarts(r) {
		return
	}
	need := (&work{item: it, rule: r}).restartTime()
	open := f.restartSpans(p.policy, r, p.done)
	if len(open) == 0 {
		p.code, p.detail = ReasonNoRestart, "restart rule "+r.restart.name
		return
	}
	p.done = open[0].Start.Add(need)
}

// restarts reports whether the item's installation waits for a restart that the
// policy has to let through.
func (f *forecaster) restarts(r *rule) bool {
	it := &f.q.Item
	return it.Restart != fettle.RestartNone && it.Restart != fettle.RestartService && r.restart.mode != RestartNever
}

// restartSpans returns the instants from one on at which a restart may start.
func (f *forecaster) restartSpans(p *Policy, r *rule, from time.Time) []Span {
	it := &f.q.Item
	need := (&work{item: it, rule: r}).restartTime()
	frozen := append(p.freezeSpans(it, restarts, from, f.q.By), p.holdSpans()...)
	return stretches(r.restart.windows, counting{mandatory: true, optional: true}, need, frozen, from, f.q.By)
}

func (p *Policy) holdSpans() []Span {
	var all []Span
	for i := range p.holds {
		all = append(all, p.holds[i].span)
	}
	return all
}

// freezeSpans are the freezes of an effect for an item.
func (p *Policy) freezeSpans(it *Item, what effect, from, to time.Time) []Span {
	var all []Span
	for i := range p.freezes {
		f := &p.freezes[i]
		switch {
		case f.blocks&what == 0 || !f.concerns(it):
		case f.window == nil:
			all = append(all, f.span)
		default:
			all = slices.AppendSeq(all, f.window.Spans(from, to))
		}
	}
	return all
}
