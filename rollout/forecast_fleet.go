package rollout

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
	"github.com/fettle-dev/fettle/schedule"
)

// ReasonAwayWhenOpen is why hosts cannot make it whose windows are open only
// while they are off the network.
const ReasonAwayWhenOpen = "away-when-open"

// maxRegions bounds the regions of a forecast.
const maxRegions = 10_000

// NewRehearsal reads a fleet for a question. Its windows are worked out here,
// once for each policy. The error names what the question lacks, or the first
// host that cannot be.
func NewRehearsal(q *ForecastQuestion, fleet iter.Seq[ForecastHost]) (*Rehearsal, error) {
	r, err := q.rehearsal()
	if err != nil {
		return nil, err
	}
	g, err := newGatherer(r, q)
	if err != nil {
		return nil, err
	}
	for h := range fleet {
		if err := g.add(&h); err != nil {
			return nil, err
		}
	}
	if r.hosts == 0 {
		return nil, forecastError("fleet", "empty", "no host of it is a target of the rollout")
	}
	r.trim()
	r.settleGrain()
	r.windows = g.outlook()
	r.countPolls()
	return r, nil
}

// trim gives back what the columns have grown too much.
func (r *Rehearsal) trim() {
	r.classes = exact(r.classes)
	for i := range r.regions {
		f := &r.regions[i]
		f.ids, f.number, f.class = exact(f.ids), exact(f.number), exact(f.class)
	}
}

// manyHosts is from how many hosts of a region on the grain is coarser.
const manyHosts = 10_000

// settleGrain states the grain, if the question did not.
func (r *Rehearsal) settleGrain() {
	if r.assume.Grain != 0 {
		return
	}
	r.assume.Grain = Duration(time.Minute)
	for i := range r.regions {
		if len(r.regions[i].ids) > manyHosts {
			r.assume.Grain = Duration(5 * time.Minute)
		}
	}
}

// exact returns a copy without room to grow.
func exact[T any](list []T) []T {
	out := make([]T, len(list))
	copy(out, list)
	return out
}

// rehearsal checks the question and returns a rehearsal without hosts.
func (q *ForecastQuestion) rehearsal() (*Rehearsal, error) {
	if q.Spec == nil {
		return nil, forecastError("spec", "", "required")
	}
	if q.Spec.Mode != Act {
		return nil, forecastError("mode", q.Spec.Mode.String(), "nothing would be installed, so there is nothing to forecast; want act")
	}
	if err := errors.Join(q.Spec.Validate(&q.Config).Err(), q.Config.Validate().Err()); err != nil {
		return nil, err
	}
	if err := q.Assume.check(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(q.Spec)
	if err != nil {
		return nil, fmt.Errorf("rollout: forecast: spec: %w", err)
	}
	if q.From.IsZero() {
		return nil, forecastError("from", "", "required")
	}
	regions := max(q.Regions, 1)
	if regions > maxRegions {
		return nil, forecastError("regions", strconv.Itoa(regions), fmt.Sprintf("want at most %d", maxRegions))
	}
	from := q.From.Truncate(time.Second).UTC()
	by, until := q.By, q.Until
	if by.IsZero() {
		by = q.Spec.NotAfter
	}
	if until.IsZero() {
		until = from.Add(90 * 24 * time.Hour)
		if late := by.Add(30 * 24 * time.Hour); late.After(until) && !by.IsZero() {
			until = late
		}
	}
	if by.IsZero() {
		by = until
	}
	if !by.After(from) {
		return nil, forecastError("by", by.UTC().Format(time.RFC3339), "want an instant after from, "+from.Format(time.RFC3339))
	}
	if until.Before(by) || until.Sub(from) > time.Duration(maxLength) {
		return nil, forecastError("until", until.UTC().Format(time.RFC3339), "want an instant at or after by, at most 2 years after from")
	}
	r := &Rehearsal{
		spec: q.Spec, digest: fettle.DigestOf(data), config: q.Config, assume: q.Assume.filled(), from: from,
		regions: make([]regionFleet, regions), tables: new(gatestat.Tables),
		restart: q.Item.Restart != fettle.RestartNone && q.Item.Restart != fettle.RestartService,
	}
	r.by, r.until = r.second(by), r.second(until)
	r.bucket = (r.until + buckets - 1) / buckets
	return r, nil
}

// buckets is how many steps the curves of a run have at most.
const buckets = 2048

// second returns an instant as seconds after From, clipped to what fits.
func (r *Rehearsal) second(t time.Time) uint32 {
	return uint32(min(max(int64(t.Sub(r.from)/time.Second), 0), forever-1))
}

// instant returns the instant of a second.
func (r *Rehearsal) instant(second uint32) time.Time {
	return r.from.Add(time.Duration(second) * time.Second)
}

// gatherer sorts hosts into classes.
type gatherer struct {
	r       *Rehearsal
	q       *ForecastQuestion
	starts  *schedule.Starts // nil: no policy
	classes map[string]uint32
	slots   map[slotKey]*slots
	used    []*slots
	zones   map[string]*time.Location
	key     []byte
	seen    map[fettle.HostID]struct{}
	links   map[string]uint32
	texts   map[string]string
}

// slotKey tells apart when hosts can act.
type slotKey struct {
	opportunity *schedule.Opportunity // nil: no policy
	presence    Presence
	zone        string
}

// slots is when hosts can act.
type slots struct {
	slotKey
	number           int // in the order of their first host
	install, restart []stretch
	there            []stretch
	restarts         bool
	code             string
	windows          []schedule.Span // when the policy lets them install
	hosts            int
}

func newGatherer(r *Rehearsal, q *ForecastQuestion) (*gatherer, error) {
	g := &gatherer{
		r: r, q: q, classes: map[string]uint32{}, slots: map[slotKey]*slots{},
		zones: map[string]*time.Location{"": time.UTC, "UTC": time.UTC}, seen: map[fettle.HostID]struct{}{}, links: map[string]uint32{}, texts: map[string]string{},
	}
	if len(q.Layers) == 0 {
		return g, nil
	}
	item := q.Item
	item.InstallTime = time.Duration(q.Assume.Install)
	item.RestartTime = time.Duration(q.Assume.Restart)
	var err error
	g.starts, err = schedule.NewStarts(q.Layers, q.Zones,
		schedule.Question{Item: item, From: r.from, By: r.instant(r.until)}, &schedule.ForecastOptions{Merge: q.Merge})
	return g, err
}

// add takes in a host.
func (g *gatherer) add(h *ForecastHost) error {
	r := g.r
	switch {
	case h.Host.ID == "":
		return forecastError("host", strconv.Itoa(len(g.seen)+1), "it has no id")
	case h.Region < 0 || h.Region >= len(r.regions):
		return forecastError("host", string(h.Host.ID), fmt.Sprintf("region %d: want 0 to %d", h.Region, len(r.regions)-1))
	case h.Presence > OfficeHours:
		return forecastError("host", string(h.Host.ID), "presence "+h.Presence.String()+": want a known one")
	}
	if _, twice := g.seen[h.Host.ID]; twice {
		return forecastError("host", string(h.Host.ID), "it is there twice")
	}
	g.seen[h.Host.ID] = struct{}{}
	if h.Eligible == 0 {
		return nil
	}
	class, err := g.class(h)
	if err != nil {
		return err
	}
	region := &r.regions[h.Region]
	region.ids = append(region.ids, h.Host.ID)
	region.class = append(region.class, class)
	region.number = append(region.number, uint32(len(g.seen)-1))
	r.hosts++
	return nil
}

// class returns the index of the host's class.
func (g *gatherer) class(h *ForecastHost) (uint32, error) {
	k := slotKey{presence: h.Presence}
	if g.starts != nil {
		k.opportunity = g.starts.Of(h.Host)
	}
	if h.Presence == OfficeHours {
		k.zone = h.Host.Zone
	}
	s := g.slots[k]
	if s == nil {
		var err error
		if s, err = g.newSlots(k, h); err != nil {
			return 0, err
		}
	}
	s.hosts++
	b := binary.AppendUvarint(binary.AppendUvarint(g.key[:0], uint64(s.number)), h.Eligible)
	b = append(append(append(append(b, h.Host.Site...), 0), h.Link...), 0)
	for _, key := range h.Keys {
		b = append(append(append(append(b, key.Dimension...), 0), key.Value...), 0)
	}
	g.key = b
	if i, ok := g.classes[string(b)]; ok {
		return i, nil
	}
	c := hostClass{
		eligible: h.Eligible, site: g.text(h.Host.Site), slots: s, link: g.link(h.Link), always: h.Presence == AlwaysOn,
	}
	bad := g.r.assume.BadOnly
	c.exposed = bad.Dimension == ""
	c.keys = make([]Key, len(h.Keys))
	for i, key := range h.Keys {
		c.keys[i] = Key{g.text(key.Dimension), g.text(key.Value)}
		c.exposed = c.exposed || key == bad
	}
	i := uint32(len(g.r.classes))
	g.classes[string(b)] = i
	g.r.classes = append(g.r.classes, c)
	return i, nil
}

// text returns the one copy of a text that the rehearsal keeps.
func (g *gatherer) text(s string) string {
	kept, ok := g.texts[s]
	if !ok {
		kept = strings.Clone(s)
		g.texts[kept] = kept
	}
	return kept
}

// newSlots works out when hosts can act.
func (g *gatherer) newSlots(k slotKey, h *ForecastHost) (*slots, error) {
	r := g.r
	all := []schedule.Span{{Start: r.from, End: r.instant(r.until)}}
	s := &slots{slotKey: k, number: len(g.used), restarts: r.restart, windows: all}
	if k.opportunity != nil || k.presence == OfficeHours {
		s.zone = h.Host.Zone
	}
	restart := all
	if o := k.opportunity; o != nil {
		s.windows, restart, s.restarts, s.code = o.Install, o.Restart, o.Restarts, o.Code
	}
	there := all
	if k.presence == OfficeHours {
		zone, err := g.zone(h.Host.Zone)
		if err != nil {
			return nil, forecastError("host", string(h.Host.ID), "zone "+h.Host.Zone+": "+err.Error())
		}
		if there, err = officeHours(zone, r.from, r.instant(r.until)); err != nil {
			return nil, forecastError("host", string(h.Host.ID), err.Error())
		}
	}
	s.there = r.stretches(there)
	s.install = r.stretches(schedule.Intersection(s.windows, there))
	s.restart = r.stretches(schedule.Intersection(restart, there))
	if s.code == "" && (len(s.install) == 0 || s.restarts && len(s.restart) == 0) {
		s.code = ReasonAwayWhenOpen
	}
	g.slots[k] = s
	g.used = append(g.used, s)
	return s, nil
}

// link returns the index of a link.
func (g *gatherer) link(name string) uint32 {
	i, ok := g.links[name]
	if !ok {
		i = uint32(len(g.r.links))
		rate, differs := g.r.assume.Links[name]
		if !differs {
			rate = g.r.assume.LinkRate
		}
		name = g.text(name)
		g.links[name] = i
		g.r.links, g.r.rates = append(g.r.links, name), append(g.r.rates, rate)
	}
	return i
}

func (g *gatherer) zone(name string) (*time.Location, error) {
	if zone := g.zones[name]; zone != nil {
		return zone, nil
	}
	if g.q.Zones == nil {
		return nil, errors.New("no zones are given")
	}
	zone, err := g.q.Zones(name)
	if err == nil {
		g.zones[name] = zone
	}
	return zone, err
}

// stretches returns spans as seconds, clipped to the simulation.
func (r *Rehearsal) stretches(spans []schedule.Span) []stretch {
	out := make([]stretch, 0, len(spans))
	for _, s := range spans {
		if c := (stretch{r.second(s.Start), min(r.second(s.End), r.until)}); c.start < c.end {
			out = append(out, c)
		}
	}
	return out
}

// outlook returns when hosts may act, for people to look at.
func (g *gatherer) outlook() []WindowOutlook {
	var list []WindowOutlook
	by := map[[2]string]int{}
	for _, s := range g.used {
		spans := make([]byte, 0, 1024)
		for _, w := range s.windows {
			spans = w.Start.AppendFormat(spans, time.RFC3339)
			spans = w.End.AppendFormat(spans, time.RFC3339)
		}
		key := [2]string{s.zone, s.code + string(spans)}
		i, ok := by[key]
		if !ok {
			i = len(list)
			by[key] = i
			list = append(list, WindowOutlook{Zone: s.zone, Code: s.code, Spans: s.windows})
		}
		list[i].Hosts += s.hosts
	}
	slices.SortStableFunc(list, func(a, b WindowOutlook) int {
		return cmp.Or(cmp.Compare(b.Hosts, a.Hosts), strings.Compare(a.Zone, b.Zone))
	})
	return list[:min(len(list), mostWindows)]
}
