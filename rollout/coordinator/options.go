package coordinator

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/fettle-dev/fettle"
)

// Options are what New can be told. Nil and the zero value are the defaults.
type Options struct {
	// Standby says that Run follows and does not take over before TakeOver is
	// called.
	Standby bool
	// Authorizer says what people may do. Nil: nothing (DenyAll).
	Authorizer Authorizer
	// Content keeps payloads, signed specs and whatever else hosts fetch by
	// digest. Nil: there is none, and no rollout can be proposed.
	Content Content
	// Ephemeral reports whether a host ends by leaving, as its enrolment says. Nil:
	// none does.
	Ephemeral func(fettle.HostID) bool
	// Sinks get every entry of the journal, each at its own pace, while this
	// coordinator leads.
	Sinks []Sink
	// CheckpointEvery is after how many entries the state is saved, so that the
	// next start reads no more than that. 0: 50,000.
	CheckpointEvery int
	// Release says that with a checkpoint the journal may forget the entries that
	// it covers, as far as every sink has them. The journal is the audit log, so
	// set it only where a sink keeps what must be kept.
	Release bool
	// Retain is how many entries before a checkpoint are kept in spite of Release,
	// for Watch and for standbys.
	Retain int
	// Logger tells what happens: take-overs, failures of the journal and of sinks,
	// never a report or a secret. Nil: silence.
	Logger *slog.Logger
	// Metrics counts. Nil: nothing is counted.
	Metrics Metrics
	// MaxCalls is how many calls one Append can answer. 0: 1024.
	MaxCalls int
	// Openers is how many seals are checked at one time. 0: GOMAXPROCS.
	Openers int
	// Attempts is how often a batch is decided anew after the journal refused it
	// or failed, and how often loading is tried, before the callers, or Run, get
	// the error. 0: 5.
	Attempts int
	// Backoff is the wait before the second try to load; it doubles from there on
	// up to a minute. It also spaces a sink's tries. 0: 100 ms.
	Backoff time.Duration
	// FollowEvery is how often a journal that is no rollout.Follower is looked at
	// for entries of others. 0: 1 s.
	FollowEvery time.Duration
	// EndWithin is how long an Append that is under way may go on when Run is told
	// to end. Past it its callers learn that its outcome is unknown. 0: 10 s.
	EndWithin time.Duration
	// HintEvery is the shortest time between two rounds of hints. 0: 50 ms.
	HintEvery time.Duration
	// HintRate is how many hosts a second hints call to a poll: hints for more are
	// spread by their Jitter. 0: 5,000.
	HintRate int
}

func (o *Options) withDefaults() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	for _, n := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"CheckpointEvery", &out.CheckpointEvery, 50_000},
		{"Retain", &out.Retain, 0},
		{"MaxCalls", &out.MaxCalls, 1024},
		{"Openers", &out.Openers, runtime.GOMAXPROCS(0)},
		{"Attempts", &out.Attempts, 5},
		{"HintRate", &out.HintRate, 5000},
	} {
		if *n.value < 0 {
			return out, fmt.Errorf("coordinator: option %s is %d: want 0 or more", n.name, *n.value)
		}
		if *n.value == 0 {
			*n.value = n.fallback
		}
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		fallback time.Duration
	}{
		{"Backoff", &out.Backoff, 100 * time.Millisecond},
		{"FollowEvery", &out.FollowEvery, time.Second},
		{"EndWithin", &out.EndWithin, 10 * time.Second},
		{"HintEvery", &out.HintEvery, 50 * time.Millisecond},
	} {
		if *d.value < 0 {
			return out, fmt.Errorf("coordinator: option %s is %v: want 0 or more", d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	if out.Authorizer == nil {
		out.Authorizer = DenyAll{}
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	if out.Metrics == nil {
		out.Metrics = noMetrics{}
	}
	names := map[string]bool{}
	for i, s := range out.Sinks {
		if s.Name == "" || s.EventSink == nil || names[s.Name] {
			return out, fmt.Errorf("coordinator: option Sinks[%d] is named %q: want an EventSink under a name of its own", i, s.Name)
		}
		names[s.Name] = true
	}
	return out, nil
}
