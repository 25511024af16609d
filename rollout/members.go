package rollout

// rolloutIndex is a rollout's place in the state, in the order of their start.
type rolloutIndex uint16

// noRollout is no rollout's index.
const noRollout = ^rolloutIndex(0)

// noRing is the ring of a member that none was assigned to yet.
const noRing = 0xff

// memberFlags are what holds for a member of a rollout.
type memberFlags uint8

const (
	memberRevoked  memberFlags = 1 << iota // was Verified, and a later snapshot took that back
	memberBlocked                          // a block covers it: it gets no grant
	memberGot                              // the payload was or may be on it: a back-out concerns it
	memberForgiven                         // people released it: it keeps no units any more
	memberHushed                           // what it has shown last is a silence, and it has not started since
)

// member is one host's standing in one rollout. Ring noRing and in false are not
// the same: a member may wait for its ring.
type member struct {
	in       bool
	outcome  Outcome
	class    Class // of Failed
	ring     uint8 // noRing: not assigned yet
	attempts uint8 // grants that were accepted
	flags    memberFlags
	mask     uint16       // index of the rings it may be in, in rolloutState.masks
	next     rolloutIndex // the host's next older membership
	reason   uint16       // interned word of the reporter; 0: none
	mark     mark         // what it is as evidence of its ring
	// wake is when it is tried again: after a failure's backoff, a deferral. Seconds.
	wake uint32
	// keys are the host's keys when it became a member, or by the last relabelling:
	// what its ring's strata count it by.
	keys keySet
}

// memberPage is how many hosts a page of members holds: a rollout of few hosts
// costs few pages.
const memberPage = 128

// members are the columns of one rollout, by host.
type members struct{ pages []*[memberPage]member }

// at returns the member, nil if the host is none.
func (m *members) at(h hostIndex) *member {
	page := int(h / memberPage)
	if page >= len(m.pages) || m.pages[page] == nil {
		return nil
	}
	if one := &m.pages[page][h%memberPage]; one.in {
		return one
	}
	return nil
}

// add returns the place of a host that is to become a member.
func (m *members) add(h hostIndex) *member {
	page := int(h / memberPage)
	for page >= len(m.pages) {
		m.pages = append(m.pages, nil)
	}
	if m.pages[page] == nil {
		m.pages[page] = new([memberPage]member)
	}
	one := &m.pages[page][h%memberPage]
	one.in, one.ring, one.next = true, noRing, noRollout
	return one
}

// all yields the members in the order of their hosts' indices: that of joining.
func (m *members) all(yield func(hostIndex, *member) bool) {
	for p, page := range m.pages {
		if page == nil {
			continue
		}
		for i := range page {
			if page[i].in && !yield(hostIndex(p*memberPage+i), &page[i]) {
				return
			}
		}
	}
}
