package rollout

// agenda is what hosts do next, each at most one thing: a heap of instants with
// hosts, the earliest first and among equal ones the host with the least index.
type agenda []uint64

// next returns the instant of the first entry; forever if there is none.
func (a *agenda) next() uint32 {
	if len(*a) == 0 {
		return forever
	}
	return uint32((*a)[0] >> 32)
}

// add puts a host in. forever is never.
func (a *agenda) add(at, host uint32) {
	if at == forever {
		return
	}
	q := append(*a, uint64(at)<<32|uint64(host))
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 4
		if q[up] <= q[i] {
			break
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
	*a = q
}

// take removes the first entry and returns its host.
func (a *agenda) take() uint32 {
	q := *a
	host := uint32(q[0])
	last := q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for {
		down := 4*i + 1
		if down >= len(q) {
			break
		}
		for k := down + 1; k < min(down+4, len(q)); k++ {
			if q[k] < q[down] {
				down = k
			}
		}
		if last <= q[down] {
			break
		}
		q[i] = q[down]
		i = down
	}
	if len(q) > 0 {
		q[i] = last
	}
	*a = q
	return host
}
