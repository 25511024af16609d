package lists

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/internal/deb822"
)

// ErrSources is wrapped by the *feed.RecordError of an entry in a sources file
// that cannot be understood.
var ErrSources = errors.New("lists: not a sources entry")

// entry is what the sources say of some suites.
type entry struct {
	file       string
	line       int
	uris       []string
	suites     []string
	components []string
	archs      []string // empty: all
	signedBy   string   // as written
	trusted    bool
}

// maxSources bounds the bytes of one sources file or key file.
const maxSources = 8 << 20

// readSources reads /etc/apt/sources.list and sources.list.d in apt's order.
func readSources(fsys fs.FS, etc string) (entries []entry, refused []*feed.RecordError, err error) {
	names := []string{path.Join(etc, "sources.list")}
	parts, err := fs.ReadDir(fsys, path.Join(etc, "sources.list.d"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, p := range parts { // sorted by name
		names = append(names, path.Join(etc, "sources.list.d", p.Name()))
	}
	for _, name := range names {
		read := readOneLine
		switch path.Ext(name) {
		case ".sources":
			read = readDeb822
		case ".list":
		default:
			continue // apt ignores it
		}
		text, err := readFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		read(name, text, func(e entry, fault *feed.RecordError) {
			if fault != nil {
				refused = append(refused, fault)
				return
			}
			entries = append(entries, e)
		})
	}
	return entries, refused, nil
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSources+1))
	if err == nil && len(text) > maxSources {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxSources)
	}
	return text, err
}

func fault(file string, line int, rule string) *feed.RecordError {
	return &feed.RecordError{File: file, Line: line, Err: fmt.Errorf("%w: %s", ErrSources, rule)}
}

// readDeb822 reads the stanza form.
func readDeb822(file string, text []byte, found func(entry, *feed.RecordError)) {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n') // people's editors
	}
	for r := deb822.NewReader(bytes.NewReader(text), &deb822.Options{Comments: true}); ; {
		s, err := r.Next()
		var form *deb822.Error
		switch {
		case errors.As(err, &form):
			found(entry{}, fault(file, form.Line, form.Rule))
			continue
		case err != nil:
			return // the end: a text in memory cannot fail
		}
		e := entry{
			file: file, line: s.Line, uris: strings.Fields(s.Get("URIs")), suites: strings.Fields(s.Get("Suites")),
			components: strings.Fields(s.Get("Components")), archs: strings.Fields(s.Get("Architectures")),
			signedBy: s.Get("Signed-By"), trusted: isYes(s.Get("Trusted")),
		}
		types := strings.Fields(s.Get("Types"))
		switch {
		case len(types) == 0 || len(e.uris) == 0 || len(e.suites) == 0:
			found(entry{}, fault(file, s.Line, "want Types, URIs and Suites"))
		case s.Has("Enabled") && !isYes(s.Get("Enabled")), !slices.Contains(types, "deb"):
		default:
			found(e, nil)
		}
	}
}

// isYes reads a boolean as apt does (apt.conf(5)).
func isYes(s string) bool {
	return slices.Contains([]string{"yes", "true", "with", "on", "enable", "1"}, strings.ToLower(strings.TrimSpace(s)))
}

// readOneLine reads the form of one line an entry.
func readOneLine(file string, text []byte, found func(entry, *feed.RecordError)) {
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind == "" || kind == "deb-src" {
			continue
		}
		e := entry{file: file, line: number}
		rest = strings.TrimSpace(rest)
		if options, ok := strings.CutPrefix(rest, "["); ok {
			if options, rest, ok = strings.Cut(options, "]"); !ok {
				found(entry{}, fault(file, number, "want ] after the options"))
				continue
			}
			e.options(options)
		}
		words := strings.Fields(rest)
		if kind != "deb" || len(words) < 2 {
			found(entry{}, fault(file, number, "want deb, a URI and a suite"))
			continue
		}
		e.uris, e.suites, e.components = words[:1], words[1:2], words[2:]
		found(e, nil)
	}
}

func (e *entry) options(s string) {
	for option := range strings.FieldsSeq(s) {
		name, value, _ := strings.Cut(option, "=")
		switch strings.ToLower(name) {
		case "arch":
			e.archs = strings.Split(value, ",")
		case "signed-by":
			e.signedBy = strings.ReplaceAll(value, ",", " ")
		case "trusted":
			e.trusted = isYes(value)
		}
	}
}
