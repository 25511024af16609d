package rollout

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/fettle-dev/fettle"
)

// MaxAsks is the most asks, and the most reports, in one call of an Upstream.
const MaxAsks = 1000

var (
	// ErrUnavailable is returned by an Upstream that cannot answer at present: it
	// has no connection upwards, or it is a standby. Nothing is known of what was
	// taken. The caller asks again later, or elsewhere.
	ErrUnavailable = errors.New("rollout: upstream is unavailable")
	// ErrRefused is returned by an Upstream for a call that breaks the contract:
	// more than MaxAsks at once, an offset below zero or past the end. Asking
	// again does not help.
	ErrRefused = errors.New("rollout: upstream refuses the call")
	// ErrNoContent is returned by Upstream.Content for a digest that it has
	// nothing for.
	ErrNoContent = errors.New("rollout: no such content")
)

// Reasons of an Ack that does not take the report, beside those of State.
const (
	ReasonUntrusted  = "report-untrusted"  // its seal is not that of the host's enrolled key [host]
	ReasonUnreadable = "report-unreadable" // it is sealed as it should be and says what cannot be [host, problem]
)

// Upstream is what hosts and relays talk to: a region's coordinator, something
// that carries the calls to it, or a relay before it. Whoever asks cannot tell
// which, and need not.
//
// Poll answers every ask, in the order of the asks. It changes nothing and may
// be repeated. An Offer shows only what is durable; a host that the region does
// not know gets an Offer whose reasons say so. An answer may be late: a host
// takes an Offer whose generation is below the last it has seen for a stale one
// and ignores it, and a grant binds by its own StartBy whenever it arrives.
//
// Report hands in sealed reports (ReportType) and returns an Ack for each, in
// their order, once what the Ack says is durable. A report that cannot be opened
// or that says what cannot be is an Ack with Taken false and a reason; its host
// is empty if not even that could be read. With an error it is unknown which
// reports were taken: the caller hands all of them in again, which changes
// nothing that was taken before, because Report.Seq tells a repetition.
//
// Content returns the bytes behind a digest (a payload, a catalogue, a signed
// spec, a policy set) from offset on, which is in bytes and may be the size:
// then there are none. The caller closes it, and checks the digest itself, since
// nobody on the way is trusted: of the whole, or, where an Envelope in JSON stands
// for a sealed message, of its payload. ErrNoContent if there is nothing of that
// digest, now and here.
//
// A call with more than MaxAsks, or with an offset that cannot be, is ErrRefused
// and has no effect. The other errors wrap ErrUnavailable or are that of ctx,
// which every method honours; they concern the whole call. An Upstream keeps
// nothing of what it is given, gives its answers away, and is safe for
// concurrent use.
//
// What an Upstream is not: an order of events (answers of two calls may arrive
// in any order), a place that decides, or a way to reach a host (see Hinter).
type Upstream interface {
	Poll(ctx context.Context, asks []Ask) ([]Offer, error)
	Report(ctx context.Context, reports []fettle.Envelope) ([]Ack, error)
	Content(ctx context.Context, digest fettle.Digest, offset int64) (io.ReadCloser, error)
}

// Hint says that a Poll of the host is of use now. It is never a command: a host
// that gets none asks at Offer.PollAfter, and one that gets a forged one asks in
// vain.
type Hint struct {
	Host fettle.HostID `json:"host"`
	// Generation is that of the Offer to be had. A host that has seen it, or a
	// later one, need not ask.
	Generation uint64 `json:"generation"`
	// NotBefore is the earliest instant to ask. Zero: at once.
	NotBefore time.Time `json:"notBefore,omitzero"`
	// Jitter is the time from then on over which hosts spread their polls, each at
	// a place of its own.
	Jitter Duration `json:"jitter,omitzero"`
}

// Hinter is an optional ability of an Upstream: it tells when to poll. Without
// it hosts poll when Offer.PollAfter says.
//
// Hints yields hints for the hosts, from the call on, until ctx is done, which
// is no error, or until it can yield no more, which is one: the caller polls,
// then calls again. Hints may be lost, merged, repeated and late; several
// changes of one host may be one hint. It yields nothing for hosts that are not
// in the list, of which it keeps a copy. Safe for concurrent use; each sequence
// is used by one goroutine.
type Hinter interface {
	Hints(ctx context.Context, hosts []fettle.HostID) iter.Seq2[Hint, error]
}

// Hints yields the hints of u if it is a Hinter. If it is not, it yields one
// error, errors.ErrUnsupported, and the caller polls at its own pace.
func Hints(ctx context.Context, u Upstream, hosts []fettle.HostID) iter.Seq2[Hint, error] {
	if hinter, ok := u.(Hinter); ok {
		return hinter.Hints(ctx, hosts)
	}
	return func(yield func(Hint, error) bool) { yield(Hint{}, errors.ErrUnsupported) }
}
