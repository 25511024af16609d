package coordinator

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

var (
	// ErrStopped is returned by every call after Run has ended, and for calls that
	// were still waiting when it ended: they had no effect. Calls before Run wait
	// for it. It wraps rollout.ErrUnavailable.
	ErrStopped = fmt.Errorf("coordinator: not running: %w", rollout.ErrUnavailable)
	// ErrFollower is wrapped by every FollowerError.
	ErrFollower = errors.New("coordinator: another one leads")
	// ErrLost is returned by Run when the journal no longer has entries that were
	// acknowledged: it was restored from an older copy, or is another one. People
	// must look; to go on would be to forget what hosts were promised.
	ErrLost = errors.New("coordinator: the journal lost entries that it had acknowledged")
	// ErrRan is returned by Run when it has been called before.
	ErrRan = errors.New("coordinator: Run was called before")
)

// FollowerError is returned by calls to a coordinator that does not lead. The
// call had no effect; the caller turns to the one that leads. It wraps
// ErrFollower and rollout.ErrUnavailable.
type FollowerError struct {
	Holder string // who leads, as far as the journal says; empty: nobody did yet
	Epoch  uint64
}

// Error names who leads.
func (e *FollowerError) Error() string {
	return fmt.Sprintf("%v: %q, epoch %d", ErrFollower, e.Holder, e.Epoch)
}

// Unwrap returns ErrFollower and rollout.ErrUnavailable.
func (e *FollowerError) Unwrap() []error { return []error{ErrFollower, rollout.ErrUnavailable} }

// Region is what makes a coordinator that of one region. Every field is needed.
type Region struct {
	// Config begins the region where the journal is empty. Where it is not, the
	// journal's own holds (Submit changes it), which has to be that of
	// Config.Region.
	Config rollout.Config
	// Holder is this coordinator's own name, which no other coordinator of the
	// region has: a host name, a process's name.
	Holder string
	// Signer seals the grants. All coordinators of a region have the same one.
	Signer fettle.Signer
	// Specs is who signs specs, and how many of them must.
	Specs fettle.Trust
	// Hosts says which keys the hosts' reports are sealed with.
	Hosts rollout.HostKeys
}

func (r *Region) check() error {
	if err := r.Config.Validate().Err(); err != nil {
		return fmt.Errorf("coordinator: Region.Config: %w", err)
	}
	switch {
	case r.Holder == "":
		return errors.New("coordinator: Region.Holder is empty: want a name that no other coordinator of the region has")
	case r.Signer == nil:
		return errors.New("coordinator: Region.Signer is nil: want the region's key")
	case r.Hosts == nil:
		return errors.New("coordinator: Region.Hosts is nil: want the hosts' keys")
	case r.Specs.Threshold < 1 || len(r.Specs.Keys) < r.Specs.Threshold:
		return fmt.Errorf("coordinator: Region.Specs has %d keys and needs %d of them: want at least one, and no more than there are",
			len(r.Specs.Keys), r.Specs.Threshold)
	}
	return nil
}

// phase is what a coordinator does at present.
type phase uint8

const (
	idle phase = iota // Run was not called
	loading
	following
	leading
	stopped
)

// Coordinator runs one region. Make it with New. All methods are safe for
// concurrent use.
type Coordinator struct {
	journal rollout.Journal
	region  Region
	o       Options
	log     *slog.Logger
	seals   sealer
	opening chan struct{} // holds a value for each goroutine that checks seals
	hub     hub
	policy  atomic.Pointer[[]rollout.PolicyRef]

	calls     chan *call      // taken by the one that leads
	takeovers chan chan error // asked by TakeOver
	grown     chan rollout.Position
	sinks     []*sinkRun
	saving    chan struct{}  // holds a value while a checkpoint is being saved
	workers   sync.WaitGroup // of Run

	mu      sync.RWMutex
	phase   phase
	fault   error            // why it stopped; nil if it was told to
	state   *rollout.State   // nil while loading; entries past durable are in it too
	durable rollout.Position // the last entry of state that is known to be in the journal
	term    uint64           // grows when a state is thrown away
	turned  chan struct{}    // closed when phase changes
	settled chan struct{}    // closed when durable or term changes

	// Only the goroutine of Run uses what follows.
	epoch     uint64           // of this coordinator's own take-over
	saved     rollout.Position // of the last checkpoint, asked for or known
	tickAfter time.Time        // no Tick before it, where ticks do nothing
}

var (
	_ rollout.Upstream = (*Coordinator)(nil)
	_ rollout.Hinter   = (*Coordinator)(nil)
)

// New returns a coordinator of the region whose entries the journal keeps. It
// does nothing before Run is called. The error names the field that cannot be.
func New(journal rollout.Journal, region Region, o *Options) (*Coordinator, error) {
	if journal == nil {
		return nil, errors.New("coordinator: journal is nil")
	}
	if err := region.check(); err != nil {
		return nil, err
	}
	options, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Coordinator{
		journal:   journal,
		region:    region,
		o:         options,
		log:       options.Logger.With("region", string(region.Config.Region), "holder", region.Holder),
		opening:   make(chan struct{}, options.Openers),
		calls:     make(chan *call),
		takeovers: make(chan chan error),
		grown:     make(chan rollout.Position),
		saving:    make(chan struct{}, 1),
		turned:    make(chan struct{}),
		settled:   make(chan struct{}),
	}
	c.seals.signer = region.Signer
	c.hub.wake = make(chan struct{}, 1)
	for _, s := range options.Sinks {
		c.sinks = append(c.sinks, &sinkRun{Sink: s})
	}
	return c, nil
}

// turn changes the phase and wakes those who wait for that. The caller holds mu.
func (c *Coordinator) turn(p phase) {
	if c.phase == p {
		return
	}
	c.phase = p
	close(c.turned)
	c.turned = make(chan struct{})
}

// settle wakes those who wait for durable or term to change. The caller holds
// mu.
func (c *Coordinator) settle() {
	close(c.settled)
	c.settled = make(chan struct{})
}
