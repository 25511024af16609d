package rollout

func (e *RegionConfigured) check(s *State, _ *Entry) error {
	if s.ready && e.Config.Region != s.config.Region {
		return refused("region is %q, want %q", e.Config.Region, s.config.Region)
	}
	if e.Config.Region == "" {
		return refused("region has no name")
	}
	return nil
}

func (e *RegionConfigured) apply(s *State, _ *Entry) {
	if !s.ready {
		s.prepare()
	}
	s.config = e.Config
	for i, c := range s.counters.charges {
		for _, b := range e.Config.Budgets {
			if b.Name == c.Budget {
				s.counters.hold[i] = b.Hold
			}
		}
	}
	s.gen++
}

func (e *TakenOver) check(s *State, _ *Entry) error {
	if e.Epoch <= s.epoch {
		return refused("epoch %d, want one above %d", e.Epoch, s.epoch)
	}
	return nil
}

func (e *TakenOver) apply(s *State, _ *Entry) { s.epoch, s.holder = e.Epoch, e.Holder }
