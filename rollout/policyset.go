package rollout

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/schedule"
)

// parseLayers reads layers in their JSON form. The error joins a
// *schedule.FieldError for each fault, whose File is the layer's place.
func parseLayers(list []json.RawMessage) ([]*schedule.Layer, error) {
	var all []*schedule.Layer
	var errs []error
	for i, raw := range list {
		l, err := schedule.ParseLayer(fmt.Sprintf("layers[%d]", i), raw)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, l)
	}
	return all, errors.Join(errs...)
}

// For returns the policy of one host: the layers of p that are for it, merged,
// then narrowed by the site policies whose keys may speak for it, in the order
// of p.Sites. sites were opened with p; nobody else's count. Site and labels of
// the host are those of its enrolment. opt.Narrow is not used.
//
// Errors are those of schedule.Merge; a site policy that would loosen anything
// is one of them, and then there is no policy. Where a required site policy is
// not among sites the error wraps ErrExpired.
func (p *PolicySet) For(host schedule.Host, sites []*SitePolicy, zones schedule.Zones, opt *schedule.MergeOptions) (*schedule.Policy, error) {
	layers, err := named("policy set", p.Layers, nil)
	if err != nil {
		return nil, err
	}
	merge := schedule.MergeOptions{}
	if opt != nil {
		merge = *opt
	}
	merge.Narrow = nil
	for _, key := range p.Sites {
		mine, err := schedule.Selects(key.Hosts, host)
		if err != nil {
			return nil, err
		}
		if !mine {
			continue
		}
		i := slices.IndexFunc(sites, func(s *SitePolicy) bool { return s.Site == key.Site && s.Region == p.Region })
		if i < 0 {
			if key.Required {
				return nil, fmt.Errorf("%w: the policy of site %q is required for host %q and not at hand", ErrExpired, key.Site, host.ID)
			}
			continue
		}
		narrow, err := named("site "+key.Site, sites[i].Layers, key.Hosts)
		if err != nil {
			return nil, err
		}
		merge.Narrow = append(merge.Narrow, narrow...)
	}
	return schedule.Merge(layers, host, zones, &merge)
}

// named reads layers, with a name for messages, and adds conditions on the
// hosts that they are for.
func named(what string, list []json.RawMessage, hosts []schedule.Selector) ([]*schedule.Layer, error) {
	layers, err := parseLayers(list)
	for _, l := range layers {
		l.File = what + " " + l.File
		l.Hosts = slices.Concat(hosts, l.Hosts)
	}
	if err != nil {
		return nil, fmt.Errorf("rollout: %s: %w", what, err)
	}
	return layers, nil
}
