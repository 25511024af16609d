package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// Command is something that somebody wants or says. It is decided by
// State.Decide and never stored; what it led to is. Commands that carry many
// hosts are decided row by row: a row that cannot be taken is a Reason with the
// argument host, and the others go on.
type Command interface{ command() }

// Configure sets the region's configuration. The first command of a region.
type Configure struct {
	Config Config
	By     string
}

// Start proposes a rollout. Its first ring opens when the approvals are there
// and its earliest instant has come. Start is refused if the spec has problems
// or its back-out is not proven present.
type Start struct {
	Spec   *Spec
	Digest fettle.Digest // of the signed bytes: what approvals are bound to
	By     string        // who proposed it; never counted as approver
	// Present are the payloads that the shell has found at hand, by digest.
	Present []fettle.Digest
}

// Approve is one person's word for one digest.
type Approve struct {
	Rollout ID
	Digest  fettle.Digest
	By      string
	StepUp  string // evidence of the second factor, kept in the journal
	// Ring is the ring whose approval gate it is for; "" is the start. "backout"
	// starts a declared back-out that does not start by itself.
	Ring string
}

// Pause stops grants; what is under way goes on.
type Pause struct {
	Rollout ID
	By, Why string
}

// Resume ends a pause, a hold for growth, or (with approvals anew, as the spec's
// Approval says) a halt.
type Resume struct {
	Rollout ID
	By, Why string
}

// Abort ends a rollout for good. What is under way reports still; nothing new
// is granted. With Backout its back-out starts.
type Abort struct {
	Rollout ID
	By, Why string
	Backout bool
}

// Retire puts a rollout away that is done or aborted: late-comers are no longer
// served, its hosts are no longer watched for it, and the state forgets who was in
// it. Its ID stays taken, its counts and the blocks that it set stay, and the
// journal has the rest. A region that lives for years retires what is over, because
// every rollout costs memory for each of its hosts, and each of their polls time.
//
// Refused while hosts work for it or hold units because they failed in it, while
// its back-out is not retired, and while a rollout that it replaces is neither
// aborted nor retired.
type Retire struct {
	Rollout ID
	By, Why string
}

// Join tells of hosts that are in the region, new or known, with what the shell
// has resolved: budget keys, strata, and the rollouts that they are members of.
type Join struct{ Hosts []Member }

// Member is a host as the state knows it.
type Member struct {
	Host fettle.HostID
	// Keys are the host's values by dimension, in the order of the dimensions:
	// of budgets and of strata: {"label.cluster","web"}, {"link","lon-3"}.
	Keys      []Key
	Ephemeral bool // ends as Removed when it leaves or falls silent
	// Rollouts that the host is a target of, beside those it is in already.
	Rollouts []Candidate
}

// Key is a host's value in one dimension.
type Key struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}

// Candidate is a host's standing in one rollout, as the shell resolved it.
type Candidate struct {
	Rollout ID
	// Eligible has bit n set if the host may be in ring n. Bits of rings that the spec
	// does not have mean nothing.
	Eligible uint64
}

// Leave tells of hosts that are gone for good.
type Leave struct {
	Hosts   []fettle.HostID
	By, Why string
}

// Relabel replaces the keys of known hosts; rings that were assigned stay.
type Relabel struct{ Hosts []Member }

// Ready is hosts that could start: the short form of Reports whose rows have
// Ready alone.
type Ready struct{ Hosts []ReadyHost }

// ReadyHost is one host's readiness.
type ReadyHost struct {
	Host fettle.HostID
	Seq  uint64
	Boot string
	Readiness
}

// Reports is what hosts have reported, each opened and its seal checked.
type Reports struct{ Hosts []HostReport }

// HostReport is what one report of a host says. A report that is ready and has
// results is one row, because it has one Seq.
type HostReport struct {
	Host    fettle.HostID
	Seq     uint64
	Boot    string
	Ready   *Readiness // taken in after the results
	Results []Result
}

// Tick says that time has passed: deadlines, bake times, expiries, openings.
type Tick struct{}

// Signal is news from elsewhere: a ticket's state, health, an outage.
type Signal struct {
	Name  string
	Value string
	// Rollout is whom it is for; "" is all.
	Rollout ID
	By      string
	// Outage, if it has a dimension, takes Units of the budgets with that key until
	// Until (zero: until a signal of that name says otherwise).
	Outage Key
	Units  int
	Until  time.Time
}

// Permit is the parent region's word that the ring after Ring may open.
type Permit struct {
	Rollout ID
	Digest  fettle.Digest
	Ring    string // that may open
	// Units bounds the hosts in flight in that ring. Zero: no bound beside the budgets.
	Units int
	By    string
}

// Pool is a child region's Summary, taken in by a parent.
type Pool struct {
	From    RegionID
	Summary Summary
}

// TakeOver makes the sender the region's coordinator. Everything that a
// coordinator with a smaller epoch still says is void.
type TakeOver struct {
	Epoch  uint64
	Holder string
}

// Lift takes a block off.
type Lift struct {
	Block   string // its name, as BlockSet says it
	By, Why string
}

// Release says that hosts are well, whatever is known of them: they leave quarantine
// and give back the units that they keep until they are healthy.
type Release struct {
	Hosts   []fettle.HostID
	By, Why string
}

func (Configure) command() {}
func (Start) command()     {}
func (Approve) command()   {}
func (Pause) command()     {}
func (Resume) command()    {}
func (Abort) command()     {}
func (Retire) command()    {}
func (Join) command()      {}
func (Leave) command()     {}
func (Relabel) command()   {}
func (Ready) command()     {}
func (Reports) command()   {}
func (Tick) command()      {}
func (Signal) command()    {}
func (Permit) command()    {}
func (Pool) command()      {}
func (TakeOver) command()  {}
func (Lift) command()      {}
func (Release) command()   {}
