package inventory

import "time"

// Product is one product that Windows Installer knows of.
type Product struct {
	Code      string         `json:"code"` // GUID in braces, upper case
	Name      string         `json:"name,omitempty"`
	Version   string         `json:"version,omitempty"`
	Publisher string         `json:"publisher,omitempty"`
	Patches   []ProductPatch `json:"patches,omitempty"` // by code
}

// ProductPatch is one Windows Installer patch (MSP) of a product.
type ProductPatch struct {
	Code  string `json:"code"` // GUID in braces, upper case
	Name  string `json:"name,omitempty"`
	State string `json:"state,omitempty"` // applied, superseded, obsoleted; empty: not known
}

// Service is one system service: a systemd unit, an OpenRC or Windows service.
type Service struct {
	Name  string `json:"name"`            // sshd.service, wuauserv
	State string `json:"state,omitempty"` // running, stopped, or the manager's own word; empty: not known
	Start string `json:"start,omitempty"` // auto, manual, disabled, or the manager's own word; empty: not known
}

// Hotfix is one Windows update that is installed.
type Hotfix struct {
	ID          string    `json:"id"`                   // KB5034441
	Kind        string    `json:"kind,omitempty"`       // Update, Security Update, Hotfix
	InstalledOn time.Time `json:"installedOn,omitzero"` // UTC midnight of the day; zero: not known
}
