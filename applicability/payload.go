package applicability

import (
	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// PayloadsFor returns the payloads of p that a host takes: those whose When
// holds there or is not stated. unknown are those of which it cannot be told;
// an installer must not start while there are any, since it might leave out a
// part.
func (p Patch) PayloadsFor(r *inventory.Record) (take, unknown []Payload) {
	h := newHost(r)
	for _, payload := range p.Payloads {
		truth := fettle.Yes
		if !payload.When.IsZero() {
			truth = h.evaluate(payload.When, useTarget, nil)
		}
		switch truth {
		case fettle.Yes:
			take = append(take, payload)
		case fettle.Unknown:
			unknown = append(unknown, payload)
		case fettle.No:
		}
	}
	return take, unknown
}
