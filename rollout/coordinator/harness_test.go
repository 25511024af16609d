package coordinator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// signer signs with the key that belongs to a name.
func signer(tb testing.TB, name string) fettle.Signer {
	tb.Helper()
	s, err := fettle.NewSigner(key(name))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func region(tb testing.TB, holder string) coordinator.Region {
	tb.Helper()
	return coordinator.Region{
		Config: rollout.Config{
			Region:      "lab",
			ClockMargin: rollout.Duration(time.Minute),
			PollEvery:   rollout.Duration(15 * time.Minute),
		},
		Holder: holder,
		Signer: signer(tb, "region"),
		Specs:  trust("author"),
		Hosts:  hostKeys,
	}
}

// everything is an Authorizer that lets everybody do everything.
type everything struct{}

func (everything) Allow(context.Context, string, coordinator.Action, coordinator.Scope) (coordinator.Verdict, error) {
	return coordinator.Verdict{Allowed: true}, nil
}

// run is a coordinator at work.
type run struct {
	*coordinator.Coordinator

	tb     testing.TB
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// start makes a coordinator of a journal and runs it until the test ends.
func start(tb testing.TB, j rollout.Journal, holder string, o *coordinator.Options) *run {
	tb.Helper()
	return startRegion(tb, j, region(tb, holder), o)
}

func startRegion(tb testing.TB, j rollout.Journal, r coordinator.Region, o *coordinator.Options) *run {
	tb.Helper()
	if o == nil {
		o = &coordinator.Options{}
	}
	if o.Authorizer == nil {
		o.Authorizer = everything{}
	}
	if o.Content == nil {
		o.Content = new(coordinator.ContentMemory)
	}
	c, err := coordinator.New(j, r, o)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &run{Coordinator: c, tb: tb, cancel: cancel, done: make(chan struct{})}
	go func() {
		run.err = c.Run(ctx)
		close(run.done)
	}()
	tb.Cleanup(func() { _ = run.stop() })
	return run
}

// leader starts a coordinator on a journal in memory whose faults the test sets.
func leader(tb testing.TB) (*faulty, *run) {
	tb.Helper()
	j := new(faulty)
	return j, start(tb, j, "a", nil)
}

// stop ends the run and returns what Run returned.
func (r *run) stop() error {
	r.cancel()
	<-r.done
	return r.err
}

// say submits a signal, the smallest command there is.
func (r *run) say(name string) (coordinator.Receipt, error) {
	return r.Submit(context.Background(), "ann", rollout.Signal{Name: name, Value: "ok"})
}

// mustSay submits a signal and fails the test if that is not taken.
func (r *run) mustSay(name string) coordinator.Receipt {
	r.tb.Helper()
	receipt, err := r.say(name)
	if err != nil {
		r.tb.Fatalf("signal %s: %v", name, err)
	}
	return receipt
}

// entries returns the parsed entries of a journal; it fails if its chain is
// broken.
func entries(tb testing.TB, j rollout.JournalReader) []rollout.Entry {
	tb.Helper()
	var all []rollout.Entry
	var last rollout.Link
	for record, err := range rollout.Records(context.Background(), j, 0) {
		if err != nil {
			tb.Fatal(err)
		}
		e, err := rollout.ParseEntry(record.Position, record.Data)
		if err != nil {
			tb.Fatalf("entry %d: %v", record.Position, err)
		}
		if e.Prev != last.Digest {
			tb.Fatalf("entry %d follows %q, the one before is %q", record.Position, e.Prev, last.Digest)
		}
		last = last.Next(record.Data)
		all = append(all, e)
	}
	return all
}

// count returns how many entries of the journal hold a word.
func count(tb testing.TB, j rollout.JournalReader, word string) int {
	tb.Helper()
	n := 0
	for _, e := range entries(tb, j) {
		if bytes.Contains(e.Data, []byte(word)) {
			n++
		}
	}
	return n
}

var errDisk = errors.New("the disk is on fire")

// faulty is a journal in memory that does what its hooks say.
type faulty struct {
	memjournal.Journal

	mu       sync.Mutex
	appends  int
	onAppend func(n int, write func() error) error // n counts from 1
	onRead   func() error
	tooLarge string // a batch that holds it is over the limits
}

func (f *faulty) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	f.mu.Lock()
	f.appends++
	n, hook := f.appends, f.onAppend
	f.mu.Unlock()
	write := func() error { return f.Journal.Append(ctx, after, batch) }
	for _, entry := range batch {
		if f.tooLarge != "" && bytes.Contains(entry, []byte(f.tooLarge)) {
			return rollout.ErrTooLarge
		}
	}
	if hook == nil {
		return write()
	}
	return hook(n, write)
}

func (f *faulty) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	f.mu.Lock()
	hook := f.onRead
	f.mu.Unlock()
	if hook != nil {
		if err := hook(); err != nil {
			return nil, err
		}
	}
	return f.Journal.Read(ctx, after, limit)
}

// set changes the hooks; appends counts from 1 again.
func (f *faulty) set(onAppend func(n int, write func() error) error, onRead func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.appends, f.onAppend, f.onRead = 0, onAppend, onRead
}

func (f *faulty) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.appends
}

// held makes appends wait until the channel that it returns is closed.
func (f *faulty) held() chan struct{} {
	gate := make(chan struct{})
	f.set(func(_ int, write func() error) error {
		<-gate
		return write()
	}, nil)
	return gate
}

// spec is a rollout of one patch for everybody in one ring, started by one
// approval.
func spec(id rollout.ID, payload fettle.Digest) *rollout.Spec {
	return &rollout.Spec{
		ID:       id,
		Patches:  []rollout.PatchRef{{ID: "DSA-1", Payloads: []fettle.Digest{payload}}},
		Catalog:  rollout.CatalogRef{Revision: 1, Digest: fettle.DigestOf([]byte("catalogue"))},
		Target:   applicability.MustParse("always"),
		Rings:    []rollout.Ring{{Name: "all", Rest: true, Gates: []rollout.Gate{{Raw: &rollout.RawGate{Count: new(int)}}}}},
		Approval: rollout.Approval{Need: 1},
		Mode:     rollout.Act,
		Silence:  rollout.Duration(2 * time.Hour),
		Grant:    rollout.Duration(time.Hour),
		Run:      rollout.Duration(time.Hour),
		Strata:   []string{"site", "os"},
		Salt:     "salt",
	}
}

// hosts yields records of hosts with these names.
func hosts(names ...string) func(yield func(inventory.Record, error) bool) {
	return func(yield func(inventory.Record, error) bool) {
		for _, name := range names {
			record := inventory.Record{Host: inventory.Host{ID: fettle.HostID(name), Site: "london"}}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// roll proposes and approves a rollout for hosts of these names.
func (r *run) roll(id rollout.ID, names ...string) {
	r.tb.Helper()
	ctx := context.Background()
	s := spec(id, fettle.DigestOf([]byte("payload")))
	sealed, err := rollout.SealSpec(s, signer(r.tb, "author"))
	if err != nil {
		r.tb.Fatal(err)
	}
	if _, err := r.Propose(ctx, "ann", sealed); err != nil {
		r.tb.Fatal(err)
	}
	if _, err := r.Enlist(ctx, "ann", hosts(names...)); err != nil {
		r.tb.Fatal(err)
	}
	approve := rollout.Approve{Rollout: id, Digest: fettle.DigestOf(sealed.Payload)}
	if _, err := r.Submit(ctx, "bob", approve); err != nil {
		r.tb.Fatal(err)
	}
}

// report seals what a host says.
func report(tb testing.TB, r rollout.Report) fettle.Envelope {
	tb.Helper()
	r.Region = "lab"
	if r.Boot == "" {
		r.Boot = "boot-1"
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	e, err := rollout.SealReport(&r, signer(tb, string(r.Host)))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// ready is a host's word that it could start.
func ready(tb testing.TB, host fettle.HostID, seq uint64) fettle.Envelope {
	tb.Helper()
	return report(tb, rollout.Report{Host: host, Seq: seq, Ready: &rollout.Readiness{Needs: []fettle.PatchID{"DSA-1"}}})
}

// poll asks for one host.
func (r *run) poll(ctx context.Context, host fettle.HostID, seen uint64) (rollout.Offer, error) {
	offers, err := r.Poll(ctx, []rollout.Ask{{Host: host, Seen: seen}})
	if err != nil {
		return rollout.Offer{}, err
	}
	if len(offers) != 1 {
		return rollout.Offer{}, fmt.Errorf("%d offers for one ask", len(offers))
	}
	return offers[0], nil
}
