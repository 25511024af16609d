package inventory

import "github.com/fettle-dev/fettle/internal/enum"

// RegistryKey is one key of the Windows registry that was looked at and
// exists.
type RegistryKey struct {
	Key    string          `json:"key"`           // as CleanKey writes it: HKLM\SOFTWARE\Mozilla
	View   View            `json:"view,omitzero"` // the view it was opened in; native on a system of one view
	Values []RegistryValue `json:"values,omitempty"`
}

// RegistryValue is one value of a key.
type RegistryValue struct {
	Name string    `json:"name,omitempty"` // empty: the key's default value
	Type ValueType `json:"type"`
	// Data is one element, for multi-sz any number: text as it is stored, with
	// nothing expanded; dword and qword in decimal; binary and what is of no
	// known type in lower-case hexadecimal.
	Data []string `json:"data,omitempty"`
}

// View is which half of the registry of a 64-bit Windows a program sees.
type View uint8

// The views. ViewNative is the zero value: the one of the system's own word
// size.
const (
	ViewNative View = iota
	View64
	View32
)

var viewWords = enum.Words{Kind: "inventory: registry view", Words: []string{"native", "64", "32"}}

// String returns native, 64 or 32.
func (v View) String() string { return viewWords.Word(uint8(v)) }

// MarshalText returns the word that String returns.
func (v View) MarshalText() ([]byte, error) { return viewWords.Marshal(uint8(v)) }

// UnmarshalText accepts exactly the words that String returns.
func (v *View) UnmarshalText(text []byte) error { return viewWords.Unmarshal(text, (*uint8)(v)) }

// ValueType is the type of a registry value.
type ValueType uint8

// The types of registry values, as winnt.h numbers them up to REG_QWORD.
const (
	RegNone           ValueType = iota
	RegString                   // REG_SZ
	RegExpand                   // REG_EXPAND_SZ
	RegBinary                   // REG_BINARY
	RegDword                    // REG_DWORD
	RegDwordBigEndian           // REG_DWORD_BIG_ENDIAN
	RegLink                     // REG_LINK
	RegMulti                    // REG_MULTI_SZ
	RegResourceList             // REG_RESOURCE_LIST
	RegFullResource             // REG_FULL_RESOURCE_DESCRIPTOR
	RegRequirements             // REG_RESOURCE_REQUIREMENTS_LIST
	RegQword                    // REG_QWORD
	RegOther                    // a number beyond these
)

var valueTypeWords = enum.Words{Kind: "inventory: registry value type", Words: []string{
	"none", "sz", "expand-sz", "binary", "dword", "dword-big-endian", "link", "multi-sz",
	"resource-list", "full-resource-descriptor", "resource-requirements-list", "qword", "other",
}}

// String returns the name in winnt.h without REG_, lower case with hyphens:
// sz, expand-sz, multi-sz, dword, qword, binary, ...
func (t ValueType) String() string { return valueTypeWords.Word(uint8(t)) }

// MarshalText returns the word that String returns.
func (t ValueType) MarshalText() ([]byte, error) { return valueTypeWords.Marshal(uint8(t)) }

// UnmarshalText accepts exactly the words that String returns.
func (t *ValueType) UnmarshalText(text []byte) error {
	return valueTypeWords.Unmarshal(text, (*uint8)(t))
}
