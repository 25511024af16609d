package rollout

import "time"

// Offer answers a poll from durable state. It does not scan and does not write.
func (s *State) Offer(a Ask, now time.Time) Offer { panic("core") }
