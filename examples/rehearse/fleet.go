package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// fleetReader turns inventory records into hosts of a forecast.
type fleetReader struct {
	o          *options
	in         *inputs
	dimensions []string
	regions    map[string]int // of sites and region labels
	seen       *inventory.Record
	failed     error
}

// hosts yields the fleet as the forecast takes it. The first failure ends it and
// is kept.
func (f *fleetReader) hosts(records iter.Seq2[*inventory.Record, error]) iter.Seq[rollout.ForecastHost] {
	return func(yield func(rollout.ForecastHost) bool) {
		for r, err := range records {
			var h rollout.ForecastHost
			if err == nil {
				f.seen = r
				h, err = f.host(r)
			}
			if err != nil {
				f.failed = err
				return
			}
			if !yield(h) {
				return
			}
		}
		if f.in.left.Hosts == 0 {
			f.failed = fmt.Errorf("%s: no host in it", f.o.hosts)
		}
	}
}

func (f *fleetReader) host(r *inventory.Record) (rollout.ForecastHost, error) {
	h := &r.Host
	out := rollout.ForecastHost{
		Host: schedule.Host{ID: h.ID, Site: h.Site, Labels: h.Labels, Zone: h.Zone},
		Link: h.Labels["link"],
	}
	f.in.left.Hosts++
	if err := presence(&out.Presence, h.Labels["presence"]); err != nil {
		return out, fmt.Errorf("host %s: %w", h.ID, err)
	}
	if out.Link == "" {
		out.Link = h.Site
	}
	var err error
	if out.Region, err = f.region(h); err != nil {
		return out, err
	}
	for _, name := range f.dimensions {
		if value := keyValue(r, name, out.Link); value != "" {
			out.Keys = append(out.Keys, rollout.Key{Dimension: name, Value: value})
		}
	}
	out.Eligible = f.eligible(r)
	return out, nil
}

func presence(p *rollout.Presence, label string) error {
	if label == "" {
		return nil
	}
	if err := p.UnmarshalText([]byte(label)); err != nil {
		return errors.New("label presence: " + strconv.Quote(label) + ": want around, always-on or office-hours")
	}
	return nil
}

// region returns the region of a host: its label's, else its site's turn.
func (f *fleetReader) region(h *inventory.Host) (int, error) {
	name, labelled := h.Labels["region"]
	if !labelled {
		name = "\x00" + h.Site
	}
	i, ok := f.regions[name]
	if ok {
		return i, nil
	}
	i = len(f.regions)
	if labelled && i >= f.o.regions {
		return 0, fmt.Errorf("host %s: label region %q is one more than the %d that -regions names", h.ID, name, f.o.regions)
	}
	i %= f.o.regions
	f.regions[name] = i
	return i, nil
}

// eligible returns for which rings a host may be chosen, a bit each; none if it
// is no target.
func (f *fleetReader) eligible(r *inventory.Record) uint64 {
	target := fettle.Yes // of every spec, if it is made up
	if f.o.synthetic == 0 {
		target = holds(f.in.spec.Target, r)
	}
	switch target {
	case fettle.Yes:
	case fettle.No:
		f.in.left.Others++
		return 0
	default:
		f.in.left.Unknown++
		return 0
	}
	var bits uint64
	for i := range f.in.spec.Rings {
		if holds(f.in.spec.Rings[i].Eligible, r) == fettle.Yes {
			bits |= 1 << i
		}
	}
	if bits == 0 {
		f.in.left.Ringless++
	}
	return bits
}

// holds is the truth of a footprint; what is not stated holds.
func holds(p applicability.Footprint, r *inventory.Record) fettle.Truth {
	if p.IsZero() {
		return fettle.Yes
	}
	return p.Holds(r)
}

// dimensions are those in which budgets and strata need the values of hosts.
func dimensions(s *rollout.Spec, c *rollout.Config) []string {
	var list []string
	for _, b := range c.Budgets {
		if b.Per != "" {
			list = append(list, b.Per)
		}
	}
	list = append(list, s.Strata...)
	slices.Sort(list)
	return slices.Compact(list)
}

// keyValue returns a host's value in a dimension; empty: it has none.
func keyValue(r *inventory.Record, dimension, link string) string {
	label, isLabel := strings.CutPrefix(dimension, "label.")
	switch {
	case isLabel:
		return r.Host.Labels[label]
	case dimension == "site":
		return r.Host.Site
	case dimension == "link":
		return link
	case dimension == "os":
		return strings.TrimSpace(r.Snapshot.OS.ID + " " + r.Snapshot.OS.Version)
	default:
		return r.Host.Labels[dimension]
	}
}

// conditions answers the where of layers for the host that is being read.
type conditions map[string]applicability.Footprint

// readConditions reads the where of every layer; every fault is in the error.
func readConditions(layers []*schedule.Layer) (conditions, error) {
	c := conditions{}
	var errs []error
	for _, l := range layers {
		if l.Where == "" {
			continue
		}
		p, err := applicability.ParseFootprint(l.Where)
		if err != nil {
			err = &schedule.FieldError{File: l.File, Field: "where", Value: l.Where, Rule: err.Error(), Err: err}
		}
		errs = append(errs, err)
		c[l.Where] = p
	}
	return c, errors.Join(errs...)
}

func (c conditions) options(f *fleetReader) *schedule.MergeOptions {
	return &schedule.MergeOptions{Where: func(text string, _ schedule.Host) (fettle.Truth, error) {
		return c[text].Holds(f.seen), nil
	}}
}
