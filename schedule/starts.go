package schedule

// Starts works out, for a Question, when hosts may act. Hosts that the same
// layers concern in the same zone are worked out once, as in Forecast. A Starts
// is not safe for concurrent use; the Opportunities that it returned are.
type Starts struct {
	f     *forecaster
	found map[forecastKey]*Opportunity
}

// Opportunity is when the hosts of one policy may act within a Question's
// [From, By), given a grant. Its slices are not to be changed.
type Opportunity struct {
	// Host is the first host that it was worked out for.
	Host Host
	// Install are the instants at which every one of these hosts may start to
	// install, in the form that Union gives. With an Override in force at From it
	// holds the instants that the override admits.
	Install []Span
	// Restart are the instants at which a restart may start. It says nothing unless
	// Restarts.
	Restart []Span
	// Restarts reports whether the item is done only after a restart that the
	// policy has to let through.
	Restarts bool
	// Code and Detail say what is in the way if a host cannot install, or not
	// restart after it, before By; they are those of an Obstacle. Empty: nothing.
	Code, Detail string
}

// NewStarts returns a Starts for these layers. Listed is of no meaning here. The
// errors are those of Forecast.
func NewStarts(layers []*Layer, zones Zones, q Question, opt *ForecastOptions) (*Starts, error) {
	f, err := newForecaster(layers, zones, q, opt)
	if err != nil {
		return nil, err
	}
	return &Starts{f: f, found: map[forecastKey]*Opportunity{}}, nil
}

// Of returns the host's opportunity: the same one, by its address, for hosts of
// one policy in one zone.
func (s *Starts) Of(h Host) *Opportunity {
	k := s.f.key(&h)
	o := s.found[k]
	if o == nil {
		o = s.f.opportunity(h)
		s.found[k] = o
	}
	return o
}

// Policies returns how many policies were worked out.
func (s *Starts) Policies() int { return len(s.found) }

func (f *forecaster) opportunity(h Host) *Opportunity {
	o := &Opportunity{Host: h}
	policy, r, code, detail := f.policyOf(h)
	if o.Code, o.Detail = code, detail; code != "" {
		return o
	}
	if o.Install, o.Code, o.Detail = f.admitted(policy, r); o.Code != "" {
		return o
	}
	if o.Restarts = f.restarts(r); !o.Restarts {
		return o
	}
	o.Restart = f.restartSpans(policy, r, o.Install[0].Start.Add(f.q.Item.InstallTime))
	if len(o.Restart) == 0 {
		o.Code, o.Detail = ReasonNoRestart, "restart rule "+r.restart.name
	}
	return o
}
