package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// Outlook is what a forecast found: what of so many runs came how often, and
// when. A quantile is the smallest value that so many of the runs do not exceed.
type Outlook struct {
	Rollout ID     `json:"rollout"`
	Title   string `json:"title,omitempty"`
	Hosts   int    `json:"hosts"`
	Regions int    `json:"regions"`
	Runs    int    `json:"runs"`
	Seed    uint64 `json:"seed"`

	From  time.Time `json:"from"`
	By    time.Time `json:"by"` // the deadline
	Until time.Time `json:"until"`

	Assume Assumptions   `json:"assume"`
	Rings  []RingOutlook `json:"rings"`
	// Done is when the last ring had passed in every region.
	Done Instants `json:"done"`
	// Most is when 95 % of the hosts were verified in every region.
	Most Instants `json:"most"`
	// Verified is how many hosts were verified by the deadline.
	Verified Amounts `json:"verified"`

	Halt    HaltOutlook    `json:"halt"`
	Traffic TrafficOutlook `json:"traffic"`
	// Why are the hosts that were not verified by the deadline, by reason, and Late
	// by reason and site; the most first.
	Why  []LateOutlook `json:"why"`
	Late []LateOutlook `json:"late"`
	// Windows are when hosts may install, by policy and zone, those with the most
	// hosts first, at most 40.
	Windows []WindowOutlook `json:"windows"`
}

// RingOutlook is what became of a ring.
type RingOutlook struct {
	Ring  string  `json:"ring"`
	Hosts Amounts `json:"hosts"` // members
	// Opened is when the first region opened it, Passed when the last one saw its
	// gates pass: with pooled evidence that may be long before its hosts are done.
	Opened Instants `json:"opened"`
	Passed Instants `json:"passed"`
	// Most is when 95 % of its hosts were verified in every region.
	Most  Instants `json:"most"`
	Halts int      `json:"halts"` // runs in which a region halted in this ring
	// Holds are the runs in which a region was held in this ring until people would
	// resume it, Held the reasons in the first of them.
	Holds int             `json:"holds"`
	Held  []fettle.Reason `json:"held,omitempty"`
	Curve []Point         `json:"curve"` // hosts verified, in steps
}

// Instants are the instants of something in those of the runs in which it came.
type Instants struct {
	Runs int       `json:"runs"` // in which it came
	P50  time.Time `json:"p50,omitzero"`
	P90  time.Time `json:"p90,omitzero"`
}

// Amounts are what was counted, over the runs.
type Amounts struct {
	P10 int64 `json:"p10"`
	P50 int64 `json:"p50"`
	P90 int64 `json:"p90"`
	Max int64 `json:"max"`
}

// Point is a point of a curve: so many hosts by then.
type Point struct {
	At  time.Time `json:"at"`
	P10 int64     `json:"p10"`
	P50 int64     `json:"p50"`
	P90 int64     `json:"p90"`
}

// HaltOutlook is how often, and at what price, the rollout stopped itself.
type HaltOutlook struct {
	Runs int `json:"runs"` // in which a region halted
	// Good are the runs with a good patch, False those of them that halted.
	Good  int `json:"good"`
	False int `json:"false"`
	// Bad are the runs with a bad patch, Caught those of them that halted in every
	// region before the last ring passed.
	Bad    int `json:"bad"`
	Caught int `json:"caught"`
	// Of the runs with a bad patch: hosts that started to install it, and those
	// that it broke, what was under way at the halt included.
	Started Amounts `json:"started"`
	Hit     Amounts `json:"hit"`
	// Hits is the number of hosts hit in each run with a bad patch, ascending.
	Hits []int64 `json:"hits,omitempty"`
	// At is when the first region halted, of the runs with a bad patch.
	At Instants `json:"at"`
	// BackedOut is when the last back-out was done, of the runs that had one.
	BackedOut Instants `json:"backedOut"`
}

// TrafficOutlook is the most that the coordinators and links carry.
type TrafficOutlook struct {
	Polls   Amounts `json:"polls"`   // polls in the busiest hour, all regions together
	Reports Amounts `json:"reports"` // reports in the busiest hour
	Bytes   Amounts `json:"bytes"`   // in the busiest hour, payloads and messages
	// Links are the busiest, at most 20.
	Links []LinkOutlook `json:"links"`
}

// LinkOutlook is the most that a link carries.
type LinkOutlook struct {
	Link  string  `json:"link"`
	Bytes Amounts `json:"bytes"` // of payloads that were begun in its busiest hour
	// Queue is the longest that a host waited for its turn on the link.
	Queue Duration `json:"queue"`
}

// LateOutlook is a reason for which hosts of a site are not done by the deadline.
type LateOutlook struct {
	Code  string  `json:"code"`
	Site  string  `json:"site,omitempty"`
	Runs  int     `json:"runs"`  // in which there was one
	Hosts Amounts `json:"hosts"` // over all runs
	// Examples are hosts of the first run in which there were any, at most 3.
	Examples []fettle.HostID `json:"examples"`
}

// WindowOutlook is when hosts of one policy and zone may start to install.
type WindowOutlook struct {
	Zone  string          `json:"zone,omitempty"`
	Hosts int             `json:"hosts"`
	Code  string          `json:"code,omitempty"` // what is in the way for good
	Spans []schedule.Span `json:"spans"`
}

// mostWindows bounds the windows of an outlook, mostLinks its links.
const (
	mostWindows = 40
	mostLinks   = 20
)
