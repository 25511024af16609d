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
	hostUnheard                           // its grant ahead lapsed, and it has said nothing since
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
	rows []host
	// slots hold row + 1 in the bits of the mask, and above them those bits of the
	// name's hash: most other names are told apart without a look at their rows. 0 is
	// free. A power of two, at most 3/4 full.
	slots   []uint32
	seed    maphash.Seed
	present int
}

// hash returns where the search for a name starts, and its slot's upper bits.
func (t *hostTable) hash(id fettle.HostID) (at, tag uint32) {
	h := maphash.String(t.seed, string(id))
	mask := uint32(len(t.slots) - 1)
	return uint32(h) & mask, uint32(h>>32) &^ mask
}

// find returns the index of a host that ever was in the region.
func (t *hostTable) find(id fettle.HostID) (hostIndex, bool) {
	if len(t.slots) == 0 {
		return noHost, false
	}
	mask := uint32(len(t.slots) - 1)
	for at, tag := t.hash(id); ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			return noHost, false
		}
		if slot&^mask == tag && t.rows[slot&mask-1].id == id {
			return hostIndex(slot&mask - 1), true
		}
	}
}

// findEach sets at[i] to what find says of name(i), noHost if there is no such
// host. In a large region each of slot, row and name is a miss of the caches, one
// after the other for one host; here those of many hosts are under way at once.
func (t *hostTable) findEach(at []hostIndex, name func(i int) fettle.HostID) {
	const together = 64
	var tags, slots [together]uint32
	mask := uint32(len(t.slots) - 1)
	for from := 0; from < len(at); from += together {
		part := at[from:min(from+together, len(at))]
		if len(t.slots) > 0 {
			for i := range part {
				place, tag := t.hash(name(from + i))
				tags[i], slots[i] = tag, t.slots[place]
			}
		}
		for i := range part {
			part[i] = noHost
			if slot := slots[i]; slot != 0 && slot&^mask == tags[i] && len(t.rows[slot&mask-1].id) == len(name(from+i)) {
				part[i] = hostIndex(slot&mask - 1)
			}
		}
		for i := range part {
			if id := name(from + i); part[i] == noHost || t.rows[part[i]].id != id {
				part[i], _ = t.find(id)
			}
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
	mask := uint32(len(t.slots) - 1)
	at, tag := t.hash(t.rows[slot-1].id)
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = tag | slot
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

// findRows tells of each row of an entry, of at most MaxRows, which host its name is of:
// noHost if there is none.
func (s *State) findRows(n int, name func(i int) fettle.HostID, found func(i int, h hostIndex)) {
	var at [MaxRows]hostIndex
	s.hosts.findEach(at[:n], name)
	for i, h := range at[:n] {
		found(i, h)
	}
}

// rowHost returns the index that an event's row speaks of, or an error.
func (s *State) rowHost(at hostIndex, id fettle.HostID) (hostIndex, error) {
	if int(at) < len(s.hosts.rows) && s.hosts.rows[at].id == id {
		return at, nil
	}
	h, ok := s.hosts.find(id)
	if !ok {
		return noHost, refused("host %q is not known", id)
	}
	return h, nil
}
