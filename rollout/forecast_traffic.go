package rollout

import (
	"math/bits"
	"time"
)

// secondsOfHour is what traffic is counted by.
const secondsOfHour = 3600

// hoursOf returns how many hours the simulation has.
func (r *Rehearsal) hoursOf() int { return int((r.until + secondsOfHour - 1) / secondsOfHour) }

// pollEvery returns how often a host polls, in seconds.
func (r *Rehearsal) pollEvery() uint32 {
	if every := uint32(time.Duration(r.config.PollEvery) / time.Second); every > 0 {
		return every
	}
	return 15 * 60
}

// background returns how many polls the hosts of a region make in an hour
// without anything being due: what the busiest hour starts from.
func (r *Rehearsal) background(region, h int) int64 {
	if b := r.polls[region]; h < len(b) {
		return int64(b[h])
	}
	return 0
}

// countPolls works out the background. A host that is away is there later with
// the same chance, so each hour has its share of them.
func (r *Rehearsal) countPolls() {
	r.polls = make([][]uint32, len(r.regions))
	for i := range r.regions {
		online := make([]uint64, r.hoursOf()) // seconds of hosts, by hour
		bySlots := map[*slots]uint64{}
		for _, c := range r.regions[i].class {
			bySlots[r.classes[c].slots]++
		}
		for at, hosts := range bySlots {
			share := uint64(Whole - r.assume.Offline)
			if at.presence == AlwaysOn {
				share = uint64(Whole)
			}
			for _, s := range at.there {
				for h := s.start / secondsOfHour; h*secondsOfHour < s.end; h++ {
					length := min(s.end, (h+1)*secondsOfHour) - max(s.start, h*secondsOfHour)
					online[h] += hosts * uint64(length) * share / uint64(Whole)
				}
			}
		}
		r.polls[i] = make([]uint32, len(online))
		for h, seconds := range online {
			r.polls[i][h] = uint32(seconds / uint64(r.pollEvery()))
		}
	}
}

// carrier is a link in one trial.
type carrier struct {
	free  uint64 // when the last fetch that was begun ends, in microseconds
	hour  uint32
	bytes int64 // begun in that hour
	most  int64
	queue uint32 // the longest wait, in seconds
}

// fetch returns when a payload that is asked for at an instant begins to come,
// and when it is there. Those of a link come one after the other; without a rate
// they come at once.
func (c *carrier) fetch(at uint32, payload, rate int64) (begin, end uint32) {
	const second = 1_000_000
	begin, end = at, at
	if payload == 0 {
		return begin, end
	}
	if rate > 0 {
		start := max(uint64(at)*second, c.free)
		c.free = start + mulDiv(uint64(payload), second, uint64(rate))
		begin, end = clipped(start/second), clipped((c.free+second-1)/second)
		c.queue = max(c.queue, begin-at)
	}
	if h := begin / secondsOfHour; h != c.hour {
		c.hour, c.bytes = h, 0
	}
	c.bytes += payload
	c.most = max(c.most, c.bytes)
	return begin, end
}

// mulDiv returns a*b/c, at most what a simulation can still last.
func mulDiv(a, b, c uint64) uint64 {
	const most = forever * 1_000_000
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return most
	}
	q, _ := bits.Div64(hi, lo, c)
	return min(q, most)
}

func clipped(second uint64) uint32 { return uint32(min(second, forever-1)) }
