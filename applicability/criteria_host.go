package applicability

import (
	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// Host holds where one asserted attribute of the host is as stated.
type Host struct {
	Attribute HostAttribute `json:"attribute"`
	Is        string        `json:"is"` // compared byte for byte
}

// HostAttribute names what is asserted about a host apart from its labels.
type HostAttribute string

// The attributes of a host.
const (
	HostID   HostAttribute = "id"   // its stable identity
	HostName HostAttribute = "name" // what people call it
	HostSite HostAttribute = "site" // where it stands
)

// Label holds where the host carries the label Name with the value Is, or, with
// Is empty, with any value. Labels are asserted, all of them at once: a label
// that is not there is known to be absent.
type Label struct {
	Name string `json:"name"`
	Is   string `json:"is,omitempty"`
}

// Service holds where the system service Name exists and is as stated.
type Service struct {
	Name  string `json:"name"`
	State string `json:"state,omitempty"` // running, stopped, or the manager's own word; empty: any
	Start string `json:"start,omitempty"` // auto, manual, disabled, or the manager's own word; empty: any
}

// PatchInstalled holds where the Installed footprint of another patch of the
// same catalogue does. The reference must lead to no cycle.
type PatchInstalled struct {
	Patch fettle.PatchID `json:"patch"`
}

// File holds where files exist that meet every stated condition, as Which
// says. With no condition it asks whether there is one.
//
// It is Unknown where the path was not looked at, or where what a condition
// asks for was not read. A file without a version resource meets no version
// condition.
type File struct {
	Path    Path          `json:"path"`
	Which   Quantifier    `json:"which,omitzero"` // which of several matches of a pattern; a literal path has one
	Size    Interval      `json:"size,omitzero"`  // bytes, in decimal; zero: any
	Digest  fettle.Digest `json:"digest,omitempty"`
	Changed Interval      `json:"changed,omitzero"` // time of last modification, RFC 3339; zero: any
	Version Range         `json:"version,omitzero"` // of the file version resource; scheme zero: pe
	Product Range         `json:"product,omitzero"` // of the product version resource; scheme zero: pe
}

// Path names files. At most one of Folder and Key is stated; Path is then
// relative to what it names.
type Path struct {
	Path   string        `json:"path"`             // literal, or a pattern as inventory.MatchPath reads it
	Folder string        `json:"folder,omitempty"` // a known folder: ProgramFiles
	Key    RegistryPlace `json:"key,omitzero"`     // a registry value that holds the folder
}

// IsPattern reports whether p may name several files.
func (p Path) IsPattern() bool { return inventory.IsPattern(p.Path) }

func (Host) sealed()           {}
func (Label) sealed()          {}
func (Service) sealed()        {}
func (PatchInstalled) sealed() {}
func (File) sealed()           {}
