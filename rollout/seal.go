package rollout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/strictjson"
)

var (
	// ErrExpired is wrapped by the Open functions for a message that is genuine
	// and past its time. Fetch a newer one; until then the message permits nothing.
	ErrExpired = errors.New("rollout: message has expired")
	// ErrStale is wrapped by the Open functions for a message that is genuine and
	// older than one that was taken before: somebody sends what was, or a copy of
	// it is late. Keep the newer one.
	ErrStale = errors.New("rollout: message is older than the one that holds")
	// ErrMisdirected is wrapped by the Open functions for a message that is genuine
	// and meant for another region, host or site.
	ErrMisdirected = errors.New("rollout: message is for somebody else")
)

// Bounds of the messages. What is larger is refused before it is read.
const (
	maxGrantBytes  = 256 << 10
	maxReportBytes = 1 << 20
	maxPolicyBytes = 8 << 20
	maxAskBytes    = 64 << 10
	maxOfferBytes  = 4 << 20
)

// seal writes v as the payload of an envelope, unless it has problems.
func seal(payloadType string, v any, found Problems, signers []fettle.Signer) (fettle.Envelope, error) {
	if err := found.Err(); err != nil {
		return fettle.Envelope{}, fmt.Errorf("seal %s: %w", kindOf(payloadType), err)
	}
	payload, err := encode(v)
	if err != nil {
		return fettle.Envelope{}, fmt.Errorf("rollout: seal %s: %w", kindOf(payloadType), err)
	}
	return fettle.Seal(payloadType, payload, signers...)
}

// encode writes v in the one way in which payloads are written: no white
// space, <, > and & as they are.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// open checks the seals and reads the payload strictly.
func open[T any](e fettle.Envelope, payloadType string, t fettle.Trust, size int) (*T, error) {
	if err := versioned(e.PayloadType, payloadType); err != nil {
		return nil, err
	}
	payload, err := e.Open(payloadType, t)
	if err != nil {
		return nil, err
	}
	return parse[T](kindOf(payloadType), payload, strictjson.Limits{Bytes: size, Values: size / 4})
}

// versioned tells a message of a newer form from one of another kind.
func versioned(got, want string) error {
	form := func(t string) (kind, version string) {
		t, _ = strings.CutSuffix(t, "+json")
		i := strings.LastIndex(t, ".v")
		if i < 0 {
			return t, ""
		}
		return t[:i], t[i+2:]
	}
	gotKind, gotVersion := form(got)
	wantKind, wantVersion := form(want)
	if gotKind == wantKind && gotVersion != wantVersion {
		return fmt.Errorf("%w: message of form %q, this version reads %q", ErrNewer, got, want)
	}
	return nil
}

// kindOf returns the word of a payload type: spec, grant, report.
func kindOf(payloadType string) string {
	kind := strings.TrimPrefix(payloadType, "application/vnd.fettle.")
	kind, _, _ = strings.Cut(kind, ".")
	return kind
}

// SealSpec signs a spec. It refuses one with problems. Further people sign the
// same payload with Envelope's own means; the digest stays the same.
func SealSpec(s *Spec, signers ...fettle.Signer) (fettle.Envelope, error) {
	return seal(SpecType, s, s.Validate(nil), signers)
}

// OpenSpec returns the spec that as many keys of t have signed as t demands,
// and the digest that approvals and grants are bound to. Whether it makes sense
// for a region is for Validate to say. Errors wrap fettle.ErrUntrusted, ErrNewer
// or ErrInvalid.
func OpenSpec(e fettle.Envelope, t fettle.Trust) (*Spec, fettle.Digest, error) {
	s, err := open[Spec](e, SpecType, t, maxBytes)
	if err != nil {
		return nil, "", err
	}
	return s, fettle.DigestOf(e.Payload), nil
}

// SealGrant signs a grant with the region's key.
func SealGrant(g *Grant, region fettle.Signer) (fettle.Envelope, error) {
	return seal(GrantType, g, g.problems(), []fettle.Signer{region})
}

// OpenGrant returns a grant for host in region that may still start at now, by
// the host's clock. Errors wrap fettle.ErrUntrusted, ErrNewer, ErrInvalid,
// ErrMisdirected, or ErrExpired from StartBy on. A caller that has seen a larger
// Epoch of this region does not start it.
func OpenGrant(e fettle.Envelope, t fettle.Trust, region RegionID, host fettle.HostID, now time.Time) (*Grant, error) {
	g, err := open[Grant](e, GrantType, t, maxGrantBytes)
	if err == nil {
		err = g.problems().In("grant").Err()
	}
	switch {
	case err != nil:
		return nil, err
	case g.Region != region || g.Host != host:
		return nil, fmt.Errorf("%w: grant %s is for host %q in region %q", ErrMisdirected, g.Op, g.Host, g.Region)
	case !now.Before(g.StartBy):
		return nil, fmt.Errorf("%w: grant %s could start until %s", ErrExpired, g.Op, g.StartBy.Format(time.RFC3339))
	}
	return g, nil
}

// SealReport signs a report with the host's own key.
func SealReport(r *Report, host fettle.Signer) (fettle.Envelope, error) {
	return seal(ReportType, r, r.problems(), []fettle.Signer{host})
}

// OpenReport returns a report to region whose seal is that of the host that it
// says it is from: key returns the key that a host was enrolled with, false if
// there is none. Errors wrap fettle.ErrUntrusted, ErrNewer, ErrInvalid or
// ErrMisdirected. What the report means is for State to judge.
func OpenReport(e fettle.Envelope, region RegionID, key HostKeys) (*Report, error) {
	if err := versioned(e.PayloadType, ReportType); err != nil {
		return nil, err
	}
	// The host's name is needed to find its key, so this much is read unchecked.
	r, err := parse[Report]("report", e.Payload, strictjson.Limits{Bytes: maxReportBytes, Values: maxReportBytes / 4})
	if err != nil {
		return nil, err
	}
	enrolled, ok := key(r.Host)
	if !ok {
		return nil, fmt.Errorf("%w: no key is enrolled for host %q", fettle.ErrUntrusted, shorten(string(r.Host)))
	}
	if _, err := e.Open(ReportType, oneKey(enrolled)); err != nil {
		return nil, fmt.Errorf("report of host %q: %w", shorten(string(r.Host)), err)
	}
	if err := r.problems().In("report").Err(); err != nil {
		return nil, err
	}
	if r.Region != region {
		return nil, fmt.Errorf("%w: report of host %q to region %q", ErrMisdirected, r.Host, r.Region)
	}
	return r, nil
}
