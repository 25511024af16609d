package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/inventory"
)

// ErrNothing is returned by Collect and Observe where nothing could be
// observed: the root holds no system that this package knows.
var ErrNothing = errors.New("local: no system that could be observed")

// Options refine a Collector. The zero value observes the running host.
type Options struct {
	// Root is the folder under which the system lies; empty: the running system.
	// Under another root, rpm runs with --root, and services are listed only if Run is set.
	Root string
	// Run runs a program and returns its standard output; nil: as a child
	// process, with at most 64 MiB of output. It honours ctx.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Now returns the current instant; nil: time.Now.
	Now func() time.Time
}

// Collector observes one host. It is safe for concurrent use.
type Collector struct {
	root string // "/" for the running system
	ours bool   // programs that ask the running system speak of this root
	run  func(ctx context.Context, name string, args ...string) ([]byte, error)
	now  func() time.Time
}

var _ inventory.Collector = (*Collector)(nil)

// New returns a Collector. A nil opt observes the running host. It returns an
// error where opt.Root is not a folder.
func New(opt *Options) (*Collector, error) {
	if opt == nil {
		opt = &Options{}
	}
	c := &Collector{root: "/", run: opt.Run, now: opt.Now, ours: opt.Root == "" || opt.Run != nil}
	if opt.Root != "" {
		info, err := os.Stat(opt.Root)
		if err != nil {
			return nil, fmt.Errorf("local: Root: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("local: Root: %s is not a folder", opt.Root)
		}
		c.root = filepath.Clean(opt.Root)
	}
	if c.run == nil {
		c.run = run
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// Observation is a snapshot with an account of what was read.
type Observation struct {
	Snapshot inventory.Snapshot
	// Reports count what was read of each package database, by package type.
	Reports map[string]inventory.Report
	// Problems are what could not be read and is therefore not in the scope.
	Problems []error
}

// Collect implements inventory.Collector.
func (c *Collector) Collect(ctx context.Context, needs inventory.Needs) (inventory.Snapshot, error) {
	o, err := c.Observe(ctx, needs)
	return o.Snapshot, err
}

// Observe is Collect with an account of what was read. An error means that
// ctx ended or that there is no system under the root (ErrNothing).
func (c *Collector) Observe(ctx context.Context, needs inventory.Needs) (Observation, error) {
	var o Observation
	var err error
	if runtime.GOOS == "windows" && c.root == "/" {
		o, err = c.observeWindows(ctx, needs)
	} else {
		o, err = c.observeTree(ctx, needs)
	}
	return c.finish(ctx, o, err)
}

// finish dates and sorts an observation that was made while ctx lasted.
func (c *Collector) finish(ctx context.Context, o Observation, err error) (Observation, error) {
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Observation{}, fmt.Errorf("local: %w", err)
	}
	o.Snapshot.Taken = c.now().UTC().Round(0)
	o.Snapshot.Sort()
	return o, nil
}

// tree is one observation of a system of files in progress.
type tree struct {
	*Collector
	fsys  fs.FS
	needs inventory.Needs
	Observation
}

func (t *tree) problem(format string, args ...any) {
	t.Problems = append(t.Problems, fmt.Errorf(format, args...))
}

func (c *Collector) observeTree(ctx context.Context, needs inventory.Needs) (Observation, error) {
	fsys, done, err := c.open()
	if err != nil {
		return Observation{}, err
	}
	defer done()
	t := &tree{Collector: c, fsys: fsys, needs: needs, Observation: Observation{Reports: make(map[string]inventory.Report)}}
	t.system()
	for _, step := range []func(context.Context){t.packages, t.evidence, t.files, t.owners, t.services, t.facts} {
		if err := ctx.Err(); err != nil {
			return Observation{}, err
		}
		step(ctx)
	}
	if t.Snapshot.OS.Family == "" && len(t.Snapshot.Packages) == 0 {
		return Observation{}, errors.Join(append([]error{fmt.Errorf("%w under %s", ErrNothing, c.root)}, t.Problems...)...)
	}
	t.notHere()
	return t.Observation, nil
}

// open opens the root. Below another root than / no symbolic link leads out of
// it.
func (c *Collector) open() (fs.FS, func(), error) {
	if c.root == "/" {
		return os.DirFS("/"), func() {}, nil
	}
	root, err := os.OpenRoot(c.root)
	if err != nil {
		return nil, nil, err
	}
	return root.FS(), func() { _ = root.Close() }, nil
}

// notHere enters into the scope what a Linux system cannot have: with that, a
// patch for Windows is not for this host, rather than unknown.
func (t *tree) notHere() {
	if t.Snapshot.OS.Family != "linux" {
		return
	}
	scope := &t.Snapshot.Scope
	scope.Products, scope.Hotfixes = t.needs.Products, t.needs.Hotfixes
	scope.Folders = slices.Clone(t.needs.Folders)
	for _, r := range t.needs.Registry {
		scope.Registry = append(scope.Registry, inventory.KeyScope{Key: r.Key, View: r.View, Values: slices.Clone(r.Values)})
	}
	for _, f := range t.needs.Files {
		if f.Folder != "" {
			scope.Folders = append(scope.Folders, f.Folder)
		}
		if f.From != nil {
			scope.Registry = append(scope.Registry, inventory.KeyScope{Key: f.From.Key, View: f.From.View, Values: slices.Clone(f.From.Values)})
		}
	}
}
