package rollout

import (
	"slices"
	"time"
)

// timer is something that is due: a host's operation (rollout is noRollout), one
// membership's wake, or a rollout as a whole (host is noHost).
type timer struct {
	host    hostIndex
	rollout rolloutIndex
}

// timers hold what is due by second, lazily: a timer that no longer says the
// truth is dropped when it comes to the front. Many hosts share a second, so a
// heap of seconds is small.
type timers struct {
	seconds []uint32 // a binary heap, each once
	due     map[uint32][]timer
}

func (t *timers) add(second uint32, what timer) {
	if t.due == nil {
		t.due = map[uint32][]timer{}
	}
	list, ok := t.due[second]
	if !ok {
		t.push(second)
	}
	t.due[second] = append(list, what)
}

func (t *timers) push(second uint32) {
	t.seconds = append(t.seconds, second)
	for i := len(t.seconds) - 1; i > 0; {
		up := (i - 1) / 2
		if t.seconds[up] <= t.seconds[i] {
			return
		}
		t.seconds[up], t.seconds[i] = t.seconds[i], t.seconds[up]
		i = up
	}
}

func (t *timers) pop() {
	last := len(t.seconds) - 1
	delete(t.due, t.seconds[0])
	t.seconds[0] = t.seconds[last]
	t.seconds = t.seconds[:last]
	for i := 0; ; {
		least := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < last && t.seconds[down] < t.seconds[least] {
				least = down
			}
		}
		if least == i {
			return
		}
		t.seconds[least], t.seconds[i] = t.seconds[i], t.seconds[least]
		i = least
	}
}

// settle drops timers from the front that are not live any more.
func (t *timers) settle(live func(second uint32, what timer) bool) {
	for len(t.seconds) > 0 {
		second := t.seconds[0]
		list := t.due[second]
		for len(list) > 0 && !live(second, list[len(list)-1]) {
			list = list[:len(list)-1]
		}
		if len(list) > 0 {
			t.due[second] = list
			return
		}
		t.pop()
	}
}

// until returns the timers that are due at that second, in the order of hosts.
func (t *timers) until(now uint32, live func(second uint32, what timer) bool) []timer {
	var list []timer
	for _, second := range t.seconds {
		if second > now {
			continue
		}
		for _, what := range t.due[second] {
			if live(second, what) {
				list = append(list, what)
			}
		}
	}
	slices.SortFunc(list, func(a, b timer) int {
		if a.host != b.host {
			return int(int64(a.host) - int64(b.host))
		}
		return int(a.rollout) - int(b.rollout)
	})
	return slices.Compact(list)
}

// Deadlines are kept in whole seconds since 1970, upwards, so nothing is due
// before its instant.
func secondsUp(t time.Time) uint32 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return uint32(min(max(s, 0), 1<<32-1))
}

// secondsDown is what has passed at an instant.
func secondsDown(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), 1<<32-1)) }

func fromSeconds(s uint32) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// durationSeconds rounds up.
func durationSeconds(d Duration) uint32 {
	return uint32(min((int64(d)+int64(time.Second)-1)/int64(time.Second), 1<<32-1))
}
