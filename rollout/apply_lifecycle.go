package rollout

func (e *RolloutProposed) check(s *State, _ *Entry) error { panic("core") }

func (e *RolloutProposed) apply(s *State, _ *Entry) { panic("core") }

func (e *RolloutApproved) check(s *State, _ *Entry) error { panic("core") }

func (e *RolloutApproved) apply(s *State, _ *Entry) { panic("core") }

func (e *PhaseChanged) check(s *State, _ *Entry) error { panic("core") }

func (e *PhaseChanged) apply(s *State, _ *Entry) { panic("core") }

func (e *RingOpened) check(s *State, _ *Entry) error { panic("core") }

func (e *RingOpened) apply(s *State, _ *Entry) { panic("core") }

func (e *GateJudged) check(s *State, _ *Entry) error { panic("core") }

func (e *GateJudged) apply(s *State, _ *Entry) { panic("core") }

func (e *RingPassed) check(s *State, _ *Entry) error { panic("core") }

func (e *RingPassed) apply(s *State, _ *Entry) { panic("core") }

func (e *BackoutStarted) check(s *State, _ *Entry) error { panic("core") }

func (e *BackoutStarted) apply(s *State, _ *Entry) { panic("core") }

func (e *BlockSet) check(s *State, _ *Entry) error { panic("core") }

func (e *BlockSet) apply(s *State, _ *Entry) { panic("core") }

func (e *BlockLifted) check(s *State, _ *Entry) error { panic("core") }

func (e *BlockLifted) apply(s *State, _ *Entry) { panic("core") }

func (e *SignalReceived) check(s *State, _ *Entry) error { panic("core") }

func (e *SignalReceived) apply(s *State, _ *Entry) { panic("core") }

func (e *OutageEnded) check(s *State, _ *Entry) error { panic("core") }

func (e *OutageEnded) apply(s *State, _ *Entry) { panic("core") }

func (e *PermitGiven) check(s *State, _ *Entry) error { panic("core") }

func (e *PermitGiven) apply(s *State, _ *Entry) { panic("core") }

func (e *SummaryReceived) check(s *State, _ *Entry) error { panic("core") }

func (e *SummaryReceived) apply(s *State, _ *Entry) { panic("core") }
