package schedule

import (
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// Binding says what the names in a window mean on one host. Its functions are
// called by Bind only and are not kept.
type Binding struct {
	// Local is the host's own zone. nil: windows in local time are refused with
	// ErrZone.
	Local *time.Location
	// Zone returns the zone of an IANA name; time.LoadLocation serves. It is not
	// asked for "UTC". nil: other names are refused with ErrZone.
	Zone func(name string) (*time.Location, error)
	// Calendar returns the business calendar of a name. nil: windows with a Shift
	// are refused with ErrCalendar.
	Calendar func(name string) (*Calendar, error)
}

// zone returns what a window's zone name means.
func (b Binding) zone(name string) (*time.Location, error) {
	fail := func(rule string, err error) error {
		return &FieldError{Field: "zone", Value: name, Rule: rule, Err: err}
	}
	switch {
	case name == "UTC":
		return time.UTC, nil
	case name == "" || name == LocalZone:
		if b.Local == nil {
			return nil, fail("the host's own zone is not known", ErrZone)
		}
		return b.Local, nil
	case !zoneName(name) || b.Zone == nil:
		return nil, fail("want UTC, local or an IANA zone name", ErrZone)
	}
	zone, err := b.Zone(name)
	if err != nil || zone == nil {
		return nil, fail("no such zone in the zone database", fmt.Errorf("%w: %w", ErrZone, err))
	}
	return zone, nil
}

// BoundWindow is a window in a zone: what Window.Bind returns. It is immutable
// and safe for concurrent use. The zero value is not useful.
type BoundWindow struct {
	window   Window
	zone     *time.Location
	recur    recurrence
	business *business // nil without Shift
	except   []int     // ascending
	from     int       // first and last day of occurrences
	until    int
	always   Span  // of an Always window
	length   int64 // seconds; 0: only LatestEnd
	reach    int   // days that a shift may move
	back     int   // days that an occurrence may last, and one more for a gap
}

// Bind checks the window and gives its names their meaning. It returns every
// *FieldError that Check would, and those of ErrZone and ErrCalendar. The window
// is copied; later changes to it do not matter.
func (w Window) Bind(b Binding) (*BoundWindow, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	zone, err := b.zone(w.Zone)
	if err != nil {
		return nil, err
	}
	var days *business
	if w.Shift.To != NoShift {
		if days, err = b.business(w.Shift.Calendar); err != nil {
			return nil, err
		}
	}
	return newBound(w.clone(), zone, days), nil
}

// newBound takes over w, which has passed its checks.
func newBound(w Window, zone *time.Location, days *business) *BoundWindow {
	b := &BoundWindow{
		window:   w,
		zone:     zone,
		recur:    newRecurrence(&w),
		business: days,
		length:   int64(w.For / time.Second),
	}
	for _, d := range w.Except {
		b.except = append(b.except, d.Days())
	}
	slices.Sort(b.except)
	b.limit()
	return b
}

// limit fills in the limits of the search.
func (b *BoundWindow) limit() {
	w := &b.window
	b.from, b.until = b.recur.first, b.recur.last
	if !w.From.IsZero() {
		b.from = w.From.Days()
	}
	if !w.Until.IsZero() {
		b.until = min(b.until, w.Until.Days())
	}
	if b.business != nil {
		b.reach = b.business.run
	}
	b.recur.first = max(b.recur.first, b.from-w.OffsetDays-b.reach)
	b.recur.last = min(b.recur.last, b.until-w.OffsetDays+b.reach)
	b.back = int(b.length/civil.DaySeconds) + 2
	if b.length == 0 && w.LatestEnd != nil {
		b.back = w.LatestEnd.Days + 3
	}
	if w.Repeat == Always {
		b.always = Span{End: Forever()}
		if !w.From.IsZero() {
			b.always.Start = instant(civil.Instant(b.zone, b.from, 0))
		}
		if !w.Until.IsZero() {
			b.always.End = instant(civil.Instant(b.zone, b.until+1, 0))
		}
	}
}

func instant(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// Window returns a copy of the window that was bound.
func (b *BoundWindow) Window() Window { return b.window.clone() }

// Zone returns the zone that the window's times of day are read in.
func (b *BoundWindow) Zone() *time.Location { return b.zone }
