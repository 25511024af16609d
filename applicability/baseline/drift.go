package baseline

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/enum"
	"github.com/fettle-dev/fettle/inventory"
)

// Drift is one check that came out differently on a later snapshot.
type Drift struct {
	Patch    fettle.PatchID  `json:"patch"`
	Title    string          `json:"title,omitempty"`
	Severity fettle.Severity `json:"severity"`
	Way      Way             `json:"way"`
	Before   Status          `json:"before"`
	After    Status          `json:"after"`
	// Moved are the criteria whose truth differs. None: time alone moved it, as
	// when an exception ends; the reasons of the later report say so.
	Moved   []Moved         `json:"moved,omitempty"`
	Reasons []fettle.Reason `json:"reasons,omitempty"` // of the later report
}

// Moved is one criterion that came out differently, with what was seen.
type Moved struct {
	Criterion string               `json:"criterion"`
	From      fettle.Truth         `json:"from"`
	To        fettle.Truth         `json:"to"`
	Before    []applicability.Seen `json:"before,omitempty"`
	After     []applicability.Seen `json:"after,omitempty"`
}

// Way is which way a check moved.
type Way uint8

// The ways.
const (
	Moving   Way = iota // between statuses neither of which is met, or within one
	Drifted             // it was met
	Restored            // it is met
	Lost                // it was known, and can no longer be told
	Left                // it is no longer about this host
)

var wayWords = enum.Words{Kind: "baseline: way of drift", Words: []string{"moving", "drifted", "restored", "lost", "left"}}

// String returns moving, drifted, restored, lost or left.
func (w Way) String() string { return wayWords.Word(uint8(w)) }

// MarshalText returns the word that String returns.
func (w Way) MarshalText() ([]byte, error) { return wayWords.Marshal(uint8(w)) }

// UnmarshalText accepts exactly the words that String returns.
func (w *Way) UnmarshalText(text []byte) error { return wayWords.Unmarshal(text, (*uint8)(w)) }

func wayOf(before, after Status) Way {
	switch {
	case before == after:
		return Moving
	case after == Unknown:
		return Lost
	case after == NotApplicable:
		return Left
	case after == Met:
		return Restored
	case before == Met:
		return Drifted
	default:
		return Moving
	}
}

// Drift returns the checks that differ between two records of one host, in the
// order of the baselines: those of another status, and those in which a
// criterion came out differently. The earlier record is judged as of the
// instant it was taken, or as of now where it does not say when that was, the
// later one as of now. It fails where the records are of two hosts.
func (a *Assessor) Drift(before, after *inventory.Record, now time.Time) ([]Drift, error) {
	if before.Host.ID != after.Host.ID {
		return nil, fmt.Errorf("%w: drift between the hosts %q and %q", ErrValue, before.Host.ID, after.Host.ID)
	}
	then := before.Snapshot.Taken
	if then.IsZero() {
		then = now
	}
	first, second := a.Assess(before, then), a.Assess(after, now)
	var list []Drift
	for i := range a.order {
		was, is := &first.Results[i], &second.Results[i]
		moved, err := a.moved(before, after, was.Patch, then, now)
		if err != nil {
			return nil, err
		}
		if was.Status == is.Status && len(moved) == 0 {
			continue
		}
		list = append(list, Drift{
			Patch: is.Patch, Title: is.Title, Severity: is.Severity, Way: wayOf(was.Status, is.Status),
			Before: was.Status, After: is.Status, Moved: moved, Reasons: is.Reasons,
		})
	}
	return list, nil
}

func (a *Assessor) moved(before, after *inventory.Record, id fettle.PatchID, then, now time.Time) ([]Moved, error) {
	was, err := a.catalog.Explain(before, id, then)
	if err != nil {
		return nil, err
	}
	is, err := a.catalog.Explain(after, id, now)
	if err != nil {
		return nil, err
	}
	var list []Moved
	list = compare(list, was.Target, is.Target)
	list = compare(list, was.Installed, is.Installed)
	list = compare(list, was.Active, is.Active)
	if was.Active == nil && was.InForce != is.InForce && was.Installed != nil && was.Installed.Truth == is.Installed.Truth {
		list = append(list, Moved{Criterion: "in force", From: was.InForce, To: is.InForce, Before: evidence(was), After: evidence(is)})
	}
	return list, nil
}

// compare adds the criteria that differ between two proofs of one footprint.
func compare(list []Moved, was, is *applicability.Proof) []Moved {
	if was == nil || is == nil {
		return list
	}
	if len(was.Of) > 0 && len(was.Of) == len(is.Of) {
		for i := range was.Of {
			list = compare(list, &was.Of[i], &is.Of[i])
		}
		return list
	}
	if was.Truth == is.Truth {
		return list
	}
	return append(list, Moved{Criterion: is.Criterion, From: was.Truth, To: is.Truth, Before: was.Seen, After: is.Seen})
}

func evidence(e *applicability.Explanation) []applicability.Seen {
	var seen []applicability.Seen
	for _, text := range e.Evidence {
		seen = append(seen, applicability.Seen{Value: text, From: "restart evidence", Truth: e.InForce})
	}
	return seen
}
