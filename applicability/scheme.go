package applicability

// Scheme names a version order out of a closed set, so that a catalogue means
// the same wherever it is read. The zero value names none.
type Scheme uint8

// The version orders.
const (
	SchemeUnknown Scheme = iota
	SchemeDeb            // dpkg: Debian Policy section 5.6.12
	SchemeRPM            // rpm: epoch, version, release
	SchemeAPK            // apk-tools
	SchemePEP440         // Python packaging
	SchemePE             // Windows file versions, four parts
	SchemeSemver         // Semantic Versioning 2.0.0
	SchemeDotted         // numbers and words between dots, as hashicorp/go-version orders them
)
