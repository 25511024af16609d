package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Ledger is what a host must remember between decisions: what was offered when,
// and what the user has used of the budgets. It goes into Decide and comes out
// of it changed; the caller stores it. The zero value is an empty ledger.
//
// It is a value: Decide and Choose never change the one that they are given.
type Ledger struct {
	Items   []Obligation `json:"items,omitempty"` // by patch
	Restart RestartDebt  `json:"restart,omitzero"`
}

// Obligation is what the ledger holds of one unmet patch. It goes when its
// patch is neither needed nor replaced by one that is.
type Obligation struct {
	Patch    fettle.PatchID `json:"patch"`
	Released time.Time      `json:"released,omitzero"`
	Seen     time.Time      `json:"seen,omitzero"`    // first decision about it
	TakenUp  time.Time      `json:"takenUp,omitzero"` // when its cycle took it up, where an event did
	Offered  time.Time      `json:"offered,omitzero"` // first moment the host could act: grant, ring and delay

	Deferrals     int            `json:"deferrals,omitempty"`
	Deferred      Limit          `json:"deferred,omitzero"` // all deferrals together
	DeferredUntil time.Time      `json:"deferredUntil,omitzero"`
	Refusals      int            `json:"refusals,omitempty"`
	Refused       fettle.PatchID `json:"refused,omitempty"`  // the payload that the user refused
	Accepted      fettle.PatchID `json:"accepted,omitempty"` // the payload that the user wants now
}

// RestartDebt is what the ledger holds of a pending restart.
type RestartDebt struct {
	Since         time.Time `json:"since,omitzero"`
	Deferrals     int       `json:"deferrals,omitempty"`
	DeferredUntil time.Time `json:"deferredUntil,omitzero"`
	Accepted      bool      `json:"accepted,omitempty"`
}

// maxLedger bounds the obligations of a ledger that Decide accepts.
const maxLedger = 100_000

// check returns an error unless the ledger is sorted, without doubles and of
// bearable size.
func (l *Ledger) check() error {
	if len(l.Items) > maxLedger {
		return &FieldError{
			Field: "ledger.items", Value: strconv.Itoa(len(l.Items)),
			Rule: fmt.Sprintf("want at most %d", maxLedger), Err: ErrInvalid,
		}
	}
	for i := range l.Items {
		if i > 0 && l.Items[i-1].Patch >= l.Items[i].Patch {
			return &FieldError{
				Field: "ledger.items", Value: string(l.Items[i].Patch),
				Rule: "want them ordered by patch, each once", Err: ErrInvalid,
			}
		}
	}
	return nil
}

// latest returns the latest instant that the ledger says has been.
func (l *Ledger) latest() time.Time {
	last := l.Restart.Since
	for i := range l.Items {
		for _, t := range [...]time.Time{l.Items[i].Seen, l.Items[i].Offered} {
			if t.After(last) {
				last = t
			}
		}
	}
	return last
}

// index returns where a patch's obligation is, or would be, and whether it is.
func (l *Ledger) index(patch fettle.PatchID) (int, bool) {
	return slices.BinarySearchFunc(l.Items, patch, func(o Obligation, p fettle.PatchID) int {
		return strings.Compare(string(o.Patch), string(p))
	})
}

func (l *Ledger) find(patch fettle.PatchID) *Obligation {
	i, ok := l.index(patch)
	if !ok {
		return nil
	}
	return &l.Items[i]
}

// insert adds an obligation in its place; one for its patch must not be there.
func (l *Ledger) insert(o Obligation) {
	i, _ := l.index(o.Patch)
	l.Items = slices.Insert(l.Items, i, o)
}

func (l *Ledger) clone() Ledger {
	out := *l
	out.Items = slices.Clone(l.Items)
	return out
}

// oldest returns the oldest obligation that an item answers for: its own, or one
// that was offered here and that it replaces. Nil: none of them is in the ledger.
func (l *Ledger) oldest(it *Item) *Obligation {
	best := l.find(it.Patch)
	for i := range it.Replaces {
		o := l.find(it.Replaces[i].Patch)
		if o != nil && !o.Offered.IsZero() && (best == nil || o.age().Before(best.age())) {
			best = o
		}
	}
	return best
}

// age is what obligations are ordered by.
func (o *Obligation) age() time.Time {
	if !o.Released.IsZero() {
		return o.Released
	}
	return o.Seen
}

// ChoiceKind is what a user may be given to choose.
type ChoiceKind uint8

// The choices.
const (
	ChooseNow    ChoiceKind = iota // go ahead
	ChooseDefer                    // put it off until an instant
	ChooseRefuse                   // not this payload
)

var choiceWords = enum.Words{Kind: "schedule: choice", Words: []string{"now", "defer", "refuse"}}

// String returns now, defer or refuse.
func (c ChoiceKind) String() string { return choiceWords.Word(uint8(c)) }

// MarshalText returns the word that String returns.
func (c ChoiceKind) MarshalText() ([]byte, error) { return choiceWords.Marshal(uint8(c)) }

// UnmarshalText accepts exactly the words that String returns.
func (c *ChoiceKind) UnmarshalText(text []byte) error {
	return choiceWords.Unmarshal(text, (*uint8)(c))
}

// Choice is one thing that the user may choose about one item, or about the
// restart.
type Choice struct {
	Kind    ChoiceKind     `json:"kind"`
	Patch   fettle.PatchID `json:"patch,omitempty"`   // empty: the restart
	Charges fettle.PatchID `json:"charges,omitempty"` // the oldest unmet patch, whose budget it uses
	Longest Limit          `json:"longest,omitzero"`  // of a deferral: at most this long
	Latest  time.Time      `json:"latest,omitzero"`   // and not past this instant; zero: no bound
	Left    Count          `json:"left,omitzero"`     // deferrals or refusals left, this one included
}

// ErrNotOffered is wrapped by Choose where the decision leaves no such choice.
// Ask for a new decision and show what it offers.
var ErrNotOffered = errors.New("schedule: choice not offered")

// Choose returns the ledger after the user's choice about a patch, or about the
// restart if patch is empty. until is the end of a deferral and is ignored
// otherwise; now is the instant of the choice. The error wraps ErrNotOffered
// where the decision does not leave this choice, or not so long a deferral.
func (d *Decision) Choose(kind ChoiceKind, patch fettle.PatchID, until, now time.Time) (Ledger, error) {
	i := slices.IndexFunc(d.Choices, func(c Choice) bool { return c.Kind == kind && c.Patch == patch })
	if i < 0 {
		return d.Ledger, fmt.Errorf("%w: %s for %q", ErrNotOffered, kind, cmp.Or(string(patch), "restart"))
	}
	c := d.Choices[i]
	now, until = seconds(now), seconds(until)
	if kind == ChooseDefer {
		longest, bounded := c.Longest.Duration()
		switch {
		case !until.After(now):
			return d.Ledger, fmt.Errorf("%w: until %s is not after now", ErrNotOffered, instantText(until))
		case bounded && until.Sub(now) > longest:
			return d.Ledger, fmt.Errorf("%w: until %s is more than %s away", ErrNotOffered, instantText(until), c.Longest)
		case !c.Latest.IsZero() && until.After(c.Latest):
			return d.Ledger, fmt.Errorf("%w: until %s is past %s", ErrNotOffered, instantText(until), instantText(c.Latest))
		}
	}
	out := d.Ledger.clone()
	if patch == "" {
		out.Restart.choose(kind, until)
		return out, nil
	}
	if o := out.find(c.Charges); o != nil {
		o.choose(kind, patch, until, now)
	}
	return out, nil
}

func (o *Obligation) choose(kind ChoiceKind, payload fettle.PatchID, until, now time.Time) {
	switch kind {
	case ChooseNow:
		o.Accepted, o.DeferredUntil = payload, time.Time{}
	case ChooseDefer:
		o.Deferrals++
		o.Deferred = LimitOf(o.Deferred.d + until.Sub(now))
		o.DeferredUntil, o.Accepted = until, ""
	case ChooseRefuse:
		o.Refusals++
		o.Refused, o.Accepted = payload, ""
	}
}

func (r *RestartDebt) choose(kind ChoiceKind, until time.Time) {
	switch kind {
	case ChooseNow:
		r.Accepted, r.DeferredUntil = true, time.Time{}
	case ChooseDefer:
		r.Deferrals++
		r.DeferredUntil, r.Accepted = until, false
	case ChooseRefuse:
	}
}

// seconds cuts an instant to the whole second in UTC: the resolution in which
// policies speak and decisions are made.
func seconds(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Unix(t.Unix(), 0).UTC()
}

func instantText(t time.Time) string { return t.Format(time.RFC3339) }
