package filejournal

import (
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

var (
	errCrashed = errors.New("the machine is off")
	errDisk    = errors.New("the disk says no")
	errNow     = fmt.Errorf("%w now", errCrashed) // of the call in which it went off
)

// fakeFS is a folder in memory that keeps apart what a program sees and what is
// on disk. Writes, truncations and changes of names are on disk only after the
// file or the folder was synced; crash decides what of the rest got there.
type fakeFS struct {
	mu      sync.Mutex
	seen    map[string]*inode // names as the program sees them
	durable map[string]*inode // names as they are on disk
	renames []nameChange      // what turns durable into seen, in order
	locked  bool

	ops      int // calls that change something, so far
	crashAt  int // the call that the machine does not survive; 0 for none
	failAt   int // the call that the disk refuses; 0 for none
	crashed  bool
	failSync func(*inode) // what a refused sync does to the file
}

type inode struct {
	seen    []byte
	durable []byte
	pending []change // what turns durable into seen, in order
}

// change is a write, or a truncation if data is nil.
type change struct {
	at   int64
	data []byte
}

// nameChange removes a name, or makes it stand for a file.
type nameChange struct {
	remove, add string
	node        *inode
}

func newFakeFS() *fakeFS {
	return &fakeFS{seen: map[string]*inode{}, durable: map[string]*inode{}}
}

// act counts a call that changes something and says whether it happens.
func (fs *fakeFS) act() error {
	if fs.crashed {
		return errCrashed
	}
	fs.ops++
	switch fs.ops {
	case fs.crashAt:
		fs.crashed = true
		return errNow
	case fs.failAt:
		return errDisk
	}
	return nil
}

func (fs *fakeFS) name(c nameChange) {
	fs.renames = append(fs.renames, c)
	c.apply(fs.seen)
}

func (c nameChange) apply(names map[string]*inode) {
	if c.remove != "" {
		delete(names, c.remove)
	}
	if c.add != "" {
		names[c.add] = c.node
	}
}

func (c change) apply(content []byte) []byte {
	if c.data == nil {
		return resized(content, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(content)) {
		content = resized(content, end)
	}
	copy(content[c.at:], c.data)
	return content
}

func resized(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size:size]
	}
	return append(slices.Clone(content), make([]byte, size-int64(len(content)))...)
}

func (fs *fakeFS) open(name string) (file, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.crashed {
		return nil, errCrashed
	}
	node, ok := fs.seen[name]
	if !ok {
		return nil, &iofs.PathError{Op: "open", Path: name, Err: iofs.ErrNotExist}
	}
	return &fakeFile{fs, node}, nil
}

func (fs *fakeFS) view(name string) (file, error) { return fs.open(name) }

func (fs *fakeFS) create(name string) (file, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if err := fs.act(); err != nil {
		return nil, err
	}
	node := &inode{}
	fs.name(nameChange{add: name, node: node})
	return &fakeFile{fs, node}, nil
}

func (fs *fakeFS) rename(from, to string) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if err := fs.act(); err != nil {
		return err
	}
	node, ok := fs.seen[from]
	if !ok {
		return fmt.Errorf("rename %s: %w", from, iofs.ErrNotExist)
	}
	fs.name(nameChange{remove: from, add: to, node: node})
	return nil
}

func (fs *fakeFS) remove(name string) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if err := fs.act(); err != nil {
		return err
	}
	if _, ok := fs.seen[name]; !ok {
		return fmt.Errorf("remove %s: %w", name, iofs.ErrNotExist)
	}
	fs.name(nameChange{remove: name})
	return nil
}

func (fs *fakeFS) list() ([]string, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return slices.Sorted(maps.Keys(fs.seen)), nil
}

func (fs *fakeFS) syncDir() error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if err := fs.act(); err != nil {
		return err
	}
	fs.durable, fs.renames = maps.Clone(fs.seen), nil
	return nil
}

type fakeLock struct{ fs *fakeFS }

func (l fakeLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	l.fs.locked = false
	return nil
}

func (fs *fakeFS) lock() (io.Closer, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.locked {
		return nil, ErrLocked
	}
	fs.locked = true
	return fakeLock{fs}, nil
}

type fakeFile struct {
	fs   *fakeFS
	node *inode
}

func (f *fakeFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if off >= int64(len(f.node.seen)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.seen[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *fakeFile) change(c change) {
	f.node.pending = append(f.node.pending, c)
	f.node.seen = c.apply(f.node.seen)
}

// WriteAt writes half of p when the disk refuses it.
func (f *fakeFile) WriteAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.fs.act()
	switch {
	case errors.Is(err, errDisk):
		p = p[:len(p)/2]
	case errors.Is(err, errNow):
		f.change(change{off, slices.Clone(p)}) // it was on its way
		return 0, err
	case err != nil:
		return 0, err
	}
	if len(p) > 0 {
		f.change(change{off, slices.Clone(p)})
	}
	return len(p), err
}

func (f *fakeFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.act(); err != nil {
		if errors.Is(err, errDisk) && f.fs.failSync != nil {
			f.fs.failSync(f.node)
		}
		return err
	}
	for _, c := range f.node.pending {
		f.node.durable = c.apply(f.node.durable)
	}
	f.node.pending = nil
	return nil
}

func (f *fakeFile) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.act(); err != nil {
		return err
	}
	f.change(change{at: size})
	return nil
}

func (f *fakeFile) size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.node.seen)), nil
}

func (f *fakeFile) Close() error { return nil }

// forgetDirty is what some systems do when a sync fails: they take what was not
// written for written, still show it, and never write it.
func forgetDirty(n *inode) { n.pending = nil }

// killed is the folder after the process ended and the machine went on.
func (fs *fakeFS) killed() *fakeFS {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return &fakeFS{seen: fs.seen, durable: fs.durable, renames: fs.renames, failSync: fs.failSync}
}

// powerLost is the folder after the machine lost power: of everything that was
// not synced, any part may be on disk, whatever its order.
func (fs *fakeFS) powerLost(rng *rand.Rand) *fakeFS {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	names := maps.Clone(fs.durable)
	for _, c := range fs.renames {
		if rng.IntN(2) == 0 {
			c.apply(names)
		}
	}
	after := newFakeFS()
	after.failSync = fs.failSync
	copies := map[*inode]*inode{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		node := names[name]
		if copies[node] == nil {
			content := node.survivor(rng)
			copies[node] = &inode{seen: content, durable: slices.Clone(content)}
		}
		after.seen[name], after.durable[name] = copies[node], copies[node]
	}
	return after
}

// survivor is what of a file is on disk: each piece of each change that was not
// synced is there or not, and every so often all of them or none.
func (n *inode) survivor(rng *rand.Rand) []byte {
	content := slices.Clone(n.durable)
	odds := []int{0, 10, 50, 90, 100}[rng.IntN(5)]
	piece := []int64{1, 16, 512, 4096}[rng.IntN(4)]
	for _, c := range n.pending {
		if c.data == nil {
			if rng.IntN(100) < odds {
				content = c.apply(content)
			}
			continue
		}
		for at := int64(0); at < int64(len(c.data)); {
			size := min(piece-(c.at+at)%piece, int64(len(c.data))-at)
			if rng.IntN(100) < odds {
				content = change{c.at + at, c.data[at : at+size]}.apply(content)
			}
			at += size
		}
	}
	return content
}
