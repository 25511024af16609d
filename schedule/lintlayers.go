package schedule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// LintLayers lints the policy of each host, and reports once what several of
// them share. Layers that give a host no policy are findings too, one for each
// broken rule. Without hosts it takes those of SampleHosts.
func LintLayers(layers []*Layer, hosts []Host, zones Zones, from time.Time, opt *LintOptions, merge *MergeOptions) []Finding {
	if len(hosts) == 0 {
		hosts = SampleHosts(layers, "UTC")
	}
	var all []Finding
	seen := map[string]bool{}
	add := func(h *Host, f Finding) {
		if key := f.String(); !seen[key] {
			seen[key] = true
			f.Host = h.String()
			all = append(all, f)
		}
	}
	for _, h := range hosts {
		p, err := Merge(layers, h, zones, merge)
		if err != nil {
			for _, fe := range FieldErrors(err) {
				add(&h, Finding{Code: refusalCode(fe), Field: fe.Field, File: fe.File, Detail: fmt.Sprintf("%q: %s", fe.Value, fe.Rule)})
			}
			continue
		}
		for _, f := range p.Lint(from, opt) {
			add(&h, f)
		}
	}
	return all
}

// refusalCode says whether a refusal is a conflict of locks, an unknown zone or
// another fault.
func refusalCode(fe *FieldError) string {
	switch {
	case errors.Is(fe, ErrContradiction):
		return LintRefused + "-contradiction"
	case errors.Is(fe, ErrZone):
		return LintRefused + "-unknown-zone"
	default:
		return LintRefused
	}
}

// maxSamples bounds the hosts that SampleHosts makes.
const maxSamples = 256

// SampleHosts makes hosts for which the layers take effect in every combination
// of one layer a level, at most 256, all in a zone unless a layer names one.
// They stand for a fleet that is not known; a layer that excludes what another
// requires may still be missed.
func SampleHosts(layers []*Layer, zone string) []Host {
	hosts := []Host{{ID: "sample", Zone: zone}}
	for level := LevelGlobal; level <= LevelHost; level++ {
		var next []Host
		for _, l := range layers {
			if l.Level != level || len(l.Hosts) == 0 {
				continue
			}
			for _, h := range hosts {
				if s, ok := l.sample(h); ok {
					next = append(next, s)
				}
			}
		}
		hosts = append(hosts, next...)
		if len(hosts) > maxSamples {
			hosts = hosts[:maxSamples]
		}
	}
	return hosts
}

// sample returns the host with the attributes that a layer asks for.
func (l *Layer) sample(h Host) (Host, bool) {
	labels := map[string]string{}
	maps.Copy(labels, h.Labels)
	h.Labels = labels
	list, err := compileSelectors(l.Hosts)
	if err != nil {
		return h, false
	}
	for _, s := range list {
		if s.negated {
			continue
		}
		value := "sample"
		if len(s.values) > 0 {
			value = s.values[0]
		}
		switch s.attribute {
		case "site":
			h.Site = value
		case "host":
			h.ID = fettle.HostID(value)
		case "zone":
			h.Zone = value
		default:
			labels[s.label] = value
		}
	}
	return h, list.match(&h)
}

// String names a host with its attributes, for messages.
func (h Host) String() string {
	parts := []string{string(h.ID)}
	if h.Site != "" {
		parts = append(parts, "site="+h.Site)
	}
	for k, v := range h.Labels {
		parts = append(parts, "label."+k+"="+v)
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, " ")
}
