package rollout

import (
	"iter"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
	"github.com/fettle-dev/fettle/schedule"
)

// ForecastHost is a host as a forecast sees it.
type ForecastHost struct {
	// Host is what its policy goes by. ID and, unless it is in UTC, Zone are needed.
	Host schedule.Host
	// Keys are as in Member: of budgets and strata.
	Keys []Key
	// Eligible is as in Candidate. Zero: the host is no target and is left out.
	Eligible uint64
	// Region is the index of its region, from 0.
	Region   int
	Presence Presence
	// Link is what its payload comes over. Hosts of one link are in one region.
	Link string
}

// ForecastQuestion is what is forecast.
type ForecastQuestion struct {
	Spec   *Spec
	Config Config // of each region; Region is a prefix of their names
	// From is when the rollout has its approvals and starts.
	From time.Time
	// By is the deadline, not included. Zero: the spec's NotAfter, else Until.
	By time.Time
	// Until ends the simulation. Zero: 90 days after From, or 30 after By if that
	// is later.
	Until   time.Time
	Regions int // 0: 1
	// Layers are the policy; none: hosts may always act. Item is what is asked of
	// it: class, severity, release, restart; its lengths are those of Assume.
	Layers []*schedule.Layer
	Item   schedule.Item
	Merge  *schedule.MergeOptions
	Zones  schedule.Zones
	Assume Assumptions
}

// Rehearsal is a fleet and a rollout, prepared to be simulated any number of
// times. It does not change and is safe for concurrent use.
type Rehearsal struct {
	spec    *Spec
	digest  fettle.Digest
	config  Config
	assume  Assumptions
	from    time.Time
	by      uint32 // seconds after from
	until   uint32
	bucket  uint32 // seconds of a step of the curves
	restart bool   // hosts restart before they are done, with no policy to say so
	regions []regionFleet
	classes []hostClass
	hosts   int
	windows []WindowOutlook
	polls   [][]uint32 // of the background, by region and hour
	links   []string
	rates   []int64 // of links, in bytes a second
	// tables are what the gates of all trials are worked out from: the same whoever
	// does it.
	tables *gatestat.Tables
}

// regionFleet are the hosts of a region, as columns.
type regionFleet struct {
	ids    []fettle.HostID
	number []uint32 // in the order of the fleet: what chance goes by
	class  []uint32
}

// hostClass is what hosts have in common that differ by nothing but their names.
type hostClass struct {
	keys     []Key
	eligible uint64
	site     string
	*slots
	link    uint32 // index into Rehearsal.links
	always  bool   // AlwaysOn
	exposed bool   // a bad patch may break it
}

// stretch is [start, end) in seconds after From.
type stretch struct{ start, end uint32 }

// Forecast simulates the question for a fleet that many times and sums up what
// came of it. The same arguments give the same outlook on every machine. For
// many runs over several processors, see Rehearsal.
func Forecast(q *ForecastQuestion, fleet iter.Seq[ForecastHost], seed uint64, runs int) (*Outlook, error) {
	r, err := NewRehearsal(q, fleet)
	if err != nil {
		return nil, err
	}
	tally := r.Tally(seed)
	for run := range runs {
		for region := range r.Regions() {
			trial, err := r.Trial(seed, run, region)
			if err != nil {
				return nil, err
			}
			tally.Add(run, region, trial)
		}
	}
	return tally.Outlook(), nil
}

// Regions returns how many regions the fleet has.
func (r *Rehearsal) Regions() int { return len(r.regions) }

// Hosts returns how many hosts are targets.
func (r *Rehearsal) Hosts() int { return r.hosts }
