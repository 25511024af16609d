package rollout

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// maxLayers bounds the layers of a policy.
const maxLayers = 2000

// SealPolicySet signs a region's policy; m of n people sign it, as the hosts'
// Trust demands. It refuses one with problems.
func SealPolicySet(p *PolicySet, signers ...fettle.Signer) (fettle.Envelope, error) {
	return seal(PolicySetType, p, p.problems(), signers)
}

// OpenPolicySet returns the policy of region that as many keys of t have signed
// as t demands, that is not older than epoch least and holds at now. Errors wrap
// fettle.ErrUntrusted, ErrNewer, ErrInvalid, ErrMisdirected, ErrStale or
// ErrExpired.
func OpenPolicySet(e fettle.Envelope, t fettle.Trust, region RegionID, least uint64, now time.Time) (*PolicySet, error) {
	p, err := open[PolicySet](e, PolicySetType, t, maxPolicyBytes)
	if err == nil {
		err = p.problems().In("policy-set").Err()
	}
	if err == nil {
		err = current("policy", p.Region, region, p.Epoch, least, p.Expires, now)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// SealSitePolicy signs a site's policy with the site's key.
func SealSitePolicy(p *SitePolicy, site fettle.Signer) (fettle.Envelope, error) {
	return seal(SitePolicyType, p, p.problems(), []fettle.Signer{site})
}

// OpenSitePolicy returns a site's policy that is sealed with the key that set
// names for this site, is not older than epoch least and holds at now. Errors
// are those of OpenPolicySet; a site that set does not name is untrusted.
func OpenSitePolicy(e fettle.Envelope, set *PolicySet, least uint64, now time.Time) (*SitePolicy, error) {
	if err := versioned(e.PayloadType, SitePolicyType); err != nil {
		return nil, err
	}
	// The site's name is needed to find its key, so this much is read unchecked.
	p, err := parseMessage[SitePolicy]("site-policy", e.Payload, maxPolicyBytes)
	if err != nil {
		return nil, err
	}
	key := set.site(p.Site)
	if key == nil {
		return nil, fmt.Errorf("%w: the policy set names no site %q", fettle.ErrUntrusted, shorten(p.Site))
	}
	if _, err := e.Open(SitePolicyType, oneKey(key.Key)); err != nil {
		return nil, fmt.Errorf("policy of site %q: %w", shorten(p.Site), err)
	}
	if err := p.problems().In("site-policy").Err(); err != nil {
		return nil, err
	}
	if err := current("policy of site "+p.Site, p.Region, set.Region, p.Epoch, least, p.Expires, now); err != nil {
		return nil, err
	}
	return p, nil
}

// current checks what is the same for both kinds of policy.
func current(what string, got, want RegionID, epoch, least uint64, expires, now time.Time) error {
	switch {
	case got != want:
		return fmt.Errorf("%w: %s of region %q, want %q", ErrMisdirected, what, got, want)
	case epoch < least:
		return fmt.Errorf("%w: %s of epoch %d, %d was taken before", ErrStale, what, epoch, least)
	case !now.Before(expires):
		return fmt.Errorf("%w: %s of epoch %d, until %s", ErrExpired, what, epoch, expires.Format(time.RFC3339))
	}
	return nil
}

func (p *PolicySet) site(name string) *SiteKey {
	i := slices.IndexFunc(p.Sites, func(k SiteKey) bool { return k.Site == name })
	if i < 0 {
		return nil
	}
	return &p.Sites[i]
}

func (p *PolicySet) problems() Problems {
	f := &finder{}
	f.policyHead(p.Region, p.Epoch, p.Expires)
	f.layers(p.Layers, schedule.LevelGlobal)
	f.count("sites", len(p.Sites), 0, maxLayers)
	for i, k := range p.Sites {
		at := fmt.Sprintf("sites[%d]", i)
		f.word(at+".site", k.Site)
		if p.site(k.Site) != &p.Sites[i] {
			f.refuse(at+".site", k.Site, "it is there twice")
		}
		f.key(at+".key", k.Key)
		if slices.ContainsFunc(p.Sites[:i], func(o SiteKey) bool { return ed25519.PublicKey(o.Key).Equal(ed25519.PublicKey(k.Key)) }) {
			f.refuse(at+".key", k.Site, "another site has this key")
		}
		f.count(at+".hosts", len(k.Hosts), 1, maxLabels)
		for j, s := range k.Hosts {
			if err := new(schedule.Selector).UnmarshalText([]byte(s)); err != nil {
				f.refuse(fmt.Sprintf("%s.hosts[%d]", at, j), string(s), "%s", err.Error())
			}
		}
	}
	return f.found
}

func (p *SitePolicy) problems() Problems {
	f := &finder{}
	f.policyHead(p.Region, p.Epoch, p.Expires)
	f.word("site", p.Site)
	for i, l := range f.layers(p.Layers, schedule.LevelSite) {
		if len(l.Locks) > 0 {
			f.refuse(fmt.Sprintf("layers[%d].locks", i), l.Name, "a site has nobody below it to bind")
		}
	}
	return f.found
}

func (f *finder) policyHead(region RegionID, epoch uint64, expires time.Time) {
	f.word("region", string(region))
	f.number("epoch", epoch)
	f.instant("expires", expires)
}

// layers reads the layers, which are of that level or a lower one.
func (f *finder) layers(list []json.RawMessage, highest schedule.Level) []*schedule.Layer {
	f.count("layers", len(list), 0, maxLayers)
	read, err := parseLayers(list)
	for _, fault := range schedule.FieldErrors(err) {
		f.refuse(fault.File+"."+fault.Field, fault.Value, "%s", fault.Rule)
	}
	for i, l := range read {
		if l.Level < highest {
			f.refuse(fmt.Sprintf("layers[%d].level", i), l.Level.String(), "want %v or a lower level", highest)
		}
	}
	return read
}
