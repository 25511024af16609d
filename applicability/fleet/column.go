package fleet

import (
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// column is a package in one version and condition, or all kernels of a host
// with the one that runs. Which hosts have it is stored against templates: the
// hosts of a template that has the column have it but for those in without; of
// the other hosts, those in with have it.
type column struct {
	identity
	kernel    *kernels // not nil: the kernels of a host
	templates []int32  // those that have the column
	with      hostSet
	without   hostSet
}

// identity is what tells columns apart: everything about an installed package
// that an answer may depend on.
type identity struct {
	typ, name, version, arch, source, sourceVersion, module string
	broken, held, pending                                   bool
}

// kernels are the packages of a host that may hold a bootable kernel, and what
// tells which of them runs. Which kernel waits for a restart depends on all of
// these together, so they are one column. Its name is their JSON text.
type kernels struct {
	Packages  []inventory.Package `json:"packages"`
	Release   string              `json:"release,omitempty"`
	Version   string              `json:"version,omitempty"`
	Livepatch bool                `json:"livepatch,omitempty"`
	Evidence  []string            `json:"evidence,omitempty"` // names of packages that wait for a restart
}

// kernelType is the type of the columns that are kernels; no package has it.
const kernelType = "\x00kernels"

// mayBeKernel reports whether a package may hold a bootable kernel, by a rule
// that is wider than that of the package systems: linux-image-6.1.0-18-amd64,
// kernel-core, linux-lts.
func mayBeKernel(name string) bool {
	return strings.HasPrefix(name, "linux-") || strings.HasPrefix(name, "kernel")
}

func identityOf(p *inventory.Package, pending bool) identity {
	return identity{
		typ: p.Type, name: p.Name, version: p.Version, arch: p.Arch,
		source: p.Source, sourceVersion: p.SourceVersion, module: p.Module,
		broken: p.Broken(), held: p.Hold, pending: pending,
	}
}

// pkg returns the package that the identity was made of, as far as answers
// depend on it.
func (k *identity) pkg() inventory.Package {
	p := inventory.Package{
		Type: k.typ, Name: k.name, Version: k.version, Arch: k.arch,
		Source: k.source, SourceVersion: k.sourceVersion, Module: k.module, Hold: k.held,
	}
	if k.broken {
		p.State = inventory.HalfInstalled
	}
	return p
}

// clone returns k with strings of its own, equal ones once.
func (f *Fleet) clone(k identity) identity {
	for _, s := range []*string{&k.typ, &k.arch, &k.module} {
		word, ok := f.words[*s]
		if !ok {
			word = strings.Clone(*s)
			f.words[word] = word
		}
		*s = word
	}
	source, sourceVersion := k.source == k.name, k.sourceVersion == k.version
	k.name, k.version = strings.Clone(k.name), strings.Clone(k.version)
	if k.source = strings.Clone(k.source); source {
		k.source = k.name
	}
	if k.sourceVersion = strings.Clone(k.sourceVersion); sourceVersion {
		k.sourceVersion = k.version
	}
	return k
}

// hash hashes what nearly always tells columns apart; the rest is compared.
func (f *Fleet) hash(k *identity) uint64 {
	return maphash.Comparable(f.seed, [3]string{k.name, k.version, k.arch})
}

// find returns the number of a column. Columns whose hashes collide are found
// one after the other. The seed changes nothing but where they are found.
func (f *Fleet) find(k *identity) (n uint32, ok bool) {
	for h := f.hash(k); ; h++ {
		n, ok := f.numbers[h]
		if !ok || f.columns[n].identity == *k {
			return n, ok
		}
	}
}

// enter makes a new column known to find.
func (f *Fleet) enter(k *identity, n uint32) {
	h := f.hash(k)
	for _, taken := f.numbers[h]; taken; _, taken = f.numbers[h] {
		h++
	}
	f.numbers[h] = n
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
		if !p.Present() {
			continue
		}
		if mayBeKernel(p.Name) {
			id := identityOf(p, false)
			kernel.Packages = append(kernel.Packages, id.pkg())
			if pending[p.Name] {
				kernel.Evidence = append(kernel.Evidence, p.Name)
			}
			continue
		}
		numbers = append(numbers, f.number(identityOf(p, pending[p.Name]), nil))
	}
	if len(kernel.Packages) > 0 {
		kernel.Release, kernel.Version = s.Kernel.Release, s.Kernel.Version
		kernel.Livepatch = len(s.Kernel.Livepatches) > 0
		slices.SortFunc(kernel.Packages, inventory.Package.Compare)
		slices.Sort(kernel.Evidence)
		kernel.Evidence = slices.Compact(kernel.Evidence)
		if text, err := json.Marshal(kernel); err == nil { // strings and flags: it cannot fail
			numbers = append(numbers, f.number(identity{typ: kernelType, name: string(text)}, &kernel))
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
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

func (f *Fleet) number(id identity, kernel *kernels) uint32 {
	if n, ok := f.find(&id); ok {
		return n
	}
	n := uint32(len(f.columns))
	id = f.clone(id) // not to keep the whole record that it came from
	if kernel != nil {
		kernel = kernelsOf(id.name)
	}
	f.columns = append(f.columns, column{identity: id, kernel: kernel})
	f.enter(&id, n)
	return n
}

// kernelsOf reads the name of a kernel column; nil where it is none.
func kernelsOf(name string) *kernels {
	k := new(kernels)
	if json.Unmarshal([]byte(name), k) != nil {
		return nil
	}
	return k
}
