package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// rolloutState is what the state knows of one rollout.
type rolloutState struct {
	spec     *Spec
	digest   fettle.Digest
	proposer string
	proposed time.Time
	index    rolloutIndex
	phase    Phase
	since    time.Time       // of the phase
	reasons  []fettle.Reason // of the phase
	by, why  string          // who put it there, if somebody did
	gen      uint32          // counts what changed for all its hosts

	members members
	masks   []uint64 // distinct sets of rings that members may be in
	size    int      // members that are not Removed
	// unassigned are members that wait for a ring of a number of hosts to open.
	unassigned int
	rings      []ringState
	ringGen    []uint32 // by ring: counts what changed for its hosts
	frozen     []bool   // by ring: a ring of a number of hosts has chosen
	base       int      // members at the opening of the first ring; what growth is measured by
	late       starts   // that started after their ring had closed

	// approvals are by the ring whose gate they are for: "" is the start, "backout"
	// the back-out.
	approvals map[string][]approvalGiven
	permits   []permitGiven
	// backoutOf is the rollout that this one takes back, backout the one that takes
	// this one back.
	backoutOf, backout rolloutIndex
	// judged is false while evidence came in that no Tick has judged; nothing is
	// granted until then.
	judged bool
	// wake is when a Tick is to look at it again, in seconds; 0: when news comes.
	wake uint32
	// recheck: the members are gone through at the next look, because hosts have come
	// to the patch since this back-out started, or wait although a newer rollout has
	// taken the place of this one there.
	recheck bool
	// latePlans caches what the gates need for late-comers; not part of the fold.
	latePlans *planCache
}

type permitGiven struct {
	ring  string
	units int
	by    string
	at    time.Time
}

// block keeps patches from being offered again.
type block struct {
	name    string
	patches []fettle.PatchID
	host    hostIndex // noHost: not one host
	key     Key       // of a stratum; zero: not one stratum
	// rollout whose halt set it, and what it says.
	rollout rolloutIndex
	reason  fettle.Reason
	set     time.Time
}

// outage is a known outage from elsewhere: it takes units of budgets.
type outage struct {
	signal string
	key    Key
	units  int
	until  time.Time // zero: until the signal says otherwise
}

// signalKey names a signal of one rollout; of all, if that is "".
type signalKey struct {
	name    string
	rollout ID
}

// rolloutOf returns a rollout by its ID, nil if there is none.
func (s *State) rolloutOf(id ID) *rolloutState {
	i, ok := s.byID[id]
	if !ok {
		return nil
	}
	return s.rollouts[i]
}

// strataOf returns the keys of a set in the dimensions of the spec's strata.
func (s *State) strataOf(r *rolloutState, set keySet) []Key {
	return s.keys.within(nil, set, r.spec.Strata)
}

// memberships yields the rollouts that a host is in, newest first.
func (s *State) memberships(h hostIndex) func(yield func(*rolloutState, *member) bool) {
	return func(yield func(*rolloutState, *member) bool) {
		for i := s.hosts.rows[h].first; i != noRollout; {
			r := s.rollouts[i]
			m := r.members.at(h)
			if !yield(r, m) {
				return
			}
			i = m.next
		}
	}
}
