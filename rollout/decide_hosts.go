package rollout

import "time"

func (s *State) decideJoin(d *decided, c Join) error                      { panic("core") }
func (s *State) decideLeave(d *decided, c Leave) error                    { panic("core") }
func (s *State) decideRelabel(d *decided, c Relabel) error                { panic("core") }
func (s *State) decideRelease(d *decided, c Release) error                { panic("core") }
func (s *State) decideReady(d *decided, c Ready, now time.Time) error     { panic("core") }
func (s *State) decideReports(d *decided, c Reports, now time.Time) error { panic("core") }

// decideTick does what time leads to: lapses, silences, retries, then the rings.
func (s *State) decideTick(d *decided, now time.Time) { panic("core") }

// live reports whether a timer still says the truth.
func (s *State) live(second uint32, what timer) bool { panic("core") }
