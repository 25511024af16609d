package coordinator

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// hub knows who listens for hints on which hosts.
type hub struct {
	wake chan struct{} // holds a value when there may be something to say

	mu    sync.Mutex
	hosts map[fettle.HostID]*heard
}

// heard is a host that somebody listens for.
type heard struct {
	generation uint64 // that was hinted last
	listeners  []*listener
}

// listener is one call of Hints.
type listener struct {
	mu      sync.Mutex
	waiting map[fettle.HostID]rollout.Hint // the newest hint of each host
	news    chan struct{}                  // holds a value when waiting is not empty
}

// stir makes the hub look again.
func (h *hub) stir() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// listen makes l hear of the hosts, whose present generations it is told first.
func (h *hub) listen(l *listener, hosts []fettle.HostID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hosts == nil {
		h.hosts = map[fettle.HostID]*heard{}
	}
	for _, host := range hosts {
		known, ok := h.hosts[host]
		if !ok {
			known = &heard{}
			h.hosts[host] = known
		}
		if known.generation != 0 {
			l.tell(rollout.Hint{Host: host, Generation: known.generation})
		}
		known.listeners = append(known.listeners, l)
	}
}

func (h *hub) leave(l *listener, hosts []fettle.HostID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, host := range hosts {
		known := h.hosts[host]
		known.listeners = slices.DeleteFunc(known.listeners, func(other *listener) bool { return other == l })
		if len(known.listeners) == 0 {
			delete(h.hosts, host)
		}
	}
}

func (l *listener) tell(hint rollout.Hint) {
	l.mu.Lock()
	l.waiting[hint.Host] = hint
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// take returns the hints that wait, by host.
func (l *listener) take() []rollout.Hint {
	l.mu.Lock()
	defer l.mu.Unlock()
	hints := make([]rollout.Hint, 0, len(l.waiting))
	for _, hint := range l.waiting {
		hints = append(hints, hint)
	}
	clear(l.waiting)
	slices.SortFunc(hints, func(a, b rollout.Hint) int { return cmp.Compare(a.Host, b.Host) })
	return hints
}

// Hints implements rollout.Hinter: each host's present generation first, then
// every change, merged if the caller is slow. It ends with a *FollowerError or
// ErrStopped when this coordinator leads no longer.
func (c *Coordinator) Hints(ctx context.Context, hosts []fettle.HostID) iter.Seq2[rollout.Hint, error] {
	hosts = slices.Compact(slices.Sorted(slices.Values(hosts)))
	return func(yield func(rollout.Hint, error) bool) {
		turned, err := c.ready(ctx)
		if err != nil {
			if ctx.Err() == nil {
				yield(rollout.Hint{}, err)
			}
			return
		}
		l := &listener{waiting: map[fettle.HostID]rollout.Hint{}, news: make(chan struct{}, 1)}
		c.hub.listen(l, hosts)
		defer c.hub.leave(l, hosts)
		c.hub.stir()
		for {
			select {
			case <-ctx.Done():
				return
			case <-turned:
				if turned, err = c.ready(ctx); err != nil {
					if ctx.Err() == nil {
						yield(rollout.Hint{}, err)
					}
					return
				}
			case <-l.news:
				for _, hint := range l.take() {
					if !yield(hint, nil) {
						return
					}
				}
			}
		}
	}
}

// hint tells listeners what changed, in rounds, until ctx is done. What a round
// tells of is durable.
func (c *Coordinator) hint(ctx context.Context) {
	for {
		select {
		case <-c.hub.wake:
		case <-ctx.Done():
			return
		}
		if err := c.hintRound(ctx); err != nil {
			return
		}
		wait(ctx, c.o.HintEvery)
	}
}

func (c *Coordinator) hintRound(ctx context.Context) error {
	now := time.Now().UTC()
	c.hub.mu.Lock()
	hosts := make([]rollout.Ask, 0, len(c.hub.hosts))
	for host, known := range c.hub.hosts {
		hosts = append(hosts, rollout.Ask{Host: host, Seen: known.generation})
	}
	c.hub.mu.Unlock()
	var hints []rollout.Hint
	for part := range slices.Chunk(hosts, rollout.MaxAsks) { // so that the writer waits for a part at most
		var news []rollout.Hint
		err := c.view(ctx, c.anywhere, func(s *rollout.State) bool {
			news = news[:0]
			for _, ask := range part {
				if o := s.Offer(ask, now); !o.Unchanged {
					news = append(news, rollout.Hint{Host: ask.Host, Generation: o.Generation})
				}
			}
			return len(news) == 0
		})
		if err != nil {
			return err
		}
		hints = append(hints, news...)
	}
	jitter := rollout.Duration(time.Duration(len(hints)) * time.Second / time.Duration(c.o.HintRate))
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	for _, hint := range hints {
		known := c.hub.hosts[hint.Host]
		if known == nil || known.generation == hint.Generation {
			continue
		}
		known.generation, hint.Jitter = hint.Generation, jitter
		for _, l := range known.listeners {
			l.tell(hint)
		}
	}
	return nil
}
