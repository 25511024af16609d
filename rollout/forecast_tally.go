package rollout

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Outlook sums up the runs of which every region is there. It changes nothing.
func (t *Tally) Outlook() *Outlook {
	r := t.r
	runs := t.runs()
	o := &Outlook{
		Rollout: r.spec.ID, Title: r.spec.Title, Hosts: r.hosts, Regions: len(r.regions), Runs: len(runs), Seed: t.seed,
		From: r.from, By: r.instant(r.by), Until: r.instant(r.until), Assume: r.assume, Windows: r.windows,
		Late: []LateOutlook{},
	}
	for i := range r.spec.Rings {
		o.Rings = append(o.Rings, r.ring(runs, i))
	}
	o.Done = r.instants(collect(runs, func(run []*Trial) uint32 { return over(run, func(t *Trial) uint32 { return t.done }) }))
	o.Most = r.instants(collect(runs, func(run []*Trial) uint32 { return over(run, func(t *Trial) uint32 { return t.most }) }))
	o.Verified = amounts(collect(runs, func(run []*Trial) int64 { return sum(run, func(t *Trial) int { return t.verified }) }))
	o.Halt = r.halt(runs)
	o.Traffic = r.traffic(runs)
	o.Late, o.Why = late(runs, false), late(runs, true)
	r.curves(o.Rings, runs)
	return o
}

// collect returns a value of each run.
func collect[T any](runs [][]*Trial, of func([]*Trial) T) []T {
	out := make([]T, len(runs))
	for i, run := range runs {
		out[i] = of(run)
	}
	return out
}

// over returns the largest value of a run's regions: when the last came to it.
func over(run []*Trial, of func(*Trial) uint32) uint32 {
	last := uint32(0)
	for _, t := range run {
		last = max(last, of(t))
	}
	return last
}

// first returns the smallest value of a run's regions.
func first(run []*Trial, of func(*Trial) uint32) uint32 {
	out := uint32(forever)
	for _, t := range run {
		out = min(out, of(t))
	}
	return out
}

func sum(run []*Trial, of func(*Trial) int) int64 {
	n := 0
	for _, t := range run {
		n += of(t)
	}
	return int64(n)
}

func (r *Rehearsal) ring(runs [][]*Trial, i int) RingOutlook {
	o := RingOutlook{Ring: r.spec.Rings[i].Name}
	o.Hosts = amounts(collect(runs, func(run []*Trial) int64 {
		return sum(run, func(t *Trial) int { return t.rings[i].hosts })
	}))
	o.Opened = r.instants(collect(runs, func(run []*Trial) uint32 {
		return first(run, func(t *Trial) uint32 { return t.rings[i].opened })
	}))
	o.Passed = r.instants(collect(runs, func(run []*Trial) uint32 {
		return over(run, func(t *Trial) uint32 { return t.rings[i].passed })
	}))
	o.Most = r.instants(collect(runs, func(run []*Trial) uint32 {
		return over(run, func(t *Trial) uint32 { return t.rings[i].most })
	}))
	for _, run := range runs {
		if slices.ContainsFunc(run, func(t *Trial) bool { return t.halted != forever && t.haltRing == i }) {
			o.Halts++
		}
		if k := slices.IndexFunc(run, func(t *Trial) bool { return t.rings[i].held }); k >= 0 {
			if o.Holds++; o.Held == nil {
				o.Held = run[k].rings[i].holds
			}
		}
	}
	return o
}

func (r *Rehearsal) halt(runs [][]*Trial) HaltOutlook {
	var o HaltOutlook
	var started []int64
	var at, backedOut []uint32
	for _, run := range runs {
		halt := first(run, func(t *Trial) uint32 { return t.halted })
		if halt != forever {
			o.Runs++
		}
		if back := over(run, func(t *Trial) uint32 { return t.backedOut }); back != 0 {
			backedOut = append(backedOut, back)
		}
		if !run[0].bad {
			o.Good++
			if halt != forever {
				o.False++
			}
			continue
		}
		o.Bad++
		if over(run, func(t *Trial) uint32 { return t.halted }) != forever {
			o.Caught++
		}
		at = append(at, halt)
		started = append(started, sum(run, func(t *Trial) int { return t.started }))
		o.Hits = append(o.Hits, sum(run, func(t *Trial) int { return t.hit }))
	}
	o.Started, o.Hit = amounts(started), amounts(o.Hits)
	o.At, o.BackedOut = r.instants(at), r.instants(backedOut)
	return o
}

// points is how many points a curve has at most, beside its first.
const points = 240

// curves fills in how many hosts were verified by when, up to the last of them
// in any run.
func (r *Rehearsal) curves(rings []RingOutlook, runs [][]*Trial) {
	end := uint32(0)
	for _, run := range runs {
		for _, t := range run {
			for i := range t.rings {
				if v := t.rings[i].verified; len(v) > 0 {
					end = max(end, v[len(v)-1].bucket+1)
				}
			}
		}
	}
	every := max((end+points-1)/points, 1)
	n := (end + every - 1) / every
	for i := range rings {
		totals := make([][]int64, n+1) // by point, over the runs
		for p := range totals {
			totals[p] = make([]int64, len(runs))
		}
		for j, run := range runs {
			for _, t := range run {
				for _, s := range t.rings[i].verified {
					totals[s.bucket/every+1][j] += int64(s.hosts)
				}
			}
			for p := 1; p < len(totals); p++ {
				totals[p][j] += totals[p-1][j]
			}
		}
		rings[i].Curve = make([]Point, 0, len(totals))
		for p, values := range totals {
			if len(values) == 0 {
				continue
			}
			slices.Sort(values)
			at := min(uint64(p)*uint64(every)*uint64(r.bucket), uint64(r.until))
			rings[i].Curve = append(rings[i].Curve, Point{
				At: r.instant(uint32(at)), P10: quantile(values, 10), P50: quantile(values, 50), P90: quantile(values, 90),
			})
		}
	}
}

func (r *Rehearsal) traffic(runs [][]*Trial) TrafficOutlook {
	var o TrafficOutlook
	var polls, reports, bytes []int64
	links := map[string][]int64{}
	queues := map[string]uint32{}
	for _, run := range runs {
		var most hourly
		for h := range r.hoursOf() {
			var all hourly
			for region, t := range run {
				all.add(r.background(region, h), t.hours, h)
			}
			most.polls = max(most.polls, all.polls)
			most.reports = max(most.reports, all.reports)
			most.bytes = max(most.bytes, all.bytes+(all.polls+all.reports)*r.assume.Message)
		}
		polls, reports, bytes = append(polls, most.polls), append(reports, most.reports), append(bytes, most.bytes)
		for _, t := range run {
			for _, l := range t.links {
				links[l.link] = append(links[l.link], l.bytes)
				queues[l.link] = max(queues[l.link], l.queue)
			}
		}
	}
	o.Polls, o.Reports, o.Bytes = amounts(polls), amounts(reports), amounts(bytes)
	o.Links = []LinkOutlook{}
	for _, link := range slices.Sorted(maps.Keys(links)) {
		values := links[link]
		for len(values) < len(runs) {
			values = append(values, 0)
		}
		o.Links = append(o.Links, LinkOutlook{link, amounts(values), Duration(queues[link]) * Duration(time.Second)})
	}
	slices.SortStableFunc(o.Links, func(a, b LinkOutlook) int { return cmp.Compare(b.Bytes.Max, a.Bytes.Max) })
	o.Links = o.Links[:min(len(o.Links), mostLinks)]
	return o
}

// hourly is what all regions do in an hour.
type hourly struct{ polls, reports, bytes int64 }

func (a *hourly) add(background int64, hours []hour, h int) {
	a.polls += background
	if h < len(hours) {
		a.polls += int64(hours[h].polls)
		a.reports += int64(hours[h].reports)
		a.bytes += hours[h].bytes
	}
}

// late sums up why hosts were late: by reason and site, or over all sites.
func late(runs [][]*Trial, everywhere bool) []LateOutlook {
	counts := map[lateKey][]int64{}
	out := map[lateKey]*LateOutlook{}
	for _, run := range runs {
		here := lateIn(run, everywhere)
		for k, l := range here {
			if out[k] == nil {
				out[k] = &LateOutlook{Code: k.code, Site: k.site, Examples: l.examples}
			}
			out[k].Runs++
			counts[k] = append(counts[k], int64(l.hosts))
		}
	}
	list := make([]LateOutlook, 0, len(out))
	for k, l := range out {
		values := counts[k]
		for len(values) < len(runs) {
			values = append(values, 0)
		}
		l.Hosts = amounts(values)
		list = append(list, *l)
	}
	slices.SortFunc(list, func(a, b LateOutlook) int {
		return cmp.Or(cmp.Compare(b.Hosts.P50, a.Hosts.P50), cmp.Compare(b.Hosts.Max, a.Hosts.Max),
			strings.Compare(a.Code, b.Code), strings.Compare(a.Site, b.Site))
	})
	return list
}

// lateIn adds up the hosts that were late in the regions of one run. Examples are
// those of the first regions and sites.
func lateIn(run []*Trial, everywhere bool) map[lateKey]*lateTrial {
	all := map[lateKey]*lateTrial{}
	for _, t := range run {
		keys := slices.SortedFunc(maps.Keys(t.late), func(a, b lateKey) int {
			return cmp.Or(strings.Compare(a.code, b.code), strings.Compare(a.site, b.site))
		})
		for _, k := range keys {
			l := t.late[k]
			if everywhere {
				k.site = ""
			}
			if all[k] == nil {
				all[k] = &lateTrial{}
			}
			all[k].hosts += l.hosts
			examples := slices.Concat(all[k].examples, l.examples)
			all[k].examples = examples[:min(len(examples), mostExamples)]
		}
	}
	return all
}
