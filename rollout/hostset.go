package rollout

// hostSet is the set of the hosts that one command or entry has named so far. It
// costs next to nothing for a hundred.
type hostSet struct {
	slots []hostIndex // index + 1; 0: free. A power of two.
	used  int
}

// again adds a host and reports whether it was there before.
func (t *hostSet) again(h hostIndex) bool {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	mask := len(t.slots) - 1
	for at := int(h*2654435761>>8) & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			t.slots[at] = h + 1
			t.used++
			return false
		}
		if slot == h+1 {
			return true
		}
	}
}

func (t *hostSet) grow() {
	old := t.slots
	t.slots, t.used = make([]hostIndex, max(256, 2*len(old))), 0
	for _, slot := range old {
		if slot != 0 {
			t.again(slot - 1)
		}
	}
}
