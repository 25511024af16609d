package coordinator

import (
	"expvar"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// Metrics counts what a coordinator does. Its methods are called often and from
// several goroutines; they return at once.
type Metrics interface {
	// Appended: a batch of entries that answered so many calls became durable,
	// took so long from the first decision on.
	Appended(calls, entries int, took time.Duration)
	// Polled: so many asks were answered, of which so many had seen everything.
	Polled(asks, unchanged int)
	// Reported: so many reports came, of which so many were refused before they
	// could be decided: their seal or their form was wrong.
	Reported(reports, refused int)
	// Failed: something did not go as it should: "append", "load", "sink NAME",
	// "checkpoint", "seal", "superseded".
	Failed(what string)
	// Sunk: a sink has everything up to a position, of a journal that ends at end.
	Sunk(sink string, at, end rollout.Position)
}

type noMetrics struct{}

func (noMetrics) Appended(int, int, time.Duration)                {}
func (noMetrics) Polled(int, int)                                 {}
func (noMetrics) Reported(int, int)                               {}
func (noMetrics) Failed(string)                                   {}
func (noMetrics) Sunk(string, rollout.Position, rollout.Position) {}

// Vars are Metrics as an expvar.Map, for the /debug/vars page. The zero value is
// ready to use; the caller publishes Map under a name of its choice. Counters:
// batches, calls, entries, asks, unchanged, reports, refused, "failed NAME".
// Gauges: batchMicros (the last batch), end, "sink NAME" (the entries that it
// lacks).
type Vars struct{ Map expvar.Map }

// Appended implements Metrics.
func (v *Vars) Appended(calls, entries int, took time.Duration) {
	v.Map.Add("batches", 1)
	v.Map.Add("calls", int64(calls))
	v.Map.Add("entries", int64(entries))
	v.set("batchMicros", took.Microseconds())
}

// Polled implements Metrics.
func (v *Vars) Polled(asks, unchanged int) {
	v.Map.Add("asks", int64(asks))
	v.Map.Add("unchanged", int64(unchanged))
}

// Reported implements Metrics.
func (v *Vars) Reported(reports, refused int) {
	v.Map.Add("reports", int64(reports))
	v.Map.Add("refused", int64(refused))
}

// Failed implements Metrics.
func (v *Vars) Failed(what string) { v.Map.Add("failed "+what, 1) }

// Sunk implements Metrics.
func (v *Vars) Sunk(sink string, at, end rollout.Position) {
	v.set("sink "+sink, int64(end)-int64(at))
	v.set("end", int64(end))
}

func (v *Vars) set(name string, value int64) {
	if held, ok := v.Map.Get(name).(*expvar.Int); ok {
		held.Set(value)
		return
	}
	fresh := new(expvar.Int)
	fresh.Set(value)
	v.Map.Set(name, fresh)
}
