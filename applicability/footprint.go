package applicability

// Footprint is a condition on what a host is and has: what a patch is for,
// what proves that it is there, which hosts a ring or a policy speaks of. The
// zero value states nothing; it is not "everyone", which is Always.
//
// A Footprint is an immutable value around one Criterion. Evaluating it gives
// a fettle.Truth: a fact that nobody collected makes it Unknown unless the
// facts that are known decide it.
type Footprint struct{ criterion Criterion }

// Criterion is one node of a footprint: Always, All, Any, AtLeast, Not; of any
// host Package, OS, Kernel, Fact, File, Service, Host, Label, PatchInstalled;
// of Windows Registry, Product, ProductPatch, Hotfix; or Opaque. The set is
// closed, so that a catalogue means the same wherever it is read; what this
// version does not know is kept as Opaque.
type Criterion interface{ sealed() }

// That returns the footprint that holds where c holds.
func That(c Criterion) Footprint { return Footprint{c} }

// Criterion returns the outermost criterion, nil for a zero footprint.
func (f Footprint) Criterion() Criterion { return f.criterion }

// IsZero reports whether f states nothing.
func (f Footprint) IsZero() bool { return f.criterion == nil }

// Always holds on every host.
type Always struct{}

// All holds where every member holds. All of nothing holds.
type All struct{ Of []Footprint }

// Any holds where some member holds. Any of nothing does not hold.
type Any struct{ Of []Footprint }

// AtLeast holds where N or more members hold.
type AtLeast struct {
	N  int // 1 to len(Of)
	Of []Footprint
}

// Not holds where its member does not.
type Not struct{ Of Footprint }

// Package holds where instances of a package are present (on disk, also when
// half-configured; not when only configuration files are left) and their
// versions lie in Range, as Which says. It is Unknown where the host's package
// list of that type is incomplete and does not decide it, where a version is not
// valid in the order of Range, or where Module is asked for and an instance was
// built for a module stream, as ".module" in its release says, but has no label
// that tells for which.
type Package struct {
	Type   string     `json:"type"`             // deb, rpm, apk, or another package URL type: pypi, npm, golang
	Name   string     `json:"name"`             // of the binary package, or of its source package
	Source bool       `json:"source,omitempty"` // Name is a source package; versions are then the source's
	Arch   string     `json:"arch,omitempty"`   // only instances of this architecture; empty: all
	Module string     `json:"module,omitempty"` // only instances of this rpm module stream, name:stream; empty: all
	Range  Range      `json:"range,omitzero"`   // zero: any version
	Which  Quantifier `json:"which,omitzero"`   // which instances Range is asked of
}

// Quantifier says which present instances of a package a range is asked of,
// when there are several: two architectures, three kernels.
type Quantifier uint8

// The quantifiers. None of them holds where no instance is present.
const (
	// ByUse is the zero value: Some in a Target, Every in Installed and Active.
	ByUse  Quantifier = iota
	Some              // at least one instance lies in the range: the question "is anything vulnerable here"
	Every             // all instances lie in it: the question "is everything fixed here"
	Newest            // the newest instance lies in it: kernels, of which old ones stay beside new
)

// Range is a set of versions: the union of its intervals, in the order of
// Scheme. The zero Range holds every version, valid or not. A Range with
// intervals needs a Scheme.
type Range struct {
	Scheme    Scheme     `json:"scheme,omitzero"`     // zero: the package type's own order
	Intervals []Interval `json:"intervals,omitempty"` // union; empty: every version
}

// IsZero reports whether r states nothing: no order and no interval. A list of
// intervals that was read and is empty states nothing either.
func (r Range) IsZero() bool { return r.Scheme == SchemeUnknown && len(r.Intervals) == 0 }

// Interval is a run of versions between two bounds. An empty bound is open
// ended. The common form is [Low, High): from Low on, before High.
type Interval struct {
	Low          string `json:"low,omitempty"`
	LowExcluded  bool   `json:"lowExcluded,omitempty"` // Low itself is not in it
	High         string `json:"high,omitempty"`
	HighIncluded bool   `json:"highIncluded,omitempty"` // High itself is in it
}

// Before returns the range of versions below v: what a fix in v leaves open.
func Before(v string) Range { return Range{Intervals: []Interval{{High: v}}} }

// From returns the range of v and everything above it.
func From(v string) Range { return Range{Intervals: []Interval{{Low: v}}} }

// Exactly returns the range that holds the versions vs and no others.
func Exactly(vs ...string) Range {
	r := Range{Intervals: make([]Interval, len(vs))}
	for i, v := range vs {
		r.Intervals[i] = Interval{Low: v, High: v, HighIncluded: true}
	}
	return r
}

// OS holds where one attribute of the operating system is as stated. Exactly
// one of Is and Range is set.
type OS struct {
	Attribute OSAttribute `json:"attribute"`
	Is        string      `json:"is,omitempty"`   // compared byte for byte
	Range     Range       `json:"range,omitzero"` // of version and build; scheme zero: dotted
}

// OSAttribute names an attribute of the operating system.
type OSAttribute string

// The attributes of an operating system.
const (
	OSFamily   OSAttribute = "family"   // linux, windows, darwin
	OSID       OSAttribute = "id"       // os-release ID: debian, rhel
	OSLike     OSAttribute = "like"     // ID or one of ID_LIKE
	OSVersion  OSAttribute = "version"  // os-release VERSION_ID: 12
	OSCodename OSAttribute = "codename" // os-release VERSION_CODENAME: bookworm
	OSVariant  OSAttribute = "variant"  // os-release VARIANT_ID: server; Windows: the edition
	OSBuild    OSAttribute = "build"    // Windows build: 10.0.19045.3930
	OSArch     OSAttribute = "arch"     // in the words of GOARCH: amd64, arm64, 386; see inventory.ArchOf
)

// Kernel holds where the running kernel's release, as uname -r prints it, lies
// in Range.
type Kernel struct {
	Range Range `json:"range,omitzero"`
}

// Fact holds where the generic fact Name has the value Is, or lies in Range,
// or, with neither stated, is known at all.
type Fact struct {
	Name  string `json:"name"`
	Is    string `json:"is,omitempty"`
	Range Range  `json:"range,omitzero"` // needs its Scheme stated
}

// Opaque is a criterion of a kind that this version does not know, kept as it
// was read. It evaluates to Unknown.
type Opaque struct {
	Kind string
	JSON string // the member's value as it was read
}

func (Always) sealed()  {}
func (All) sealed()     {}
func (Any) sealed()     {}
func (AtLeast) sealed() {}
func (Not) sealed()     {}
func (Package) sealed() {}
func (OS) sealed()      {}
func (Kernel) sealed()  {}
func (Fact) sealed()    {}
func (Opaque) sealed()  {}
