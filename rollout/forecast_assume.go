package rollout

import (
	"fmt"
	"strconv"
	"time"
)

// Assumptions are what a forecast takes for granted about hosts, networks and
// people. The zero value is a patch that never fails on hosts that are always
// there, installed in no time.
type Assumptions struct {
	// Fail is the part of the attempts that end as a safety failure although the
	// patch is good.
	Fail Share `json:"fail,omitzero"`
	// Reach is the part of the attempts that end as a reach failure.
	Reach Share `json:"reach,omitzero"`
	// Silent is the part of the hosts that start and say nothing more.
	Silent Share `json:"silent,omitzero"`

	// Bad is the probability that the patch is a bad one. Of any number of runs it
	// is that part, as nearly as whole runs can be: which of them is drawn.
	Bad Share `json:"bad,omitzero"`
	// BadFail is the part of the hosts that a bad patch breaks, in addition.
	BadFail Share `json:"badFail,omitzero"`
	// BadSilent is the part of those that fall silent over it instead of reporting.
	BadSilent Share `json:"badSilent,omitzero"`
	// BadOnly, if it has a dimension, is the stratum outside of which a bad patch
	// breaks nothing.
	BadOnly Key `json:"badOnly,omitzero"`

	// Offline is the part of the hosts that are away, for days, at any instant.
	// Hosts that are AlwaysOn never are.
	Offline Share `json:"offline,omitzero"`
	// AwayFor is how long a host is away on average. Stretches are spread evenly
	// from 0 to twice that. Zero: 5 days.
	AwayFor Duration `json:"awayFor,omitzero"`

	// Payload is what a host fetches, in bytes.
	Payload int64 `json:"payload,omitzero"`
	// Message is what a poll or a report and their answers weigh, in bytes.
	Message int64 `json:"message,omitzero"`
	// LinkRate is the capacity of each link, in bytes a second: hosts of a link
	// fetch one after the other. Zero: no limit. Links are those that differ.
	LinkRate int64            `json:"linkRate,omitzero"`
	Links    map[string]int64 `json:"links,omitempty"`

	// Install and Restart are the lengths of an installation and of a restart.
	// With a policy they should be those of the question that it is asked.
	Install Duration `json:"install,omitzero"`
	Restart Duration `json:"restart,omitzero"`
	// Vary spreads Install and Restart evenly by this part up and down.
	Vary Share `json:"vary,omitzero"`

	// Approve is how long people take for an approval that is missing, and how
	// long it takes until a signal has the value that a gate wants.
	Approve Duration `json:"approve,omitzero"`
	// Resume is how long it takes people to resume a rollout that is held, of which
	// they then waive the evidence that it lacks. Zero: they do not.
	Resume Duration `json:"resume,omitzero"`
	// Grain is what instants are rounded up to: what happens within it is decided
	// together. Zero: a minute, or five if a region has more than 10,000 hosts.
	Grain Duration `json:"grain,omitzero"`
}

// maxLength bounds every length of a forecast.
const maxLength = Duration(2 * 366 * 24 * time.Hour)

// check returns an error that names the first field that cannot be.
func (a *Assumptions) check() error {
	for _, f := range []struct {
		name string
		v    Share
	}{
		{"fail", a.Fail},
		{"reach", a.Reach},
		{"silent", a.Silent},
		{"bad", a.Bad},
		{"badFail", a.BadFail},
		{"badSilent", a.BadSilent},
		{"offline", a.Offline},
		{"vary", a.Vary},
	} {
		if f.v > Whole {
			return forecastError(f.name, f.v.String(), "want 0% to 100%")
		}
	}
	if a.Offline == Whole {
		return forecastError("offline", a.Offline.String(), "want below 100%: somebody has to be there")
	}
	if sum := a.Fail + a.Reach + a.Silent; sum > Whole {
		return forecastError("fail", a.Fail.String(), "with reach and silent it is "+sum.String()+": want at most 100%")
	}
	for _, f := range []struct {
		name string
		v    Duration
	}{
		{"awayFor", a.AwayFor},
		{"install", a.Install},
		{"restart", a.Restart},
		{"approve", a.Approve},
		{"resume", a.Resume},
		{"grain", a.Grain},
	} {
		if f.v < 0 || f.v > maxLength {
			return forecastError(f.name, f.v.String(), "want 0 to "+maxLength.String())
		}
	}
	for _, f := range []struct {
		name string
		v    int64
	}{{"payload", a.Payload}, {"message", a.Message}, {"linkRate", a.LinkRate}} {
		if f.v < 0 || f.v > mostBytes {
			return forecastError(f.name, strconv.FormatInt(f.v, 10), fmt.Sprintf("want 0 to %d bytes", int64(mostBytes)))
		}
	}
	for name, v := range a.Links {
		if v < 1 || v > mostBytes {
			return forecastError("links."+name, strconv.FormatInt(v, 10), fmt.Sprintf("want 1 to %d bytes a second", int64(mostBytes)))
		}
	}
	return nil
}

// mostBytes bounds sizes so that their sums over a fleet stay numbers.
const mostBytes = 1 << 42

func forecastError(field, value, rule string) error {
	return fmt.Errorf("rollout: forecast: %s %s: %s", field, value, rule)
}

// filled returns a with its defaults, but for Grain.
func (a *Assumptions) filled() Assumptions {
	filled := *a
	if filled.AwayFor == 0 {
		filled.AwayFor = Duration(5 * 24 * time.Hour)
	}
	if filled.Grain != 0 {
		filled.Grain = max(filled.Grain, Duration(time.Second))
	}
	return filled
}
