package applicability

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/vercmp"
)

// ErrVersion is wrapped by the errors of Scheme's methods for a string that is
// not a version of the scheme. A criterion that meets one is Unknown.
var ErrVersion = errors.New("applicability: invalid version")

// ErrScheme is wrapped by the errors for a word or a value that names no
// version order.
var ErrScheme = errors.New("applicability: unknown version order")

// Scheme names a version order out of a closed set, so that a catalogue means
// the same wherever it is read. The zero value names none.
//
// On the valid versions of a scheme Compare is a total order in which
// different spellings may be equal ("1.0" and "1.0-0" in deb). Numbers in a
// version may have any length. The methods are pure and safe for concurrent
// use; their work is linear in the length of the versions.
type Scheme uint8

// The version orders.
const (
	SchemeUnknown Scheme = iota

	// SchemeDeb is dpkg's order of [epoch:]upstream[-revision], Debian Policy
	// section 5.6.12. Valid is what dpkg 1.21 can compare, so also what it only
	// warns about, as a version that does not start with a digit. Bytes outside
	// printable ASCII are invalid: dpkg's order of them depends on the machine.
	SchemeDeb

	// SchemeRPM is the order of rpm 4.18 of [epoch:]version[-release], with ~
	// and ^. A missing epoch is 0, also against one that is stated. A missing
	// release comes before every release, as in dnf, zypper and oscap; that a
	// dependency without a release matches all of them is not an order. An
	// epoch that is not a number, such as rpm's own "(none)", is invalid.
	SchemeRPM

	// SchemeAPK is the order of apk-tools 3.
	SchemeAPK

	// SchemePEP440 is the order of Python's packaging library. Every spelling
	// that normalises is valid.
	SchemePEP440

	// SchemePE is the order of the versions of Windows files and MSI products:
	// one to four numbers, of which missing ones are 0.
	SchemePE

	// SchemeSemver is the precedence of Semantic Versioning 2.0.0, section 11,
	// as npm and Masterminds/semver have it; build metadata makes no
	// difference. A leading v, a missing minor or patch (0) and leading zeros
	// in these numbers are tolerated.
	SchemeSemver

	// SchemeDotted is any count of numbers with dots between them and a
	// pre-release, as hashicorp/go-version takes and orders them. Where its
	// answers are no order, the pre-releases follow semver. What uname -r prints
	// on Debian is better served by SchemeDeb: "18-amd64" is one word here, so
	// 6.1.0-18-amd64 comes before 6.1.0-9-amd64.
	SchemeDotted

	// SchemeText compares versions as they are spelled, byte by byte. It tells
	// the versions that a vendor lists one by one from all others where their
	// order is not in the set; what comes before what means nothing in it.
	SchemeText
)

// word returns the word of each scheme, which stored forms use, or "".
func (s Scheme) word() string {
	switch s {
	case SchemeUnknown:
		return "unknown"
	case SchemeDeb:
		return "deb"
	case SchemeRPM:
		return "rpm"
	case SchemeAPK:
		return "apk"
	case SchemePEP440:
		return "pep440"
	case SchemePE:
		return "pe"
	case SchemeSemver:
		return "semver"
	case SchemeDotted:
		return "dotted"
	case SchemeText:
		return "text"
	default:
		return ""
	}
}

// Schemes returns the version orders, without SchemeUnknown.
func Schemes() []Scheme {
	return []Scheme{SchemeDeb, SchemeRPM, SchemeAPK, SchemePEP440, SchemePE, SchemeSemver, SchemeDotted, SchemeText}
}

// ParseScheme returns the version order that word names: deb, rpm, apk, pep440,
// pe, semver, dotted or text. The error for another word wraps ErrScheme.
func ParseScheme(word string) (Scheme, error) {
	all := Schemes()
	if i := slices.IndexFunc(all, func(s Scheme) bool { return s.word() == word }); i >= 0 {
		return all[i], nil
	}
	return SchemeUnknown, fmt.Errorf("%w %.40q: want one of %s", ErrScheme, word, schemeWords())
}

func schemeWords() string {
	var words []string
	for _, s := range Schemes() {
		words = append(words, s.word())
	}
	return strings.Join(words, ", ")
}

// SchemeFor returns the order that the versions of a package type follow, by
// the type word of a package URL (purl-spec): deb, rpm, apk, pypi, and for
// semantic versions npm, golang, cargo, hex, bitnami and swift. Another type is
// SchemeUnknown: its order is not in the set, and near ones would be wrong.
func SchemeFor(purlType string) Scheme {
	switch purlType {
	case "deb":
		return SchemeDeb
	case "rpm":
		return SchemeRPM
	case "apk":
		return SchemeAPK
	case "pypi":
		return SchemePEP440
	case "npm", "golang", "cargo", "hex", "bitnami", "swift":
		return SchemeSemver
	default:
		return SchemeUnknown
	}
}

// String returns the word that ParseScheme takes, "unknown" for the zero value.
func (s Scheme) String() string {
	if w := s.word(); w != "" {
		return w
	}
	return fmt.Sprintf("scheme(%d)", uint8(s))
}

// MarshalText returns the word that String returns, or an error for a value
// outside the set.
func (s Scheme) MarshalText() ([]byte, error) {
	if w := s.word(); w != "" {
		return []byte(w), nil
	}
	return nil, fmt.Errorf("%w: %s", ErrScheme, s)
}

// UnmarshalText accepts exactly the words that MarshalText returns.
func (s *Scheme) UnmarshalText(text []byte) error {
	if string(text) == "unknown" {
		*s = SchemeUnknown
		return nil
	}
	parsed, err := ParseScheme(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}

// Check returns nil if version is valid in the scheme. Otherwise the error
// wraps ErrVersion and names the scheme, the version, the byte and the rule.
func (s Scheme) Check(version string) error {
	order, err := s.order()
	if err != nil {
		return err
	}
	return s.invalid(version, order.check(version))
}

// Compare returns -1 if a is older than b, +1 if it is newer, else 0. It does
// not allocate unless it returns an error, which is that of Check for a, else
// for b.
func (s Scheme) Compare(a, b string) (int, error) {
	order, err := s.order()
	if err != nil {
		return 0, err
	}
	c, err := order.compare(a, b)
	if err == nil {
		return c, nil
	}
	if errA := s.Check(a); errA != nil {
		return 0, errA
	}
	return 0, s.invalid(b, err)
}

// AppendKey appends to dst a key of version such that bytes.Compare of the keys
// of two versions of one scheme equals Compare of the versions, so that many
// versions can be sorted and searched without being read again. A key has at
// most 2*len(version)+16 bytes. Keys are for memory: their form may change with
// the library's version. On an error, which is that of Check, dst is returned
// as it was. Nothing but dst is allocated.
func (s Scheme) AppendKey(dst []byte, version string) ([]byte, error) {
	order, err := s.order()
	if err != nil {
		return dst, err
	}
	dst, err = order.appendKey(dst, version)
	return dst, s.invalid(version, err)
}

type versionOrder struct {
	check     func(v string) error
	compare   func(a, b string) (int, error)
	appendKey func(dst []byte, v string) ([]byte, error)
}

func (s Scheme) order() (versionOrder, error) {
	switch s {
	case SchemeDeb:
		return versionOrder{vercmp.CheckDeb, vercmp.CompareDeb, vercmp.AppendDebKey}, nil
	case SchemeRPM:
		return versionOrder{vercmp.CheckRPM, vercmp.CompareRPM, vercmp.AppendRPMKey}, nil
	case SchemeAPK:
		return versionOrder{vercmp.CheckAPK, vercmp.CompareAPK, vercmp.AppendAPKKey}, nil
	case SchemePEP440:
		return versionOrder{vercmp.CheckPEP440, vercmp.ComparePEP440, vercmp.AppendPEP440Key}, nil
	case SchemePE:
		return versionOrder{vercmp.CheckPE, vercmp.ComparePE, vercmp.AppendPEKey}, nil
	case SchemeSemver:
		return versionOrder{vercmp.CheckSemver, vercmp.CompareSemver, vercmp.AppendSemverKey}, nil
	case SchemeDotted:
		return versionOrder{vercmp.CheckDotted, vercmp.CompareDotted, vercmp.AppendDottedKey}, nil
	case SchemeText:
		return versionOrder{vercmp.CheckText, vercmp.CompareText, vercmp.AppendTextKey}, nil
	default:
		return versionOrder{}, fmt.Errorf("%w: %s", ErrScheme, s)
	}
}

// invalid wraps what an order says about version; nil stays nil.
func (s Scheme) invalid(version string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s version %.100q: %w", ErrVersion, s, version, err)
}
