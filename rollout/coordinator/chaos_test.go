package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// moody is one coordinator's view of a journal: slow, and failing now and then,
// before or after it has written.
type moody struct {
	*memjournal.Journal

	mu     sync.Mutex
	random *rand.Rand
	calm   bool
}

func (m *moody) mood() (n int, pause time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calm {
		return 100, 0
	}
	return m.random.IntN(100), time.Duration(m.random.IntN(20)) * time.Millisecond
}

func (m *moody) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	n, pause := m.mood()
	time.Sleep(pause)
	if n < 10 {
		return errDisk
	}
	err := m.Journal.Append(ctx, after, batch)
	if err == nil && n < 20 {
		return errDisk
	}
	return err
}

func (m *moody) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	n, pause := m.mood()
	time.Sleep(pause)
	if n < 5 {
		return nil, errDisk
	}
	return m.Journal.Read(ctx, after, limit)
}

func (m *moody) Load(ctx context.Context) (rollout.Checkpoint, error) {
	if n, _ := m.mood(); n < 5 {
		return rollout.Checkpoint{}, errDisk
	}
	return m.Journal.Load(ctx)
}

// Three coordinators of one region, whose journal fails now and then, are told
// to take over again and again, and end and start anew, while many callers say
// something. Whoever was told that it is taken finds it in the journal once;
// whoever was told that nothing was done finds it not; nobody waits for ever.
func TestChaos(t *testing.T) {
	t.Parallel()
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
		})
	}
}

func chaos(t *testing.T, seed uint64) {
	t.Helper()
	shared := new(memjournal.Journal)
	sink := new(archive)
	var journals [3]*moody
	var nodes [3]struct {
		sync.Mutex
		*run
	}
	begin := func(i int) *run {
		return start(t, journals[i], string(rune('a'+i)), &coordinator.Options{
			Standby: i > 0, CheckpointEvery: 20, MaxCalls: 8, Backoff: time.Millisecond,
			Sinks: []coordinator.Sink{named("archive", &forgetful{sink})},
		})
	}
	for i := range nodes {
		journals[i] = &moody{Journal: shared, random: rand.New(rand.NewPCG(seed, uint64(i)))}
		nodes[i].run = begin(i)
	}
	node := func(i int) *run {
		nodes[i].Lock()
		defer nodes[i].Unlock()
		return nodes[i].run
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // trouble
		random := rand.New(rand.NewPCG(seed, 99))
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(random.IntN(300)) * time.Millisecond):
			}
			i := random.IntN(len(nodes))
			c := node(i)
			if random.IntN(3) > 0 {
				_ = c.TakeOver(t.Context()) // it may fail, or be stopped
				continue
			}
			if err := c.stop(); err != nil && !errors.Is(err, errDisk) && !errors.Is(err, rollout.ErrConflict) {
				t.Errorf("Run returned %v", err)
			}
			nodes[i].Lock()
			nodes[i].run = begin(i)
			nodes[i].Unlock()
		}
	})
	type said struct {
		name string
		err  error
	}
	var mu sync.Mutex
	var told []said
	for caller := range 20 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(1000+caller)))
			for k := 0; ; k++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(random.IntN(50)) * time.Millisecond):
				}
				name := fmt.Sprintf("say-%d-%d-", caller, k)
				_, err := node(random.IntN(len(nodes))).say(name)
				mu.Lock()
				told = append(told, said{name, err})
				mu.Unlock()
			}
		})
	}
	time.Sleep(5 * time.Second)
	close(stop)
	all.Wait()
	taken, refused := 0, 0
	counts := map[string]int{}
	words := regexp.MustCompile(`say-\d+-\d+-`)
	for _, e := range entries(t, shared) {
		for _, word := range words.FindAll(e.Data, -1) {
			counts[string(word)]++
		}
	}
	for _, s := range told {
		n := counts[s.name]
		switch {
		case s.err == nil && n == 1:
			taken++
		case errors.Is(s.err, coordinator.ErrFollower) && n == 0:
			refused++
		case (errors.Is(s.err, coordinator.ErrStopped) || errors.Is(s.err, errDisk)) && n <= 1:
		default:
			t.Errorf("%s is in %d entries, its caller was told %v", s.name, n, s.err)
		}
	}
	if taken < 50 || refused < 50 {
		t.Errorf("%d calls were taken, %d were refused: too little happened", taken, refused)
	}
	for i := range nodes { // when the trouble is over, it works
		journals[i].mu.Lock()
		journals[i].calm = true
		journals[i].mu.Unlock()
		if err := node(i).stop(); err != nil && !errors.Is(err, errDisk) && !errors.Is(err, rollout.ErrConflict) {
			t.Errorf("Run returned %v", err)
		}
	}
	last := begin(0)
	last.mustSay("all is well")
	synctest.Wait()
	sink.complete(t, shared)
}

// forgetful is a sink that asks the archive what it has whenever somebody else
// led, and takes repetitions.
type forgetful struct{ archive *archive }

func (f *forgetful) Resume(ctx context.Context) (rollout.Position, error) {
	return f.archive.Resume(ctx)
}

func (f *forgetful) Emit(ctx context.Context, records []rollout.Record) error {
	for _, r := range records {
		if at, err := f.archive.Resume(ctx); err != nil || r.Position <= at {
			continue
		}
		if err := f.archive.Emit(ctx, []rollout.Record{r}); err != nil {
			return err
		}
	}
	return nil
}
