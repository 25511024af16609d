package rollout

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/enum"
	"github.com/fettle-dev/fettle/schedule"
)

// Presence is when a host is on the network. The zero value is round the clock,
// but away for days as Assumptions.Offline says.
type Presence uint8

// The presences.
const (
	Around      Presence = iota // round the clock, but for days away
	AlwaysOn                    // round the clock, never away
	OfficeHours                 // Monday to Friday, 08:00 to 18:00 in its zone, but for days away
)

func presences() enum.Words {
	return enum.Words{Kind: "rollout: presence", Words: []string{"around", "always-on", "office-hours"}}
}

// String returns the presence's word.
func (p Presence) String() string { return presences().Word(uint8(p)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (p Presence) MarshalText() ([]byte, error) { return presences().Marshal(uint8(p)) }

// UnmarshalText accepts exactly the words that String returns.
func (p *Presence) UnmarshalText(text []byte) error {
	return presences().Unmarshal(text, (*uint8)(p))
}

// officeHours returns the working hours of a zone in [from, by).
func officeHours(zone *time.Location, from, by time.Time) ([]schedule.Span, error) {
	w, err := schedule.ParseWindow("weekdays 08:00 for 10h local")
	if err != nil {
		return nil, err
	}
	bound, err := w.Bind(schedule.Binding{Local: zone})
	if err != nil {
		return nil, err
	}
	return slices.Collect(bound.Spans(from, by)), nil
}

// absent reports whether a host is away at an instant, and until when. Presence
// and absence alternate; their lengths are spread evenly from nothing to twice
// their mean, and the first stretch is what is left of one that had begun before.
func (a *Assumptions) absent(c chance, host, at uint32) (away bool, until uint32) {
	gone := uint64(time.Duration(a.AwayFor) / time.Second)
	here := gone * uint64(Whole-a.Offline) / uint64(a.Offline)
	away = hits(c.draw(host, forPresence, 0), a.Offline)
	mean := func() uint64 {
		if away {
			return gone
		}
		return here
	}
	// Of two even numbers the smaller is spread as the rest of an even stretch is.
	first := min(c.draw(host, forStretch, 0), c.draw(host, forStretch, 1))
	end := below(first, 2*mean()+1)
	for n := 2; end <= uint64(at); n++ {
		away = !away
		end += max(1, below(c.draw(host, forStretch, n), 2*mean()+1))
	}
	return away, uint32(min(end, forever))
}

// forever is an instant that no run reaches.
const forever = 1<<32 - 1
