package rollout

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// maxText bounds names and titles, in bytes.
const maxText = 256

// text checks a text that has to be there.
func (f *finder) text(path, value string) {
	switch {
	case value == "":
		f.refuse(path, "", "it is missing")
	case len(value) > maxText:
		f.refuse(path, value, "want at most %d bytes, found %d", maxText, len(value))
	case strings.ContainsFunc(value, unicode.IsControl):
		f.refuse(path, value, "want no control characters")
	}
}

// optional checks a text that may be left out.
func (f *finder) optional(path, value string) {
	if value != "" {
		f.text(path, value)
	}
}

// word checks a name that stands in reasons, commands and file names.
func (f *finder) word(path, value string) {
	const more = "-_.:/@+"
	plain := func(r rune) bool {
		return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(more, r))
	}
	if value == "" || len(value) > 128 || strings.ContainsFunc(value, func(r rune) bool { return !plain(r) }) {
		f.refuse(path, value, "want 1 to 128 letters, digits and any of %s", more)
	}
}

// once checks that a list names nothing twice. check, if not nil, is asked of
// every member.
func once[T ~string](f *finder, path string, list []T, check func(path, value string)) {
	seen := make(map[T]bool, len(list))
	for i, v := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if seen[v] {
			f.refuse(at, string(v), "it is there twice")
		}
		seen[v] = true
		if check != nil {
			check(at, string(v))
		}
	}
}

func (f *finder) digest(path string, d fettle.Digest) {
	if d.Check() != nil {
		f.refuse(path, string(d), "want sha256: and 64 lower-case hexadecimal digits")
	}
}

// dimension checks the name of a dimension of hosts: site, model, label.app.
func (f *finder) dimension(path, value string) {
	if name, ok := strings.CutPrefix(value, "label."); ok && name != "" {
		f.text(path, value)
		return
	}
	if value == "" || strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		f.refuse(path, value, "want a dimension of hosts: site, link, os, model or another lower-case word, or label.NAME")
	}
}

// within checks lo ≤ d ≤ a year.
func (f *finder) within(path string, d, lo Duration) {
	const year = 366 * day
	if d < lo || d > year {
		f.refuse(path, d.String(), "want %v to %v", lo, year)
	}
}

// share checks lo ≤ s ≤ hi.
func (f *finder) share(path string, s, lo, hi Share) {
	if s < lo || s > hi {
		f.refuse(path, s.String(), "want %v to %v", lo, hi)
	}
}

// maxNumber is the largest number that readers keep which take JSON's numbers for
// doubles: RFC 7493, section 2.2.
const maxNumber uint64 = 1<<53 - 1

// number checks a number that only grows, from 1.
func (f *finder) number(path string, n uint64) {
	if n == 0 || n > maxNumber {
		f.refuse(path, strconv.FormatUint(n, 10), "want a number from 1 to %d", maxNumber)
	}
}

func (f *finder) count(path string, n, lo, hi int) {
	if n < lo || n > hi {
		f.refuse(path, strconv.Itoa(n), "want %d to %d", lo, hi)
	}
}

// footprint checks that a footprint can be judged: it is compiled as a patch's
// target would be.
func (f *finder) footprint(path string, p applicability.Footprint) {
	patch := applicability.Patch{ID: "x", Target: p, Installed: applicability.That(applicability.Always{})}
	_, problems := applicability.Compile([]applicability.Patch{patch}, nil)
	for _, one := range problems {
		at := path + strings.TrimPrefix(one.Field, "target")
		f.refuse(at, "", "%s", strings.TrimPrefix(one.Err.Error(), "applicability: "))
	}
	if kind := opaqueIn(p); kind != "" {
		f.refuse(path, kind, "this version knows no such criterion, or not with these members: nobody could say which hosts are meant")
	}
}

// opaqueIn returns the kind of a criterion that is not known, or "".
func opaqueIn(p applicability.Footprint) string {
	var of []applicability.Footprint
	switch c := p.Criterion().(type) {
	case applicability.Opaque:
		return c.Kind
	case applicability.All:
		of = c.Of
	case applicability.Any:
		of = c.Of
	case applicability.AtLeast:
		of = c.Of
	case applicability.Not:
		of = []applicability.Footprint{c.Of}
	}
	for _, inner := range of {
		if kind := opaqueIn(inner); kind != "" {
			return kind
		}
	}
	return ""
}

// patches checks a list of patches.
func (f *finder) patches(path string, list []PatchRef) {
	seen := make(map[fettle.PatchID]bool, len(list))
	for i, p := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		f.text(at+".id", string(p.ID))
		if seen[p.ID] {
			f.refuse(at+".id", string(p.ID), "it is there twice")
		}
		seen[p.ID] = true
		once(f, at+".payloads", p.Payloads, func(path, value string) { f.digest(path, fettle.Digest(value)) })
	}
}
