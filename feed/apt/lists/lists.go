package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
)

// ErrNone is wrapped by the error for a machine that has no list of any suite
// in its sources: it is no Debian machine, or "apt update" never ran.
var ErrNone = errors.New("lists: no archive lists here")

// Options say where to look and what to trust.
type Options struct {
	// Keyring makes a verifier of key files, as module feed/pgp does; with only,
	// of the keys with these fingerprints alone. Required unless Insecure.
	Keyring func(keys [][]byte, only []string) (feed.Verifier, error)
	// Keys are key files to use for every suite instead of what the sources say.
	Keys [][]byte
	// Insecure is apt.Check's, for every suite.
	Insecure bool
	// Etc is apt's configuration folder; default etc/apt.
	Etc string
	// Lists is the folder of the lists; default var/lib/apt/lists.
	Lists string
	// Source is passed on. Its Patches.AnySystem is set: the lists are for this
	// host whatever its os-release says.
	Source apt.SourceOptions
}

// Found is what a machine has.
type Found struct {
	Archives []apt.Archive
	// Missing names the suites and components that the sources ask for and of
	// which no list is here.
	Missing []string
	// Refused are the entries in the sources that cannot be used.
	Refused []*feed.RecordError
}

// Find reads the sources and finds their lists. fsys is the root of the
// machine's file system. Nothing is verified yet.
func Find(fsys fs.FS, o *Options) (*Found, error) {
	options := *o.orDefault()
	entries, refused, err := readSources(fsys, options.Etc)
	if err != nil {
		return nil, fmt.Errorf("lists: %w", err)
	}
	dir, err := fs.ReadDir(fsys, options.Lists)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("lists: %w", err)
	}
	f := finder{
		options: options, found: &Found{Refused: refused},
		keys: keys{fsys: fsys, etc: options.Etc, build: options.Keyring, made: map[string]feed.Verifier{}},
	}
	for _, d := range dir {
		f.names = append(f.names, d.Name())
	}
	for _, e := range entries {
		for _, uri := range e.uris {
			for _, suite := range e.suites {
				f.suite(e, uri, suite)
			}
		}
	}
	return f.found, nil
}

func (o *Options) orDefault() *Options {
	options := Options{}
	if o != nil {
		options = *o
	}
	if options.Etc == "" {
		options.Etc = "etc/apt"
	}
	if options.Lists == "" {
		options.Lists = "var/lib/apt/lists"
	}
	options.Source.Patches.AnySystem = true
	return &options
}

type finder struct {
	options Options
	found   *Found
	keys    keys
	names   []string // in the folder of the lists, sorted
}

// suite finds the lists of one suite at one URI.
func (f *finder) suite(e entry, uri, suite string) {
	prefix := filePrefix(uri, suite)
	a := apt.Archive{Check: apt.Check{Insecure: f.options.Insecure, Unsigned: e.trusted, Suite: suite}}
	if strings.HasSuffix(suite, "/") { // a flat archive: its suite is a path
		a.Check.Suite = ""
	}
	missing := func(what string) {
		f.found.Missing = append(f.found.Missing, strings.TrimSpace(anonymous(uri)+" "+suite+" "+what))
	}
	switch {
	case f.has(prefix + "InRelease"):
		a.Release = f.path(prefix + "InRelease")
	case f.has(prefix + "Release"):
		a.Release = f.path(prefix + "Release")
		a.Signature = f.path(prefix + "Release.gpg")
	default:
		missing("")
		return
	}
	if !f.options.Insecure && !e.trusted {
		verifier, err := f.verifier(e)
		if err != nil {
			f.found.Refused = append(f.found.Refused, &feed.RecordError{File: e.file, Line: e.line, Record: anonymous(uri) + " " + suite, Field: "Signed-By", Err: err})
			return
		}
		a.Check.Verifier = verifier
	}
	if strings.HasSuffix(suite, "/") {
		a.Packages = f.packages(prefix, func(entry string) bool { return entry == "Packages" })
		if len(a.Packages) == 0 {
			missing("Packages")
		}
	}
	for _, component := range e.components {
		list := f.packages(prefix, func(entry string) bool {
			arch, ok := strings.CutPrefix(path.Dir(entry), component+"/binary-")
			return ok && path.Base(entry) == "Packages" && (len(e.archs) == 0 || arch == "all" || slices.Contains(e.archs, arch))
		})
		if len(list) == 0 {
			missing(component)
		}
		a.Packages = append(a.Packages, list...)
	}
	if len(a.Packages) > 0 {
		f.add(a)
	}
}

// anonymous takes user and password out of an address.
func anonymous(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	host, below, _ := strings.Cut(rest, "/")
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + below
}

// add takes an archive up, or its lists where another entry named the archive.
func (f *finder) add(a apt.Archive) {
	for i := range f.found.Archives {
		old := &f.found.Archives[i]
		if old.Release != a.Release {
			continue
		}
		for _, p := range a.Packages {
			if !slices.Contains(old.Packages, p) {
				old.Packages = append(old.Packages, p)
			}
		}
		return
	}
	f.found.Archives = append(f.found.Archives, a)
}

func (f *finder) verifier(e entry) (feed.Verifier, error) {
	switch {
	case f.options.Keyring == nil:
		return nil, apt.ErrUnverified
	case len(f.options.Keys) > 0:
		return f.options.Keyring(f.options.Keys, nil)
	}
	return f.keys.verifier(e.signedBy)
}

func (f *finder) has(name string) bool {
	_, ok := slices.BinarySearch(f.names, name)
	return ok
}

func (f *finder) path(name string) string { return path.Join(f.options.Lists, name) }

// packages returns the lists behind prefix whose name in the archive is wanted.
// Of several forms of one list the first by name is taken, so the plain one
// before a compressed one.
func (f *finder) packages(prefix string, wanted func(entry string) bool) []apt.Packages {
	var found []apt.Packages
	for _, name := range f.names {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || !strings.Contains(rest, "Packages") {
			continue
		}
		entry := entryName(rest)
		if ext := path.Ext(entry); slices.Contains([]string{".lz4", ".xz", ".gz", ".zst", ".bz2", ".lzma"}, ext) {
			entry = strings.TrimSuffix(entry, ext)
		}
		if !wanted(entry) || len(found) > 0 && found[len(found)-1].Entry == entry {
			continue
		}
		found = append(found, apt.Packages{File: f.path(name), Entry: entry})
	}
	return found
}

// filePrefix is what the names of a suite's lists begin with: the address
// without scheme and user, certain characters as %xx, and _ for each /. See
// URItoFileName in apt's apt-pkg/contrib/strutl.cc.
func filePrefix(uri, suite string) string {
	if !strings.HasSuffix(uri, "/") {
		uri += "/"
	}
	switch {
	case suite == "/":
	case strings.HasSuffix(suite, "/"):
		uri += suite
	default:
		uri += "dists/" + suite + "/"
	}
	if _, rest, ok := strings.Cut(uri, ":"); ok {
		uri = rest
	}
	if rest, ok := strings.CutPrefix(uri, "//"); ok {
		uri = rest
		host, rest, _ := strings.Cut(uri, "/")
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			uri = host[at+1:] + "/" + rest
		}
	}
	var name strings.Builder
	for _, c := range []byte(uri) {
		switch {
		case c == '/':
			name.WriteByte('_')
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\\|{}[]<>\"^~_=!@#$%&*", c) >= 0:
			fmt.Fprintf(&name, "%%%02x", c)
		default:
			name.WriteByte(c)
		}
	}
	return name.String()
}

// entryName turns the rest of a list's name into its path in the archive.
func entryName(rest string) string {
	parts := strings.Split(rest, "_")
	for i, p := range parts {
		var plain strings.Builder
		for j := 0; j < len(p); j++ {
			var c byte
			if p[j] == '%' && j+2 < len(p) {
				if n, err := fmt.Sscanf(p[j+1:j+3], "%02x", &c); n == 1 && err == nil {
					plain.WriteByte(c)
					j += 2
					continue
				}
			}
			plain.WriteByte(p[j])
		}
		parts[i] = plain.String()
	}
	return strings.Join(parts, "/")
}

// Source is a feed.Source over the lists of one machine. Each Fetch reads the
// sources anew. It is safe for concurrent use.
type Source struct {
	fsys    fs.FS
	now     func() time.Time
	options *Options
}

var _ feed.Source = (*Source)(nil)

// NewSource returns a source over the machine whose root is fsys. now tells the
// instant at which a Fetch begins.
func NewSource(fsys fs.FS, now func() time.Time, o *Options) *Source {
	return &Source{fsys: fsys, now: now, options: o.orDefault()}
}

// Fetch implements feed.Source. What the sources ask for and is missing is
// noted in the first batch, an entry that cannot be used is refused there; with
// the option KeepGoing unset it ends the call.
func (s *Source) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if ctx.Err() != nil {
			yield(feed.Batch{}, context.Cause(ctx))
			return
		}
		found, source, err := s.find()
		if err != nil {
			yield(feed.Batch{}, err)
			return
		}
		first := true
		for b, err := range source.Fetch(ctx, after) {
			if first && err == nil && (b.Full || len(found.Refused) > 0) {
				found.addTo(&b)
			}
			first = false
			if !yield(b, err) {
				return
			}
		}
	}
}

func (s *Source) find() (*Found, *apt.Source, error) {
	found, err := Find(s.fsys, s.options)
	switch {
	case err != nil:
		return nil, nil, err
	case len(found.Refused) > 0 && !s.options.Source.KeepGoing:
		return nil, nil, found.Refused[0]
	case len(found.Archives) == 0:
		return nil, nil, fmt.Errorf("%w: %d suites in the sources, missing: %s", ErrNone, len(found.Missing), strings.Join(found.Missing, ", "))
	}
	open := func(name string) (io.ReadCloser, error) { return s.fsys.Open(name) }
	source, err := apt.NewSource(open, s.now, found.Archives, &s.options.Source)
	return found, source, err
}

func (f *Found) addTo(b *feed.Batch) {
	if b.Notes == nil {
		b.Notes = map[string]int{}
	}
	for _, m := range f.Missing {
		b.Notes["in the sources, and no list of it is here: "+m]++
	}
	b.Refused = append(b.Refused, f.Refused...)
	b.Read += len(f.Refused)
}
