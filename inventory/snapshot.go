package inventory

import "time"

// Snapshot is what was observed on one host at one instant. Whether a fact
// that is not in it is absent or was never looked at, Scope says; the look-up
// methods put the two together.
//
// The look-up methods need the order that Sort makes; readers, collectors and
// the JSON reader return sorted snapshots. A Snapshot owns its slices and maps:
// whoever changes a copy's elements changes the original's.
type Snapshot struct {
	Taken    time.Time `json:"taken,omitzero"` // UTC; zero: not known
	OS       OS        `json:"os,omitzero"`
	Kernel   Kernel    `json:"kernel,omitzero"`
	BootID   string    `json:"bootId,omitempty"`  // changes with every boot; empty: not known
	BootTime time.Time `json:"bootTime,omitzero"` // UTC; zero: not known

	Packages []Package     `json:"packages,omitempty"`
	Files    []File        `json:"files,omitempty"`
	Registry []RegistryKey `json:"registry,omitempty"`
	Products []Product     `json:"products,omitempty"` // Windows Installer
	Services []Service     `json:"services,omitempty"`
	Hotfixes []Hotfix      `json:"hotfixes,omitempty"` // Windows updates

	// Folders are the known folders of this host by name, without a separator
	// at the end: ProgramFiles, ProgramFiles(x86), Windows, System.
	Folders map[string]string `json:"folders,omitempty"`
	// Facts are anything else that a footprint may ask for, by name.
	Facts map[string]string `json:"facts,omitempty"`
	// Counters are facts that only ever grow on one host: boots, bytes written
	// to a disk, records logged. One that falls shows that the host went back to
	// an older snapshot of itself. Names are the collector's; only counters with
	// one name are compared.
	Counters map[string]uint64 `json:"counters,omitempty"`

	// Restart is what speaks for a pending restart, as it was seen. Whether one
	// is pending is derived from it each time.
	Restart RestartEvidence `json:"restart,omitzero"`
	// Scope says what was looked at completely.
	Scope Scope `json:"scope,omitzero"`
}

// OS is the operating system as it names itself. An empty field is not known.
type OS struct {
	Family   string   `json:"family,omitempty"`   // linux, windows, darwin
	ID       string   `json:"id,omitempty"`       // os-release ID: debian, rhel; windows; macos
	IDLike   []string `json:"idLike,omitempty"`   // os-release ID_LIKE, closest first
	Version  string   `json:"version,omitempty"`  // os-release VERSION_ID: 12; Windows: 10.0
	Codename string   `json:"codename,omitempty"` // os-release VERSION_CODENAME: bookworm; Windows: 22H2
	Variant  string   `json:"variant,omitempty"`  // os-release VARIANT_ID: server; Windows: the EditionID, Professional
	Build    string   `json:"build,omitempty"`    // os-release BUILD_ID; Windows: 10.0.19045.3930, or as much of it as is known
	CPE      string   `json:"cpe,omitempty"`      // os-release CPE_NAME
	// Arch is the machine's architecture in one vocabulary for all systems, that
	// of Go's GOARCH: amd64, 386, arm64, arm, ppc64le, s390x, riscv64. See
	// ArchOf. The packages' own architectures stay in their systems' words.
	Arch string `json:"arch,omitempty"`
	Name string `json:"name,omitempty"` // for people: Debian GNU/Linux 12 (bookworm)
}

// Kernel is the running kernel, with what it takes to find its package.
type Kernel struct {
	Release string `json:"release,omitempty"` // uname -r: 6.1.0-18-amd64
	Version string `json:"version,omitempty"` // uname -v; on Debian it names the package's version
	Machine string `json:"machine,omitempty"` // uname -m: x86_64
	// Packages are the names of the installed packages that own the running
	// kernel's image, where the collector could tell. A name without an instance
	// of that version is a kernel that was upgraded in place.
	Packages []string `json:"packages,omitempty"`
	// Livepatches are the names of the live patches that are in force.
	Livepatches []string `json:"livepatches,omitempty"`
}

// ArchOf returns the GOARCH word for a machine architecture in the words of
// uname -m, dpkg, rpm, apk or Windows; ok is false and the word comes back
// unchanged where it is not known.
func ArchOf(word string) (arch string, ok bool) {
	switch word {
	case "amd64", "x86_64", "x64", "AMD64", "x64-based PC":
		return "amd64", true
	case "386", "i386", "i486", "i586", "i686", "x86", "X86-based PC", "x86-based PC":
		return "386", true
	case "arm64", "aarch64", "ARM64", "ARM64-based PC":
		return "arm64", true
	case "arm", "armhf", "armel", "armv6l", "armv7l", "armv7hl", "armv7":
		return "arm", true
	case "ppc64le", "ppc64el":
		return "ppc64le", true
	case "loong64", "loongarch64":
		return "loong64", true
	case "mips64le", "mips64el":
		return "mips64le", true
	case "ppc64", "s390x", "riscv64":
		return word, true
	default:
		return word, false
	}
}
