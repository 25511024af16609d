package rollout

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// CommandError says that a command as a whole is illegal in this state. Nothing
// was decided.
type CommandError struct {
	Command string // its word: "start"
	Field   string // of the command; empty: the command itself
	Value   string
	Rule    string // what is wanted
}

// Error names the command, the field, the value and the rule.
func (e *CommandError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("rollout: %s: %s", e.Command, e.Rule)
	}
	return fmt.Sprintf("rollout: %s: %s %q: %s", e.Command, e.Field, e.Value, e.Rule)
}

// decided is what one command leads to.
type decided struct {
	events  []Event
	reasons []fettle.Reason
	quiet   bool // nobody reads the reasons: none need be made
}

func (d *decided) add(e Event) { d.events = append(d.events, e) }

// refuse notes why one row was not taken; about is the name of an argument, host
// or rollout.
func (d *decided) refuse(code, about, value string, more ...string) {
	if d.quiet {
		return
	}
	args := map[string]string{about: value}
	for i := 0; i+1 < len(more); i += 2 {
		args[more[i]] = more[i+1]
	}
	d.reasons = append(d.reasons, fettle.Reason{Code: code, Args: args})
}

// Decide returns what the command leads to: events, and reasons for what was
// refused, each with the argument host or rollout it is about. It changes
// nothing. The error is a *CommandError: the command as a whole is illegal here.
// now is compared with the last entry's instant, and a clock that went back
// counts as that instant.
//
// What a command brings is judged by the next Tick, which Next then says is due:
// call Take, or Tick before anything else.
func (s *State) Decide(c Command, now time.Time) ([]Event, []fettle.Reason, error) {
	var d decided
	if err := s.decide(&d, c, s.instant(now)); err != nil {
		return nil, nil, err
	}
	return d.events, d.reasons, nil
}

func (s *State) decide(d *decided, c Command, now time.Time) error {
	if _, first := c.(Configure); !s.ready && !first {
		return &CommandError{Command: commandWord(c), Rule: "the region is not configured yet"}
	}
	switch c := c.(type) {
	case Configure:
		return s.decideConfigure(d, c)
	case TakeOver:
		return s.decideTakeOver(d, c)
	case Start:
		return s.decideStart(d, c, now)
	case Approve:
		return s.decideApprove(d, c, now)
	case Pause:
		return s.decidePause(d, c)
	case Resume:
		return s.decideResume(d, c, now)
	case Abort:
		return s.decideAbort(d, c, now)
	case Retire:
		return s.decideRetire(d, c)
	case Signal:
		return s.decideSignal(d, c, now)
	case Permit:
		return s.decidePermit(d, c)
	case Pool:
		return s.decidePool(d, c)
	case Lift:
		return s.decideLift(d, c)
	case Join:
		s.decideJoin(d, c)
	case Leave:
		s.decideLeave(d, c)
	case Relabel:
		s.decideRelabel(d, c)
	case Release:
		s.decideRelease(d, c)
	case Ready:
		s.decideReady(d, c, now)
	case Reports:
		s.decideReports(d, c, now)
	case Tick:
		s.decideTick(d, now)
	default:
		return &CommandError{Command: commandWord(c), Rule: "want one of the package's commands, as a value"}
	}
	return nil
}

// commandWord returns a command's word for people.
func commandWord(c Command) string {
	switch c.(type) {
	case Configure:
		return "configure"
	case TakeOver:
		return "take over"
	case Start:
		return "start"
	case Approve:
		return "approve"
	case Pause:
		return "pause"
	case Resume:
		return "resume"
	case Abort:
		return "abort"
	case Retire:
		return "retire"
	case Signal:
		return "signal"
	case Permit:
		return "permit"
	case Pool:
		return "summary"
	case Lift:
		return "lift"
	case Join:
		return "join"
	case Leave:
		return "leave"
	case Relabel:
		return "relabel"
	case Release:
		return "release"
	case Ready:
		return "ready"
	case Reports:
		return "report"
	case Tick:
		return "tick"
	}
	return fmt.Sprintf("%T", c)
}
