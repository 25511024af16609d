package oval

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// item is one thing that an object found on the host: a package, a file, or
// what the fields say. What no inventory collects is not known.
type item struct {
	pkg    *inventory.Package
	file   *inventory.File
	folder string              // of the file, or it itself
	name   string              // of the file without its folder
	key    string              // of fields: tells items of one kind apart
	fields map[string][]string // a field without values does not exist
}

// id tells items of one kind apart.
func (it *item) id() string {
	switch {
	case it.pkg != nil:
		return it.pkg.Name + " " + it.pkg.Arch + " " + it.pkg.Version
	case it.file != nil:
		return it.file.Path
	default:
		return it.key
	}
}

// field returns the value of a package's or a file's field. known says whether
// the inventory tells.
func (it *item) field(name string) (value string, known bool) {
	if it.pkg != nil {
		return packageField(it.pkg, name)
	}
	return it.fileField(name)
}

// tells reports whether the inventory tells all fields that are asked for, be it
// that they are not there.
func (it *item) tells(all []entity) bool {
	for i := range all {
		_, known := it.fields[all[i].name]
		if it.fields == nil {
			_, known = it.field(all[i].name)
		}
		if !known {
			return false
		}
	}
	return true
}

// packageField gives the fields of dpkginfo and rpminfo items.
func packageField(p *inventory.Package, name string) (string, bool) {
	switch name {
	case "name":
		return p.Name, true
	case "arch":
		return p.Arch, true
	}
	evr := p.Version
	epoch, rest, found := strings.Cut(evr, ":")
	if !found {
		epoch, rest = "0", evr
		if name == "evr" || name == "extended_name" {
			evr = "0:" + evr
		}
	}
	version, release := rest, ""
	if dash := strings.LastIndexByte(rest, '-'); dash >= 0 {
		version, release = rest[:dash], rest[dash+1:]
	}
	switch name {
	case "epoch":
		if !found && p.Type == inventory.TypeRPM {
			return "(none)", true // as the schema of rpminfo items has it
		}
		return epoch, true
	case "version":
		return version, true
	case "release":
		return release, true
	case "evr":
		return evr, true
	case "extended_name":
		return p.Name + "-" + evr + "." + p.Arch, p.Type == inventory.TypeRPM
	default:
		return "", false // signature_keyid
	}
}

// fileField gives the fields of file items. Inventories follow links and do not
// tell a file from a device, so that of what is no folder the type is not known.
func (it *item) fileField(name string) (string, bool) {
	f := it.file
	switch name {
	case "filepath":
		return f.Path, !f.Dir
	case "path":
		return it.folder, true
	case "filename":
		return it.name, !f.Dir
	case "size":
		return strconv.FormatInt(f.Size, 10), !f.Dir
	case "type":
		return "directory", f.Dir
	case "m_time":
		return strconv.FormatInt(f.Modified.Unix(), 10), !f.Modified.IsZero()
	case "version":
		return f.FileVersion, f.FileVersion != ""
	default:
		return "", false
	}
}

// itemSet is what an object found, and whether there is nothing else.
type itemSet struct {
	items    []item
	complete bool
}

// singles are the kinds of which a host has one item.
func singles(r *inventory.Record, kind string) itemSet {
	s := &r.Snapshot
	fields := map[string][]string{}
	add := func(name, value string) {
		if value != "" {
			fields[name] = []string{value}
		}
	}
	if kind == "family" {
		switch s.OS.Family {
		case "linux":
			add("family", "unix")
		case "darwin":
			add("family", "macos")
		default:
			add("family", s.OS.Family)
		}
	} else {
		if s.OS.Family == "linux" {
			add("os_name", "Linux")
		}
		add("machine_class", s.Kernel.Machine)
		add("processor_type", s.Kernel.Machine)
		add("os_release", s.Kernel.Release)
		add("os_version", s.Kernel.Version)
		add("node_name", r.Host.Name)
	}
	return itemSet{items: []item{{key: kind, fields: fields}}, complete: true}
}
