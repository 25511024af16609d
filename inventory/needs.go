package inventory

// Needs says which facts are wanted of a host: those that a catalogue's
// footprints read. The zero Needs wants no more than what the host is (OS,
// running kernel, boot id), which every collector gives.
type Needs struct {
	// AllPackages wants every package of every type that the host has, whatever
	// Packages says.
	AllPackages bool           `json:"allPackages,omitempty"`
	Packages    []PackageNeed  `json:"packages,omitempty"` // by type
	Files       []FileNeed     `json:"files,omitempty"`
	Registry    []RegistryNeed `json:"registry,omitempty"`
	Products    bool           `json:"products,omitempty"`
	Hotfixes    bool           `json:"hotfixes,omitempty"`
	Services    []string       `json:"services,omitempty"` // "*": every one
	Folders     []string       `json:"folders,omitempty"`
	Facts       []string       `json:"facts,omitempty"`
	Evidence    []Evidence     `json:"evidence,omitempty"`
}

// PackageNeed wants packages of one type: all of them, or the binary packages
// Names and those built from Sources. A collector may give more.
type PackageNeed struct {
	Type    string   `json:"type"`
	All     bool     `json:"all,omitempty"`
	Names   []string `json:"names,omitempty"`
	Sources []string `json:"sources,omitempty"`
}

// FileNeed wants the files that match a path. A collector looks at no other
// file. At most one of Folder and From is set; Path is then relative to what it
// names, without a separator at the start.
type FileNeed struct {
	Path   string        `json:"path"`             // literal or pattern, see MatchPath
	Folder string        `json:"folder,omitempty"` // a known folder: ProgramFiles
	From   *RegistryNeed `json:"from,omitempty"`   // a registry value that holds the folder; its one Value is named
	// What is wanted beyond existence, size and time.
	Digest  bool `json:"digest,omitempty"`
	Version bool `json:"version,omitempty"` // PE file and product version
	Text    bool `json:"text,omitempty"`    // the content, of at most MaxText bytes
}

// MaxText bounds File.Text, in bytes. A larger file has no Text, so what is
// asked of its text is unknown.
const MaxText = 256 << 10

// RegistryNeed wants registry values. A collector looks at no other key.
type RegistryNeed struct {
	Key    string   `json:"key"` // as CleanKey writes it; may be a pattern
	View   View     `json:"view,omitzero"`
	Values []string `json:"values,omitempty"` // none: all values of the key
}
