package rollout

func (e *GrantsIssued) check(s *State, _ *Entry) error { panic("core") }

func (e *GrantsIssued) apply(s *State, _ *Entry) { panic("core") }

func (e *GrantsLapsed) check(s *State, _ *Entry) error { panic("core") }

func (e *GrantsLapsed) apply(s *State, _ *Entry) { panic("core") }

func (e *OutcomesRecorded) check(s *State, _ *Entry) error { panic("core") }

func (e *OutcomesRecorded) apply(s *State, _ *Entry) { panic("core") }
