package fleet

// Exceptions of new hosts wait in a list and are entered column by column: a
// build would otherwise go from one end of memory to the other for each of them.
// Whoever reads or takes out exceptions has them entered first. The exceptions of
// a template's first hosts do not even wait, since settling makes others of them:
// they are in those hosts alone, and the template is late.

// exception is a column, a position, and whether the host has the column (1) or
// lacks it (0), in an order that sorts by column and then by position.
type exception uint64

const (
	columnBit   = 33
	mostPending = 1 << 22 // exceptions that may wait
)

func (e exception) column() uint32 { return uint32(e >> columnBit) }
func (e exception) at() uint32     { return uint32(e >> 1) }
func (e exception) with() bool     { return e&1 != 0 }

// wait notes a new host's difference from its template.
func (f *Fleet) wait(d *difference, at uint32) {
	for _, c := range d.without {
		f.pending = append(f.pending, exception(c)<<columnBit|exception(at)<<1)
	}
	for _, c := range d.with {
		f.pending = append(f.pending, exception(c)<<columnBit|exception(at)<<1|1)
	}
	if len(f.pending) >= mostPending {
		f.enterList()
	}
}

// enterPending enters all that waits. The caller is alone.
func (f *Fleet) enterPending() {
	for _, n := range f.late {
		t := &f.templates[n]
		if !t.late {
			continue
		}
		t.late = false
		f.eachMember(t, func(at uint32) {
			f.was.read(f.hosts[at].delta, t.columns)
			f.wait(&f.was, at)
		})
	}
	f.late = f.late[:0]
	f.enterList()
}

// enterList enters the list of what waits. Templates that are late are left out.
func (f *Fleet) enterList() {
	if len(f.pending) == 0 {
		return
	}
	f.pending, f.sorting = sortNumbers(f.pending, f.sorting, 0, uint64(len(f.columns))<<columnBit)
	var with, without []uint32
	for i := 0; i < len(f.pending); {
		c := f.pending[i].column()
		with, without = with[:0], without[:0]
		for ; i < len(f.pending) && f.pending[i].column() == c; i++ {
			if f.pending[i].with() {
				with = append(with, f.pending[i].at())
			} else {
				without = append(without, f.pending[i].at())
			}
		}
		f.columns[c].with.add(with)
		f.columns[c].without.add(without)
		f.lexicon.touchColumn(f, c)
	}
	f.pending = f.pending[:0]
}

// rlock locks for reading, with all exceptions entered.
func (f *Fleet) rlock() {
	for {
		f.mu.RLock()
		if len(f.pending)+len(f.late) == 0 {
			return
		}
		f.mu.RUnlock()
		f.mu.Lock()
		f.enterPending()
		f.pending, f.sorting = nil, nil // a build is over
		f.mu.Unlock()
	}
}
