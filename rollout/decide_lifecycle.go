package rollout

import "time"

func (s *State) decideStart(d *decided, c Start, now time.Time) error     { panic("core") }
func (s *State) decideApprove(d *decided, c Approve, now time.Time) error { panic("core") }
func (s *State) decidePause(d *decided, c Pause) error                    { panic("core") }
func (s *State) decideResume(d *decided, c Resume, now time.Time) error   { panic("core") }
func (s *State) decideAbort(d *decided, c Abort, now time.Time) error     { panic("core") }
func (s *State) decideSignal(d *decided, c Signal, now time.Time) error   { panic("core") }
func (s *State) decidePermit(d *decided, c Permit) error                  { panic("core") }
func (s *State) decidePool(d *decided, c Pool) error                      { panic("core") }
func (s *State) decideLift(d *decided, c Lift) error                      { panic("core") }

// judgeRings appends what time and new evidence lead to for the rollouts' rings:
// openings, passes, halts, ends.
func (s *State) judgeRings(d *decided, now time.Time) { panic("core") }
