package applicability

import "github.com/fettle-dev/fettle/inventory"

// RegistryPlace names a registry key, or one value of it.
type RegistryPlace struct {
	Key   string         `json:"key"`             // as inventory.CleanKey writes it; in Registry it may be a pattern
	View  inventory.View `json:"view,omitzero"`   // of a 64-bit system; zero: its native one
	Value string         `json:"value,omitempty"` // the value's name
	// Default means the key's default value, which has no name.
	Default bool `json:"default,omitempty"`
}

// IsZero reports whether p names nothing.
func (p RegistryPlace) IsZero() bool { return p == RegistryPlace{} }

// namesValue reports whether p names a value rather than a key.
func (p RegistryPlace) namesValue() bool { return p.Value != "" || p.Default }

// Registry holds where a registry key exists or, where Place names a value,
// where that value exists and meets every stated condition.
type Registry struct {
	Place RegistryPlace `json:"place"`
	Which Quantifier    `json:"which,omitzero"` // which of the keys that match a pattern
	// Type is the type the value must have; RegNone: any.
	Type inventory.ValueType `json:"type,omitzero"`
	// Is is the value in the form of inventory.RegistryValue.Data, byte for byte;
	// of a multi-sz, one of its elements. Empty: any.
	Is    string `json:"is,omitempty"`
	Range Range  `json:"range,omitzero"` // needs its Scheme stated; numbers are versions of one part
}

// Product holds where the Windows Installer product Code is installed in a
// version of Range.
type Product struct {
	Code  string `json:"code"`           // GUID in braces
	Range Range  `json:"range,omitzero"` // scheme zero: pe
}

// ProductPatch holds where the Windows Installer patch Code is applied to a
// product.
type ProductPatch struct {
	Code    string `json:"code"`              // GUID in braces, of the patch
	Product string `json:"product,omitempty"` // GUID in braces, of the product; empty: any product
}

// Hotfix holds where the Windows update ID is installed.
type Hotfix struct {
	ID string `json:"id"` // KB5034441
}

func (Registry) sealed()     {}
func (Product) sealed()      {}
func (ProductPatch) sealed() {}
func (Hotfix) sealed()       {}
