package apt

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// system returns the os-release ID and VERSION_CODENAME of the hosts that the
// suite is made for, where that is known: the archives of the distributions
// themselves, by the Origin in their Release files. Other archives serve
// several systems under one name, so they get no such criterion.
func (r *Release) system() (id, codename string) {
	switch r.Origin {
	case "Debian", "Debian Backports":
		id = "debian"
	case "Ubuntu", "UbuntuESM", "UbuntuESMApps":
		id = "ubuntu"
	case "Raspbian":
		id = "raspbian"
	case "Kali":
		id = "kali"
	default:
		return "", ""
	}
	return id, r.base()
}

// base returns the codename without its pocket: bookworm for
// bookworm-security.
func (r *Release) base() string {
	name := r.Codename
	if name == "" {
		name = r.Suite
	}
	name, _, _ = strings.Cut(name, "/")
	for _, pocket := range []string{"-security", "-updates", "-proposed-updates", "-proposed", "-backports", "-backports-sloppy"} {
		if base, ok := strings.CutSuffix(name, pocket); ok {
			return base
		}
	}
	return name
}

// class returns what the suite's patches are for, as far as its names say.
func (r *Release) class() fettle.Class {
	for _, name := range []string{r.Label, r.Suite, r.Codename} {
		words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == '-' || c == '/' })
		if slices.Contains(words, "security") {
			return fettle.ClassSecurity
		}
	}
	if strings.HasPrefix(r.Origin, "UbuntuESM") {
		return fettle.ClassSecurity
	}
	return fettle.ClassUnknown
}

// rank orders suites that offer the same version: what says more about it
// stands higher.
func (r *Release) rank() int {
	if r.class() == fettle.ClassSecurity {
		return 1
	}
	return 0
}

// criteria returns the conditions on the host's system.
func (r *Release) criteria() []applicability.Footprint {
	id, codename := r.system()
	if id == "" {
		return nil
	}
	return []applicability.Footprint{
		applicability.That(applicability.OS{Attribute: applicability.OSID, Is: id}),
		applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: codename}),
	}
}
