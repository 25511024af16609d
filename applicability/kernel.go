package applicability

import (
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// KernelPackage reports whether packages with this binary or source name are
// kernels, of which several versions stay installed beside one another. A
// footprint that asks whether one is fixed asks the newest; see Newest.
func KernelPackage(typ, name string) bool {
	switch typ {
	case inventory.TypeDeb:
		return debKernelSource(name) || kernelImage(typ, name)
	case inventory.TypeRPM:
		return name == "kernel" || strings.HasPrefix(name, "kernel-")
	default:
		return false
	}
}

// debKernelSource reports whether a Debian source package builds kernels:
// linux, linux-6.1, linux-aws, or the one that packages their signed images,
// linux-signed-amd64.
func debKernelSource(name string) bool {
	if name == "linux" || name == "linux-signed" || strings.HasPrefix(name, "linux-signed-") {
		return true
	}
	flavour, ok := strings.CutPrefix(name, "linux-")
	if !ok {
		return false
	}
	first, _, _ := strings.Cut(flavour, "-")
	switch first {
	case "aws", "azure", "gcp", "oracle", "raspi", "kvm", "lowlatency", "oem", "hwe", "gke", "ibm", "realtime", "riscv":
		return true
	}
	return first != "" && strings.Trim(first, "0123456789.") == "" // linux-6.1
}

// kernelImage reports whether a binary package holds a bootable kernel of one
// version. The metapackages that pull in the newest do not.
func kernelImage(typ, name string) bool {
	switch typ {
	case inventory.TypeDeb:
		rest, ok := strings.CutPrefix(name, "linux-image-")
		if !ok || strings.HasSuffix(name, "-dbg") || strings.HasSuffix(name, "-dbgsym") {
			return false
		}
		rest = strings.TrimPrefix(rest, "unsigned-")
		return rest != "" && rest[0] >= '0' && rest[0] <= '9' && strings.Contains(rest, ".")
	case inventory.TypeRPM:
		return rpmKernelImage(name)
	case inventory.TypeAPK:
		switch name {
		case "linux-lts", "linux-virt", "linux-edge", "linux-rpi", "linux-stable":
			return true
		}
	}
	return false
}

func rpmKernelImage(name string) bool {
	flavour, ok := strings.CutPrefix(name, "kernel")
	if !ok {
		return false
	}
	switch strings.TrimSuffix(flavour, "-core") {
	case "", "-rt", "-uek", "-lt", "-ml", "-64k", "-debug", "-rt-debug", "-plus", "-zfcpdump",
		"-default", "-azure", "-preempt", "-longterm", "-kvmsmall", "-pae", "-PAE", "-xen", "-trace":
		return true
	}
	return false
}

// running is what is known about the kernel that runs.
type running struct {
	typ     string // package type whose order its version follows; empty: not known
	version string // of its package; empty: not known
	source  string // name of its source package
	built   string // version of its source package
}

// under returns the version of the running kernel as a key counts it.
func (r *running) under(key *keyInfo) string {
	if key.source && key.name == r.source {
		return r.built
	}
	return r.version
}

// runningKernel finds the version of the package that the running kernel came
// from, which may since have been replaced on disk. Debian writes it into
// uname -v ("#1 SMP Debian 6.1.76-1 (2024-02-01)"); elsewhere, and on Debian's
// derivatives, uname -r leads to the package.
func runningKernel(s *inventory.Snapshot) running {
	if s.Kernel.Release == "" {
		return running{}
	}
	for i := range s.Packages {
		p := &s.Packages[i]
		if !p.Present() || !kernelImage(p.Type, p.Name) || !boots(p, s.Kernel.Release) {
			continue
		}
		r := running{typ: p.Type, version: p.Version}
		r.source, r.built = sourceOf(p)
		if v := debianVersion(s.Kernel.Version); p.Type == inventory.TypeDeb && v != "" && v != r.version {
			r.version, r.built = v, v // the package was replaced since
		}
		return r
	}
	if v := debianVersion(s.Kernel.Version); v != "" {
		return running{typ: inventory.TypeDeb, version: v} // its package is gone
	}
	return running{}
}

func debianVersion(uname string) string {
	_, rest, ok := strings.Cut(uname, " Debian ")
	if !ok {
		return ""
	}
	version, _, _ := strings.Cut(rest, " ")
	if SchemeDeb.Check(version) != nil {
		return ""
	}
	return version
}

// boots reports whether the image package p is the one that boots release, as
// uname -r prints it.
func boots(p *inventory.Package, release string) bool {
	switch p.Type {
	case inventory.TypeDeb:
		name := strings.TrimPrefix(strings.TrimPrefix(p.Name, "linux-image-"), "unsigned-")
		return name == release
	case inventory.TypeRPM:
		_, version, ok := strings.Cut(p.Version, ":")
		if !ok {
			version = p.Version
		}
		if release == version || release == version+"."+p.Arch {
			return true
		}
		// 5.14.0-362.el9.x86_64+rt; SUSE builds 5.14.21-150400.24.63.1 as
		// 5.14.21-150400.24.63-default.
		if flavoured, _, found := strings.Cut(release, "+"); found && flavoured == version+"."+p.Arch {
			return true
		}
		if i := strings.LastIndexByte(release, '-'); i > 0 && strings.HasSuffix(p.Name, release[i:]) {
			return version == release[:i] || strings.HasPrefix(version, release[:i]+".")
		}
	case inventory.TypeAPK:
		version, rebuild, ok := strings.Cut(p.Version, "-r")
		flavour := strings.TrimPrefix(p.Name, "linux-")
		return ok && release == version+"-"+rebuild+"-"+flavour
	}
	return false
}

// sourceOf returns the source package that an instance counts under, and its
// version there. Debian's signed kernel images are built from a source of their
// own at a version of its own; advisories name linux at the image's version.
func sourceOf(p *inventory.Package) (source, version string) {
	if p.Source == "" {
		return p.Name, p.Version
	}
	if p.SourceVersion == "" {
		return p.Source, p.Version
	}
	return p.Source, p.SourceVersion
}

// signedKernel reports whether p is a kernel image out of Debian's signing
// source, so that it counts under the source linux as well.
func signedKernel(p *inventory.Package) bool {
	return p.Type == inventory.TypeDeb && strings.HasPrefix(p.Source, "linux-signed-") && strings.HasPrefix(p.Name, "linux-image-")
}

// streamUntold reports whether p was built for a module stream, as its release
// says (1.module+el8.9.0+19519+e25b965a), and no label tells for which: older
// versions of rpm have no label, and not every inventory asks for it.
func streamUntold(p *inventory.Package) bool {
	return p.Module == "" && strings.Contains(p.Version[strings.LastIndexByte(p.Version, '-')+1:], ".module")
}

// moduleStream cuts a module label, name:stream:version:context, to what
// footprints name.
func moduleStream(label string) string {
	name, rest, ok := strings.Cut(label, ":")
	if !ok {
		return label
	}
	stream, _, _ := strings.Cut(rest, ":")
	return label[:len(name)+1+len(stream)]
}
