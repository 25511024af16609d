package rollout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// entryForm is an entry as it is read.
type entryForm struct {
	V    uint64          `json:"v"`
	Kind string          `json:"kind"`
	At   time.Time       `json:"at"`
	Prev fettle.Digest   `json:"prev"`
	Data json.RawMessage `json:"data"`
}

// ParseEntry reads an entry's bytes at position p. Errors wrap ErrNewer or
// ErrEntry.
//
// What was read is written again and has to give the same bytes. So a field that
// this code does not know is never ignored, wherever it stands: it is ErrNewer,
// as is every other way of writing the same.
func ParseEntry(p Position, data []byte) (Entry, error) {
	if e, ok := fastEntry(p, data); ok {
		return e, nil
	}
	return slowEntry(p, data)
}

// slowEntry reads an entry of any kind by encoding/json: what fastEntry takes has
// to be what this takes, too.
func slowEntry(p Position, data []byte) (Entry, error) {
	var form entryForm
	if err := json.Unmarshal(data, &form); err != nil {
		return Entry{}, newerOr(ErrEntry, data, "entry %d cannot be read: %v", p, err)
	}
	if form.V == 0 || form.Kind == "" || form.Data == nil {
		return Entry{}, fmt.Errorf("%w: entry %d states no version, no kind or no data", ErrEntry, p)
	}
	event := newEvent(form.Kind)
	if form.V != Version || event == nil {
		return Entry{}, fmt.Errorf("%w: entry %d is of version %d, kind %.80q", ErrNewer, p, form.V, form.Kind)
	}
	if err := json.Unmarshal(form.Data, event); err != nil {
		return Entry{}, fmt.Errorf("%w: entry %d, kind %s: %w", ErrEntry, p, form.Kind, err)
	}
	entry := Entry{Position: p, At: form.At.UTC(), Prev: form.Prev, Event: event}
	if again := entry.encode(); !bytes.Equal(again, data) {
		return Entry{}, fmt.Errorf("%w: entry %d, kind %s, says more than is known, from byte %d on",
			ErrNewer, p, form.Kind, differ(again, data))
	}
	entry.Data = data
	return entry, nil
}

// newerOr returns ErrNewer if the data state a version that this code does not
// know, whatever else they state, else other.
func newerOr(other error, data []byte, format string, args ...any) error {
	var version struct {
		V uint64 `json:"v"`
	}
	if json.Unmarshal(data, &version) == nil && version.V > Version {
		other = ErrNewer
	}
	return fmt.Errorf("%w: "+format, append([]any{other}, args...)...)
}

// differ returns the first place where two texts differ.
func differ(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// newEvent returns an empty event of a kind, nil if the kind is not known.
func newEvent(kind string) Event {
	switch kind {
	case kindRegionConfigured:
		return new(RegionConfigured)
	case kindTakenOver:
		return new(TakenOver)
	case kindRolloutProposed:
		return new(RolloutProposed)
	case kindRolloutApproved:
		return new(RolloutApproved)
	case kindPhaseChanged:
		return new(PhaseChanged)
	case kindHostsJoined:
		return new(HostsJoined)
	case kindHostsLeft:
		return new(HostsLeft)
	case kindHostsRelabelled:
		return new(HostsRelabelled)
	case kindMembersAssigned:
		return new(MembersAssigned)
	case kindRingOpened:
		return new(RingOpened)
	case kindGateJudged:
		return new(GateJudged)
	case kindRingPassed:
		return new(RingPassed)
	default:
		return newHostEvent(kind)
	}
}

func newHostEvent(kind string) Event {
	switch kind {
	case kindBlockSet:
		return new(BlockSet)
	case kindBlockLifted:
		return new(BlockLifted)
	case kindGrantsIssued:
		return new(GrantsIssued)
	case kindGrantsLapsed:
		return new(GrantsLapsed)
	case kindOutcomesRecorded:
		return new(OutcomesRecorded)
	case kindHostsQuarantined:
		return new(HostsQuarantined)
	case kindHostsReleased:
		return new(HostsReleased)
	case kindSignalReceived:
		return new(SignalReceived)
	case kindOutageEnded:
		return new(OutageEnded)
	case kindPermitGiven:
		return new(PermitGiven)
	case kindSummaryReceived:
		return new(SummaryReceived)
	case kindBackoutStarted:
		return new(BackoutStarted)
	default:
		return nil
	}
}
