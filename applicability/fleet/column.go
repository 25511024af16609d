package fleet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// column is a package in one version and condition, or all kernels of a host
// with the one that runs. Which hosts have it is stored against templates: the
// hosts of a template that has the column have it but for those in without; of
// the other hosts, those in with have it.
type column struct {
	text      string  // what it is; see packPackage and packKernels. Empty: no host has had it since the index was saved
	templates []int32 // those that have the column
	with      hostSet
	without   hostSet
}

// gone reports whether no host has the column.
func (c *column) gone() bool { return len(c.templates) == 0 && c.with.empty() }

// The marks with which the text of a column begins.
const (
	markBroken        = 1 << iota
	markHeld          // to be left at its version
	markPending       // restart evidence names it
	markSource        // the source has a name of its own
	markSourceVersion // and a version of its own
	markKernels       // the rest is the JSON of kernels
	markEnd
)

// packPackage appends the text of a package's column: everything about it that
// an answer may depend on, so that equal texts are equal columns.
func packPackage(out []byte, p *inventory.Package, pending bool) []byte {
	mark := byte(0)
	if p.Broken() {
		mark |= markBroken
	}
	if p.Hold {
		mark |= markHeld
	}
	if pending {
		mark |= markPending
	}
	if p.Source != p.Name {
		mark |= markSource
	}
	if p.SourceVersion != p.Version {
		mark |= markSourceVersion
	}
	out = append(out, mark)
	out = appendText(out, p.Name)
	out = appendText(out, p.Version)
	out = appendText(out, p.Arch)
	out = appendText(out, p.Type)
	out = appendText(out, p.Module)
	if mark&markSource != 0 {
		out = appendText(out, p.Source)
	}
	if mark&markSourceVersion != 0 {
		out = appendText(out, p.SourceVersion)
	}
	return out
}

// isPackage reports whether a text is that of a package, and not of kernels or of what
// is gone; isPending, whether this one waits for a restart.
func isPackage(text string) bool { return text != "" && text[0] < markKernels }

func isPending(text string) bool { return text[0]&markPending != 0 }

// unpackPackage returns the package whose text it is, as far as answers depend on
// it. It shares the text's memory. ok is false for what packPackage did not write.
func unpackPackage(text string) (p inventory.Package, ok bool) {
	if !isPackage(text) {
		return p, false
	}
	mark, rest := text[0], text[1:]
	for _, part := range []*string{&p.Name, &p.Version, &p.Arch, &p.Type, &p.Module} {
		if *part, rest, ok = cutText(rest); !ok {
			return p, false
		}
	}
	p.Source, p.SourceVersion = p.Name, p.Version
	if mark&markSource != 0 {
		if p.Source, rest, ok = cutText(rest); !ok || p.Source == p.Name {
			return p, false
		}
	}
	if mark&markSourceVersion != 0 {
		if p.SourceVersion, rest, ok = cutText(rest); !ok || p.SourceVersion == p.Version {
			return p, false
		}
	}
	if mark&markBroken != 0 {
		p.State = inventory.HalfInstalled
	}
	p.Hold = mark&markHeld != 0
	return p, rest == ""
}

// kernels are the packages of a host that may hold a bootable kernel, and what
// tells which of them runs. Which kernel waits for a restart depends on all of
// these together, so they are one column.
type kernels struct {
	Packages  []inventory.Package `json:"packages"`
	Release   string              `json:"release,omitempty"`
	Version   string              `json:"version,omitempty"`
	Livepatch bool                `json:"livepatch,omitempty"`
	Evidence  []string            `json:"evidence,omitempty"` // names of packages that wait for a restart
}

// packKernels appends the text of a column that is kernels.
func packKernels(out []byte, k *kernels) []byte {
	text, err := json.Marshal(k)
	if err != nil {
		return out // strings and flags: it cannot fail
	}
	return append(append(out, markKernels), text...)
}

// unpackKernels returns the kernels that a column is; nil: it is none.
func unpackKernels(text string) *kernels {
	if text == "" || text[0] != markKernels {
		return nil
	}
	k := new(kernels)
	if json.Unmarshal([]byte(text[1:]), k) != nil {
		return nil
	}
	return k
}

// mayBeKernel reports whether a package may hold a bootable kernel, by a rule
// that is wider than that of the package systems: linux-image-6.1.0-18-amd64,
// kernel-core, linux-lts.
func mayBeKernel(name string) bool {
	return strings.HasPrefix(name, "linux-") || strings.HasPrefix(name, "kernel")
}

// columnsOf returns the numbers of a record's columns, sorted, making new
// columns where they are needed.
func (f *Fleet) columnsOf(r *inventory.Record) []uint32 {
	s := &r.Snapshot
	pending := pendingNames(&s.Restart)
	numbers := make([]uint32, 0, len(s.Packages))
	var kernel kernels
	for i := range s.Packages {
		p := &s.Packages[i]
		switch {
		case !p.Present():
		case mayBeKernel(p.Name):
			kernel.add(p, pending[p.Name])
		default:
			f.text = packPackage(f.text[:0], p, pending[p.Name])
			numbers = append(numbers, f.number(f.text))
		}
	}
	if len(kernel.Packages) > 0 {
		kernel.runs(s)
		f.text = packKernels(f.text[:0], &kernel)
		numbers = append(numbers, f.number(f.text))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// add adds what answers depend on of a package.
func (k *kernels) add(p *inventory.Package, pending bool) {
	q := inventory.Package{
		Type: p.Type, Name: p.Name, Version: p.Version, Arch: p.Arch,
		Source: p.Source, SourceVersion: p.SourceVersion, Module: p.Module, Hold: p.Hold,
	}
	if p.Broken() {
		q.State = inventory.HalfInstalled
	}
	k.Packages = append(k.Packages, q)
	if pending {
		k.Evidence = append(k.Evidence, p.Name)
	}
}

// runs completes what was added with the kernel that runs.
func (k *kernels) runs(s *inventory.Snapshot) {
	k.Release, k.Version = s.Kernel.Release, s.Kernel.Version
	k.Livepatch = len(s.Kernel.Livepatches) > 0
	slices.SortFunc(k.Packages, inventory.Package.Compare)
	slices.Sort(k.Evidence)
	k.Evidence = slices.Compact(k.Evidence)
}

func pendingNames(e *inventory.RestartEvidence) map[string]bool {
	if len(e.Packages)+len(e.Mapped) == 0 {
		return nil
	}
	names := make(map[string]bool, len(e.Packages)+len(e.Mapped))
	for _, name := range e.Packages {
		names[name] = true
	}
	for i := range e.Mapped {
		if name := e.Mapped[i].Package; name != "" {
			names[name] = true
		}
	}
	return names
}

// number returns the number of the column with this text, which it copies where
// the column is new.
func (f *Fleet) number(text []byte) uint32 {
	n, hash, ok := f.numbers.find(f.columns, text)
	if ok {
		return n
	}
	n = uint32(len(f.columns))
	f.columns = append(f.columns, column{text: string(text)})
	f.numbers.table.Enter(hash, n)
	return n
}
