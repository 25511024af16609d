package rollout

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// HostKeys returns the key that a host was enrolled with, false if it was not.
// It is safe for concurrent use.
type HostKeys func(host fettle.HostID) (ed25519.PublicKey, bool)

// oneKey trusts one key.
func oneKey(key ed25519.PublicKey) fettle.Trust {
	return fettle.Trust{Keys: []ed25519.PublicKey{key}, Threshold: 1}
}

// SealEnrolment signs an enrolment with the keys of the enrolling authority.
func SealEnrolment(n *Enrolment, signers ...fettle.Signer) (fettle.Envelope, error) {
	return seal(EnrolmentType, n, n.problems(), signers)
}

// OpenEnrolment returns an enrolment in region that holds at now. Of several of
// one host the one issued last holds. Errors wrap fettle.ErrUntrusted, ErrNewer,
// ErrInvalid, ErrMisdirected or ErrExpired.
func OpenEnrolment(e fettle.Envelope, t fettle.Trust, region RegionID, now time.Time) (*Enrolment, error) {
	n, err := open[Enrolment](e, EnrolmentType, t, maxAskBytes)
	if err == nil {
		err = n.problems().In("enrolment").Err()
	}
	switch {
	case err != nil:
		return nil, err
	case n.Region != region:
		return nil, fmt.Errorf("%w: enrolment of host %q in region %q", ErrMisdirected, n.Host, n.Region)
	case !n.Expires.IsZero() && !now.Before(n.Expires):
		return nil, fmt.Errorf("%w: enrolment of host %q, until %s", ErrExpired, n.Host, n.Expires.Format(time.RFC3339))
	}
	return n, nil
}

func (n *Enrolment) problems() Problems {
	f := &finder{}
	f.text("host", string(n.Host))
	f.word("region", string(n.Region))
	f.key("key", n.Key)
	f.optional("name", n.Name)
	f.optional("site", n.Site)
	f.optional("zone", n.Zone)
	f.count("labels", len(n.Labels), 0, maxLabels)
	for _, label := range slices.Sorted(maps.Keys(n.Labels)) {
		f.text("labels", label)
		f.optional("labels."+shorten(label), n.Labels[label])
	}
	f.instant("issued", n.Issued)
	if !n.Expires.IsZero() && !n.Expires.After(n.Issued) {
		f.refuse("expires", n.Expires.Format(time.RFC3339), "want an instant after issued")
	}
	return f.found
}

// maxLabels bounds the labels of a host.
const maxLabels = 256

func (f *finder) key(path string, key []byte) {
	if len(key) != ed25519.PublicKeySize {
		f.refuse(path, "", "want an Ed25519 key of %d bytes, found %d", ed25519.PublicKeySize, len(key))
	}
}

func (f *finder) instant(path string, at time.Time) {
	if at.IsZero() {
		f.refuse(path, "", "want an instant")
	}
}
