package rollout

// RegionID names a region.
type RegionID string

// Config is what holds for all rollouts of a region. It is signed elsewhere;
// a coordinator can choose within it.
type Config struct {
	Region  RegionID `json:"region"`
	Budgets []Budget `json:"budgets,omitempty"`
	// ClockMargin is added to every deadline that a host's own clock decides.
	ClockMargin Duration `json:"clockMargin"`
	// PollEvery is how often a host asks when nothing is due for it.
	PollEvery Duration `json:"pollEvery"`
	// EmergencyApprovers is how many people the emergency lane needs, for the start
	// and for each approval gate. Zero: 2. 1 is an error.
	EmergencyApprovers int `json:"emergencyApprovers,omitempty"`
	// RequireBackout says that a rollout that acts needs a back-out for each of its
	// patches.
	RequireBackout bool `json:"requireBackout,omitempty"`
}

// Budget bounds how many hosts are under way at one time, for each key of its
// dimension. The keys of a host are resolved when it joins.
type Budget struct {
	Name string `json:"name"`
	// Per is the dimension: "" is the region as a whole, else "site", "link" or
	// "label.NAME". Each value of it has units of its own.
	Per string `json:"per,omitempty"`
	// Units is how many hosts. Share is the part of the hosts that have that key,
	// floor, but at least 1. Exactly one of the two is set; to let nobody of one
	// key through, give it 0 in Keys.
	Units int   `json:"units,omitempty"`
	Share Share `json:"share,omitzero"`
	// Hold says how long a host keeps its unit.
	Hold Hold `json:"hold"`
	// PreIssued says that the units are those of grants that were issued ahead to
	// hosts that are off the network. Such a grant takes them in place of those of
	// the other budgets that are held until the outcome; units that are held until
	// a host is healthy it takes as every grant does.
	PreIssued bool `json:"preIssued,omitempty"`
	// Keys are limits of single keys that differ from Units.
	Keys map[string]int `json:"keys,omitempty"`
}
