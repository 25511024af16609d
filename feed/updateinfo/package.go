package updateinfo

import (
	"errors"
	"fmt"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// packageOf reads the attributes of the package element that has just started.
func packageOf(s *xmlscan.Scanner) (Package, error) {
	version, release, epoch := string(s.Attr("version")), string(s.Attr("release")), string(s.Attr("epoch"))
	p := Package{Name: string(s.Attr("name")), Arch: string(s.Attr("arch"))}
	switch {
	case p.Name == "":
		return p, errors.New("a package has no name")
	case version == "" || release == "":
		return p, fmt.Errorf("package %.80q has no version or release", p.Name)
	case epoch == "", epoch == "0", epoch == "None", epoch == "(none)": // what generators write for none
		p.EVR = version + "-" + release
	default:
		p.EVR = epoch + ":" + version + "-" + release
	}
	if err := applicability.SchemeRPM.Check(p.EVR); err != nil {
		return p, fmt.Errorf("package %.80q: %w", p.Name, err)
	}
	return p, nil
}

// isKernel reports whether a package is one of which several versions stay
// installed side by side: dnf's installonlypkgs, which are known by what they
// provide, come from these names.
func isKernel(name string) bool {
	const prefix = "kernel"
	switch name {
	case prefix:
		return true
	case "kernel-headers", "kernel-tools", "kernel-tools-libs", "kernel-doc", "kernel-firmware", "kernel-abi-whitelists", "kernel-abi-stablelists", "kernel-srpm-macros":
		return false
	default:
		return len(name) > len(prefix)+1 && name[:len(prefix)+1] == prefix+"-"
	}
}
