package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// inputs is what a rehearsal is made of.
type inputs struct {
	rehearsal *rollout.Rehearsal
	spec      *rollout.Spec
	config    rollout.Config
	left      leftOut
}

// leftOut counts the hosts of the fleet that are not simulated.
type leftOut struct {
	Hosts    int `json:"hosts"`    // in the fleet
	Others   int `json:"others"`   // that are no targets
	Unknown  int `json:"unknown"`  // of which that cannot be said
	Ringless int `json:"ringless"` // targets that no ring takes
}

// readInputs reads all files; every fault of every one of them is in the error.
func readInputs(o *options) (*inputs, error) {
	in := &inputs{}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	if in.spec, err = readSpec(o.spec); err != nil {
		keep(err)
	}
	if in.config, err = readConfig(o); err != nil {
		keep(err)
	}
	layers, err := o.layers()
	if err != nil {
		keep(err)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	q := &rollout.ForecastQuestion{
		Spec: in.spec, Config: in.config, From: o.start(in.spec), By: o.by, Regions: o.regions,
		Layers: layers, Item: o.item, Zones: loadZone, Assume: o.assume,
	}
	f := &fleetReader{o: o, in: in, dimensions: dimensions(in.spec, &in.config), regions: map[string]int{}}
	where, err := readConditions(layers)
	if err != nil {
		return nil, err
	}
	q.Merge = where.options(f)
	r, err := rollout.NewRehearsal(q, f.hosts(o.records()))
	if err = cmp.Or(f.failed, err); err != nil {
		if o.config == "" && o.synthetic == 0 && len(in.spec.Budgets) > 0 {
			err = errors.Join(err, errors.New("the spec names budgets, and -config is missing"))
		}
		return nil, err
	}
	if in.rehearsal = r; o.runs == 0 {
		o.runs = runsFor(r.Hosts())
	}
	return in, nil
}

func readSpec(name string) (*rollout.Spec, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return rollout.ParseSpec(name, data)
}

// readConfig reads the region's configuration; without a file it is the sample
// for a made-up fleet, else one without budgets.
func readConfig(o *options) (rollout.Config, error) {
	config := rollout.Config{Region: "rehearsal", ClockMargin: minutes(5), PollEvery: minutes(15)}
	name, data := o.config, sampleRegion
	switch {
	case name != "":
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return config, err
		}
	case o.synthetic > 0:
		name = "specs/region.json"
	default:
		return config, nil
	}
	read, err := rollout.ParseConfig(name, data)
	if err != nil {
		return config, err
	}
	return *read, nil
}

// start returns when the rollout starts.
func (o *options) start(s *rollout.Spec) time.Time {
	if !o.from.IsZero() {
		return o.from
	}
	if len(s.Rings) > 0 && !s.Rings[0].NotBefore.IsZero() {
		return s.Rings[0].NotBefore
	}
	return o.now.UTC().Truncate(time.Hour).Add(time.Hour)
}

// layers reads the policy.
func (o *options) layers() ([]*schedule.Layer, error) {
	if len(o.policies) == 0 && o.synthetic > 0 {
		return sampleLayers()
	}
	var layers []*schedule.Layer
	var errs []error
	for _, name := range o.policies {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(name, "*.json")); err != nil || len(files) == 0 {
				errs = append(errs, fmt.Errorf("%s: no *.json in this folder", name))
			}
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err == nil {
				var l *schedule.Layer
				if l, err = schedule.ParseLayer(file, data); err == nil {
					layers = append(layers, l)
				}
			}
			errs = append(errs, err)
		}
	}
	return layers, errors.Join(errs...)
}

func sampleLayers() ([]*schedule.Layer, error) {
	entries, err := samplePolicies.ReadDir("policies")
	if err != nil {
		return nil, err
	}
	var layers []*schedule.Layer
	for _, e := range entries {
		data, err := samplePolicies.ReadFile("policies/" + e.Name())
		if err != nil {
			return nil, err
		}
		l, err := schedule.ParseLayer(e.Name(), data)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// loadZone returns a zone of the zone database.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: want an IANA zone name such as Europe/Berlin", name)
	}
	return time.LoadLocation(name)
}

// records yields the fleet.
func (o *options) records() iter.Seq2[*inventory.Record, error] {
	if o.synthetic > 0 {
		return synthetic(o.synthetic)
	}
	return func(yield func(*inventory.Record, error) bool) {
		f, err := os.Open(o.hosts)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		for r, err := range inventory.NewReader(f, o.hosts, nil).All() {
			if !yield(&r, err) || err != nil {
				return
			}
		}
	}
}
