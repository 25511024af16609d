package apt

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/feed"
)

// endings are those that compressed files have in archives.
func endings() [7]string { return [...]string{"", ".xz", ".gz", ".zst", ".bz2", ".lz4", ".lzma"} }

// match finds the entry of the Release that the file is: by its name, or by
// its sum where the name is not known. raw is the file, text what it
// decompresses to.
func (l *List) match(name string, raw, text *summed) error {
	got := [...]entry{text.entry(), raw.entry()}
	if name != "" {
		return l.matchNamed(path.Clean(name), got[:])
	}
	sizes := ""
	for _, name := range slices.Sorted(maps.Keys(l.Release.index)) {
		base := uncompressed(name)
		if path.Base(base) != "Packages" {
			continue
		}
		e := l.Release.index[name]
		if slices.Contains(got[:], e) {
			return l.matched(name, got[:])
		}
		if e.size == got[0].size || e.size == got[1].size {
			sizes = name
		}
	}
	if sizes != "" {
		return l.mismatch(sizes, got[:])
	}
	return &feed.ListError{
		File: l.File, Field: "SHA256", Value: got[0].sha256,
		Rule: l.Release.String() + " lists no Packages file with this sum", Err: ErrNotListed,
	}
}

func (l *List) matchNamed(name string, got []entry) error {
	listed := ""
	for _, ending := range endings() {
		e, ok := l.Release.index[name+ending]
		if ok && slices.Contains(got, e) {
			return l.matched(name+ending, got)
		}
		if ok && listed == "" {
			listed = name + ending
		}
	}
	if listed == "" {
		return &feed.ListError{File: l.File, Field: "SHA256", Value: name, Rule: "not in " + l.Release.String(), Err: ErrNotListed}
	}
	return l.mismatch(listed, got)
}

// matched refuses a compressed file that went through as if it were plain: its
// sum is right and nothing of it was read.
func (l *List) matched(name string, got []entry) error {
	l.Entry = uncompressed(name)
	if l.Entry != name && got[0] == got[1] {
		return &feed.ListError{File: l.File, Field: "compression", Value: path.Ext(name), Rule: "no decoder for it is given", Err: ErrRead}
	}
	return nil
}

func (l *List) mismatch(name string, got []entry) error {
	want := l.Release.index[name]
	if want.size != got[0].size && want.size != got[1].size {
		return &feed.ListError{
			File: l.File, Field: "size", Value: strconv.FormatInt(got[0].size, 10),
			Rule: l.Release.String() + " lists " + name + " with " + strconv.FormatInt(want.size, 10), Err: ErrMismatch,
		}
	}
	return &feed.ListError{
		File: l.File, Field: "SHA256", Value: got[0].sha256,
		Rule: l.Release.String() + " lists " + name + " with " + want.sha256, Err: ErrMismatch,
	}
}

// uncompressed returns name without the ending of a compression.
func uncompressed(name string) string {
	for _, ending := range endings() {
		if base, ok := strings.CutSuffix(name, ending); ok && ending != "" {
			return base
		}
	}
	return name
}

// place reads component and architecture off the entry's path and refuses the
// stanzas of another architecture.
func (l *List) place() error {
	dir := path.Dir(l.Entry)
	arch, ok := strings.CutPrefix(path.Base(dir), "binary-")
	if !ok { // a flat archive
		return nil
	}
	l.Arch, l.Component = arch, path.Dir(dir)
	if path.Base(l.Component) == "debian-installer" {
		return &feed.ListError{File: l.File, Field: "component", Value: l.Component, Rule: "packages of the installer are for no host", Err: ErrMalformed}
	}
	l.binaries = slices.DeleteFunc(l.binaries, func(b binary) bool {
		if b.arch == arch || b.arch == "all" {
			return false
		}
		l.Skipped["of another architecture than their list"]++
		return true
	})
	return nil
}
