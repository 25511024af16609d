package osv

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// place is what the name of an ecosystem says: which packages it speaks of, in
// which order their versions are, and on which systems they run.
type place struct {
	typ    string               // package type, as inventories have it
	scheme applicability.Scheme // zero: the order is not in the closed set
	source bool                 // names are those of source packages
	system []applicability.Footprint
	// release is the suffix where it could not be told what systems it means.
	release string
	// kind is the family, for the rules that only one has.
	kind family
}

type family uint8

const (
	language family = iota
	debian
	ubuntu
	alpine
	redhatLike // one id, and a major or minor release
	redhat
	suse
	openSUSE
	opaqueRelease // the packages are known, which systems are meant is not
	elsewhere     // no package of a host: source archives, telephones
)

// ecosystem is a row of the table of ecosystems: how the part of an ecosystem's
// name before the first colon is to be read.
type ecosystem struct {
	typ    string
	source bool
	kind   family
	id     string // os-release ID
}

// ecosystemOf knows the ecosystems of OSV schema 1.7 (section affected[].package).
// Debian, Ubuntu and the apk systems name source packages, the rpm systems
// binary ones unless the package URL says arch=source; Mageia and openEuler
// name source packages throughout.
func ecosystemOf(name string) (ecosystem, bool) {
	switch name {
	case "Debian":
		return ecosystem{"deb", true, debian, "debian"}, true
	case "Ubuntu":
		return ecosystem{"deb", true, ubuntu, "ubuntu"}, true
	case "Alpine":
		return ecosystem{"apk", true, alpine, "alpine"}, true
	case "Wolfi":
		return ecosystem{"apk", true, redhatLike, "wolfi"}, true
	case "Chainguard":
		return ecosystem{"apk", true, redhatLike, "chainguard"}, true
	case "Alpaquita":
		return ecosystem{"apk", true, redhatLike, "alpaquita"}, true
	case "AlmaLinux":
		return ecosystem{"rpm", false, redhatLike, "almalinux"}, true
	case "Rocky Linux":
		return ecosystem{"rpm", false, redhatLike, "rocky"}, true
	case "Photon OS":
		return ecosystem{"rpm", false, redhatLike, "photon"}, true
	case "Azure Linux":
		return ecosystem{"rpm", false, redhatLike, "azurelinux"}, true
	case "Mageia":
		return ecosystem{"rpm", true, redhatLike, "mageia"}, true
	case "openEuler":
		return ecosystem{"rpm", true, redhatLike, "openEuler"}, true
	case "Red Hat":
		return ecosystem{"rpm", false, redhat, "rhel"}, true
	case "SUSE":
		return ecosystem{"rpm", false, suse, ""}, true
	case "openSUSE":
		return ecosystem{"rpm", false, openSUSE, ""}, true
	case "Echo":
		return ecosystem{"deb", true, opaqueRelease, ""}, true
	case "MinimOS", "BellSoft Hardened Containers", "CleanStart":
		return ecosystem{"apk", true, opaqueRelease, ""}, true
	}
	typ := languageType(name)
	kind := language
	if typ == "" {
		kind = elsewhere
	}
	return ecosystem{typ: typ, kind: kind}, typ != "" || isElsewhere(name)
}

// languageType returns the package URL type of a language's packages.
func languageType(name string) string {
	switch name {
	case "PyPI":
		return "pypi"
	case "npm":
		return "npm"
	case "Go":
		return "golang"
	case "crates.io":
		return "cargo"
	case "Hex":
		return "hex"
	case "Bitnami":
		return "bitnami"
	case "SwiftURL":
		return "swift"
	case "Pub":
		return "pub"
	case "Julia":
		return "julia"
	case "Maven":
		return "maven"
	case "NuGet":
		return "nuget"
	case "RubyGems":
		return "gem"
	case "Packagist":
		return "composer"
	case "CRAN":
		return "cran"
	case "Bioconductor":
		return "bioconductor"
	case "Hackage":
		return "hackage"
	case "ConanCenter":
		return "conan"
	case "opam":
		return "opam"
	case "GHC":
		return "ghc"
	case "GitHub Actions":
		return "githubactions"
	case "VSCode":
		return "vscode"
	default:
		return ""
	}
}

// isElsewhere reports whether an ecosystem names what no package list of a host
// holds: upstream sources and telephones' patch levels.
func isElsewhere(name string) bool {
	switch name {
	case "OSS-Fuzz", "Linux", "Android", "Kubernetes", "GIT", "UVI", "GSD":
		return true
	default:
		return false
	}
}

// resolve says what an ecosystem's name means; false for one that this version
// does not know.
func resolve(name string) (place, bool) {
	base, release, _ := strings.Cut(name, ":")
	eco, known := ecosystemOf(base)
	if !known {
		return place{}, false
	}
	p := place{typ: eco.typ, scheme: schemeOf(eco.typ), source: eco.source, kind: eco.kind}
	understood := true
	switch eco.kind {
	case debian:
		p.system = osID("debian")
		if understood = release == "" || isNumber(release); understood && release != "" {
			p.system = append(p.system, osVersion(release))
		}
	case ubuntu:
		p.system = osID("ubuntu")
		version := ubuntuVersion(release)
		if understood = release == "" || version != ""; version != "" {
			p.system = append(p.system, osVersion(version))
		}
	case alpine:
		understood = p.within(eco.id, strings.TrimPrefix(release, "v"))
	case redhatLike:
		understood = p.within(eco.id, release)
	case redhat:
		understood = p.redHat(release)
	case suse:
		understood = p.suse(release)
	case openSUSE:
		understood = p.openSUSE(release)
	case opaqueRelease:
		understood = false
		release = name
	case language, elsewhere:
	}
	if !understood {
		p.release = release
	}
	return p, true
}

// schemeOf is the order of a type's versions. Dart's pub and Julia's Pkg follow
// Semantic Versioning by their own documents, as do VS Code extensions.
func schemeOf(typ string) applicability.Scheme {
	switch typ {
	case "pub", "julia", "vscode", "githubactions":
		return applicability.SchemeSemver
	default:
		return applicability.SchemeFor(typ)
	}
}

func osID(id string) []applicability.Footprint {
	return []applicability.Footprint{applicability.That(applicability.OS{Attribute: applicability.OSID, Is: id})}
}

func osVersion(v string) applicability.Footprint {
	return applicability.That(applicability.OS{Attribute: applicability.OSVersion, Is: v})
}

// osRelease holds from release to before the next one of as many parts: for 9
// on 9, 9.3 and 9.10; for 3.18 on 3.18.4.
func osRelease(release string) applicability.Footprint {
	head, last := "", release
	if dot := strings.LastIndexByte(release, '.'); dot >= 0 {
		head, last = release[:dot+1], release[dot+1:]
	}
	n, _ := strconv.Atoi(last)
	r := applicability.Range{
		Scheme:    applicability.SchemeDotted,
		Intervals: []applicability.Interval{{Low: release, High: head + strconv.Itoa(n+1)}},
	}
	return applicability.That(applicability.OS{Attribute: applicability.OSVersion, Range: r})
}

// isNumber reports whether s is a release number: digits, with dots between,
// each part short enough to count on.
func isNumber(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || len(part) > 8 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

func (p *place) within(id, release string) bool {
	p.system = osID(id)
	if release == "" {
		return true
	}
	if !isNumber(release) {
		return false
	}
	p.system = append(p.system, osRelease(release))
	return true
}

// ubuntuVersion finds 22.04 in 22.04:LTS and Pro:22.04:LTS.
func ubuntuVersion(release string) string {
	for part := range strings.SplitSeq(release, ":") {
		if strings.Contains(part, ".") && isNumber(part) {
			return part
		}
	}
	return ""
}

// redHat reads the rest of a CPE: enterprise_linux:9::baseos,
// rhel_aus:8.6::appstream, openshift:4.16::el9. What is layered on the system
// says in its last part which release it is built for.
func (p *place) redHat(release string) bool {
	p.system = osID("rhel")
	if release == "" {
		return true
	}
	parts := strings.Split(release, ":")
	if product := parts[0]; len(parts) > 1 && isNumber(parts[1]) && product != "rhel_software_collections" &&
		(strings.HasPrefix(product, "enterprise_linux") || strings.HasPrefix(product, "rhel_")) {
		p.system = append(p.system, osRelease(parts[1]))
		return true
	}
	for _, part := range parts[1:] {
		if major, ok := strings.CutPrefix(part, "el"); ok && isNumber(major) {
			p.system = append(p.system, osRelease(major))
			return true
		}
	}
	return false
}

// suse reads the name of a SUSE product: Linux Enterprise Server 15 SP5, Linux
// Enterprise Module for Basesystem 15 SP5, Linux Enterprise Micro 5.3. Modules
// and extensions are there on any of the systems of that release.
func (p *place) suse(release string) bool {
	version := ""
	words := strings.Fields(release)
	for i, w := range words {
		w, _, _ = strings.Cut(w, "-") // SP5-LTSS
		if number, ok := strings.CutPrefix(w, "SP"); ok && isNumber(number) && i > 0 && isNumber(words[i-1]) {
			version = words[i-1] + "." + number
		} else if isNumber(w) {
			version = w
		}
	}
	if version == "" {
		return false
	}
	ids := []string{"sles", "sles_sap", "sled", "sle_hpc", "sle_rt"}
	if strings.Contains(release, "Micro") {
		ids = []string{"sle-micro", "suse-microos", "sl-micro"}
	}
	var some applicability.Any
	for _, id := range ids {
		some.Of = append(some.Of, osID(id)...)
	}
	p.system = []applicability.Footprint{applicability.That(some), osVersion(version)}
	return true
}

func (p *place) openSUSE(release string) bool {
	if release == "Tumbleweed" {
		p.system = osID("opensuse-tumbleweed")
		return true
	}
	version := strings.TrimPrefix(release, "Leap ")
	micro, isMicro := strings.CutPrefix(version, "Micro ")
	if !isNumber(micro) {
		return false
	}
	if p.system = append(osID("opensuse-leap"), osVersion(micro)); isMicro {
		p.system = append(osID("opensuse-leap-micro"), osVersion(micro))
	}
	return true
}
