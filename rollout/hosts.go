package rollout

import (
	"hash/maphash"
	"strings"

	"github.com/fettle-dev/fettle"
)

// hostIndex is a host's place in the columns of one State, dense from 0. A host
// keeps it for as long as the state lives, also when it left and comes back.
type hostIndex uint32

// noHost is no host's index.
const noHost = ^hostIndex(0)

// hostFlags are what holds for a host.
type hostFlags uint8

const (
	hostPresent     hostFlags = 1 << iota // joined and not left
	hostEphemeral                         // ends as Removed when it leaves or is silent
	hostQuarantined                       // gets no grants
	hostLive                              // its operation holds: granted or accepted
	hostStarted                           // its operation was accepted
)

// host is one host's row: a cache line.
type host struct {
	id  fettle.HostID
	seq uint64 // of the last report whose results were taken
	op  opRef  // the last operation; zero: none yet
	// boots are the last two boot ids, hashed, the present one first; 0: none.
	boots [2]uint32
	keys  keySet
	held  chargeSet // units of budgets that it keeps
	terms termsRef  // of op; noTerms: none
	gen   uint32    // counts what changed for this host alone
	// deadline of the live operation, in seconds: to accept it, then to end it.
	deadline uint32
	first    rolloutIndex // the host's newest membership; a chain through member.next
	flags    hostFlags
	failures uint8 // in a row, over all rollouts
}

func (h *host) is(f hostFlags) bool { return h.flags&f != 0 }

// hostTable interns hosts. It is open addressing over dense rows, so a host
// costs its row, its name and some eight bytes.
type hostTable struct {
	rows    []host
	slots   []uint32 // row + 1; 0: free. A power of two, at most 3/4 full.
	seed    maphash.Seed
	present int
}

// find returns the index of a host that ever was in the region.
func (t *hostTable) find(id fettle.HostID) (hostIndex, bool) {
	if len(t.slots) == 0 {
		return noHost, false
	}
	mask := uint64(len(t.slots) - 1)
	for at := maphash.String(t.seed, string(id)) & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			return noHost, false
		}
		if t.rows[slot-1].id == id {
			return hostIndex(slot - 1), true
		}
	}
}

// add interns a host that find does not know.
func (t *hostTable) add(id fettle.HostID) hostIndex {
	if 4*(len(t.rows)+1) > 3*len(t.slots) {
		t.grow()
	}
	t.rows = append(t.rows, host{id: fettle.HostID(strings.Clone(string(id))), terms: noTerms, first: noRollout})
	t.place(uint32(len(t.rows)))
	return hostIndex(len(t.rows) - 1)
}

func (t *hostTable) place(slot uint32) {
	mask := uint64(len(t.slots) - 1)
	at := maphash.String(t.seed, string(t.rows[slot-1].id)) & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = slot
}

func (t *hostTable) grow() {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]uint32, max(16, 2*len(t.slots)))
	for i := range t.rows {
		t.place(uint32(i + 1))
	}
}

// known returns the index of a host that is in the region now.
func (s *State) known(id fettle.HostID) (hostIndex, bool) {
	i, ok := s.hosts.find(id)
	if !ok || !s.hosts.rows[i].is(hostPresent) {
		return noHost, false
	}
	return i, true
}
