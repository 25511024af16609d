package rollout

func (e *HostsJoined) check(s *State, _ *Entry) error { panic("core") }

func (e *HostsJoined) apply(s *State, _ *Entry) { panic("core") }

func (e *HostsLeft) check(s *State, _ *Entry) error { panic("core") }

func (e *HostsLeft) apply(s *State, _ *Entry) { panic("core") }

func (e *HostsRelabelled) check(s *State, _ *Entry) error { panic("core") }

func (e *HostsRelabelled) apply(s *State, _ *Entry) { panic("core") }

func (e *HostsQuarantined) check(s *State, _ *Entry) error { panic("core") }

func (e *HostsQuarantined) apply(s *State, _ *Entry) { panic("core") }

func (e *HostsReleased) check(s *State, _ *Entry) error { panic("core") }

func (e *HostsReleased) apply(s *State, _ *Entry) { panic("core") }
