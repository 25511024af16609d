package rollout

// outcomeSet is a set of outcomes, by bit.
type outcomeSet uint16

func (set outcomeSet) has(o Outcome) bool { return set>>o&1 != 0 }

// next returns which outcomes may follow o; docs/rollout-states.md draws it.
// Downloaded is never kept: a host that says so counts as Accepted.
func (o Outcome) next() outcomeSet {
	const (
		pending, granted, accepted   = 1 << Pending, 1 << Granted, 1 << Accepted
		installed, restart, verified = 1 << Installed, 1 << RestartPending, 1 << Verified
		deferred, refused, failed    = 1 << Deferred, 1 << Refused, 1 << Failed
		silent, back, skipped, gone  = 1 << Silent, 1 << RolledBack, 1 << Skipped, 1 << Removed
	)
	switch o {
	case Pending:
		return granted | verified | deferred | refused | failed | back | skipped | gone
	case Granted:
		return pending | accepted | installed | restart | verified | deferred | refused | failed | skipped | gone
	case Accepted:
		return pending | installed | restart | verified | deferred | refused | failed | silent | skipped | gone
	case Installed:
		return restart | verified | failed | silent | gone
	case RestartPending:
		return verified | failed | silent | gone
	case Verified:
		return pending | failed | back
	case Deferred:
		return pending | verified | refused | failed | back | skipped | gone
	case Refused:
		return verified | back | skipped | gone
	case Failed:
		return pending | verified | refused | back | skipped | gone
	case Silent:
		return pending | verified | deferred | refused | failed | back | skipped | gone
	case Skipped:
		return pending | verified | gone
	case Removed:
		return pending | skipped
	case RolledBack, Downloaded:
	}
	return 0
}

// mayFollow reports whether to may follow o.
func (o Outcome) mayFollow(to Outcome) bool { return o.next().has(to) }
