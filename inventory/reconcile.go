package inventory

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// Sighting is one observation of a host, as far as it tells who it was.
type Sighting struct {
	Host   fettle.HostID
	Taken  time.Time
	BootID string // empty: not known
}

// Sighting returns what r tells about who was observed.
func (r *Record) Sighting() Sighting {
	return Sighting{Host: r.Host.ID, Taken: r.Snapshot.Taken, BootID: r.Snapshot.BootID}
}

// Reconciliation is what does not agree between a register of hosts and what
// was seen of them. Every list is in the order of host ids, or boot ids.
type Reconciliation struct {
	Repeated []fettle.HostID // asserted more than once
	Missing  []fettle.HostID // asserted and never seen
	Foreign  []fettle.HostID // seen and not asserted
	Stale    []Stale         // asserted and not seen for long
	// Returned are hosts one of whose boot ids came back once after another was
	// seen: restored from a snapshot of the running machine, or two machines of
	// which little was seen yet.
	Returned []BootPattern
	// Cloned are hosts whose boot ids alternate: two or more machines report
	// under one id.
	Cloned []BootPattern
	// Shared are boot ids seen under several host ids: one machine reports under
	// several names.
	Shared []SharedBoot
}

// Stale is a host that was last seen at an instant that is too long ago.
type Stale struct {
	Host fettle.HostID
	Last time.Time // UTC
}

// BootPattern is a host with the boot ids that it was seen with, oldest first,
// runs of one boot id as one.
type BootPattern struct {
	Host  fettle.HostID
	Boots []string
}

// SharedBoot is a boot id with the hosts that it was seen under.
type SharedBoot struct {
	BootID string
	Hosts  []fettle.HostID
}

// Reconcile compares what is asserted with what was seen up to now, in any
// order. A host not seen since now minus staleAfter is stale; with a staleAfter
// of 0 none is.
func Reconcile(asserted []Host, seen []Sighting, now time.Time, staleAfter time.Duration) Reconciliation {
	var r Reconciliation
	byHost := make(map[fettle.HostID][]Sighting)
	byBoot := make(map[string]map[fettle.HostID]bool)
	for _, s := range seen {
		byHost[s.Host] = append(byHost[s.Host], s)
		if s.BootID == "" {
			continue
		}
		if byBoot[s.BootID] == nil {
			byBoot[s.BootID] = make(map[fettle.HostID]bool)
		}
		byBoot[s.BootID][s.Host] = true
	}
	known := make(map[fettle.HostID]int)
	for _, h := range asserted {
		known[h.ID]++
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if known[id] > 1 {
			r.Repeated = append(r.Repeated, id)
		}
		if len(byHost[id]) == 0 {
			r.Missing = append(r.Missing, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byHost)) {
		sightings := byHost[id]
		slices.SortFunc(sightings, func(a, b Sighting) int {
			return cmp.Or(a.Taken.Compare(b.Taken), cmp.Compare(a.BootID, b.BootID))
		})
		last := sightings[len(sightings)-1].Taken.UTC()
		switch {
		case known[id] == 0:
			r.Foreign = append(r.Foreign, id)
		case staleAfter > 0 && last.Before(now.Add(-staleAfter)):
			r.Stale = append(r.Stale, Stale{Host: id, Last: last})
		}
		r.boots(id, sightings)
	}
	for _, boot := range slices.Sorted(maps.Keys(byBoot)) {
		if hosts := byBoot[boot]; len(hosts) > 1 {
			r.Shared = append(r.Shared, SharedBoot{BootID: boot, Hosts: slices.Sorted(maps.Keys(hosts))})
		}
	}
	return r
}

// boots looks for boot ids that come back. A machine never returns to an
// earlier boot by itself.
func (r *Reconciliation) boots(id fettle.HostID, sightings []Sighting) {
	var runs []string
	seen := make(map[string]bool)
	returns := 0
	for _, s := range sightings {
		if s.BootID == "" || len(runs) > 0 && runs[len(runs)-1] == s.BootID {
			continue
		}
		runs = append(runs, s.BootID)
		if seen[s.BootID] {
			returns++
		}
		seen[s.BootID] = true
	}
	switch {
	case returns == 1:
		r.Returned = append(r.Returned, BootPattern{Host: id, Boots: runs})
	case returns > 1:
		r.Cloned = append(r.Cloned, BootPattern{Host: id, Boots: runs})
	}
}
