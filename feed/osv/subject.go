package osv

import (
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// subject is a package criterion without its range: one that an entry of an
// advisory speaks of.
type subject struct {
	pkg   applicability.Package
	which applicability.Quantifier
	// fixed is the version of this very package that has the fix, where the
	// vendor states it beside the ranges.
	fixed string
	// respell changes a version into the spelling of this package; nil: as it is.
	respell func(string) string
}

// subjects returns the packages that an entry means.
func (b *builder) subjects(g *group, a *Affected) []subject {
	q := qualifiersOf(a.Package.PURL)
	s := subject{
		pkg: applicability.Package{
			Type: g.place.typ, Name: name(g.place.typ, a.Package.Name), Source: g.place.source || q.source && g.place.kind != language,
			Arch: q.arch, Module: q.module,
		},
		which: applicability.Some,
	}
	if s.pkg.Source {
		s.pkg.Arch = ""
	}
	if isKernel(g.place, s.pkg.Name) {
		b.kernel = true
		s.which = applicability.Newest
	}
	subjects := []subject{s}
	if g.place.kind == suse || g.place.kind == openSUSE {
		return ofSUSE(s, a.Binaries)
	}
	return append(subjects, signedKernel(g.place, s)...)
}

// ofSUSE returns the binary packages of an entry of SUSE, whose names are those
// of sources and whose binary packages stand beside with their own versions.
func ofSUSE(source subject, binaries []Binary) []subject {
	if len(binaries) == 0 {
		source.pkg.Source = true
		return []subject{source}
	}
	all := make([]subject, len(binaries))
	for i, binary := range binaries {
		all[i] = source
		all[i].pkg.Name, all[i].fixed = binary.Name, binary.Version
	}
	return all
}

// name spells a package's name as inventories do. PyPI's names are equal when
// their normalised forms are (PEP 503).
func name(typ, s string) string {
	if typ != "pypi" {
		return s
	}
	var out strings.Builder
	dash := false
	for _, c := range []byte(strings.ToLower(s)) {
		if c == '-' || c == '_' || c == '.' {
			dash = true
			continue
		}
		if dash && out.Len() > 0 {
			out.WriteByte('-')
		}
		dash = false
		out.WriteByte(c)
	}
	return out.String()
}

// isKernel reports whether several versions of a package stay installed side by
// side and the newest one counts: the kernels of rpm systems and the sources
// that Debian's and Ubuntu's kernel images are built from.
func isKernel(p place, name string) bool {
	flavour, dashed := strings.CutPrefix(name, "linux-")
	switch p.kind {
	case debian: // linux, and linux-6.1 for an older release
		return name == "linux" || dashed && strings.Trim(flavour, "0123456789.") == ""
	case ubuntu: // linux, linux-aws, linux-hwe-6.8
		switch flavour {
		case "firmware", "base", "atm", "ftpd", "igd", "show-player", "user-chroot", "wlan-ng":
			return false
		}
		return name == "linux" || dashed
	case redhatLike, redhat, suse, openSUSE:
		return p.typ == "rpm" && (name == "kernel" || strings.HasPrefix(name, "kernel-"))
	default:
		return false
	}
}

// signedKernel adds the sources of the signed kernel images, which advisories
// leave out: they name linux-6.1, but the image that a host boots is built from
// linux-signed-6.1-amd64 in Debian, where 6.1.76-1 becomes 6.1.76+1, and from
// linux-signed in Ubuntu, with the same version. The images of Debian's own
// kernel, linux, package applicability counts under linux itself.
func signedKernel(p place, s subject) []subject {
	flavour, named := strings.CutPrefix(s.pkg.Name, "linux")
	if !named || !isKernel(p, s.pkg.Name) || strings.HasPrefix(flavour, "-signed") {
		return nil
	}
	signed := s
	signed.pkg.Name = "linux-signed" + flavour
	if p.kind == ubuntu {
		return []subject{signed}
	}
	if p.kind != debian || flavour == "" {
		return nil
	}
	signed.respell = func(v string) string {
		if dash := strings.LastIndexByte(v, '-'); dash >= 0 {
			return v[:dash] + "+" + v[dash+1:]
		}
		return v
	}
	var all []subject
	for _, arch := range []string{"-amd64", "-arm64", "-i386"} {
		one := signed
		one.pkg.Name += arch
		all = append(all, one)
	}
	return all
}
