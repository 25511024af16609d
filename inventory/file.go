package inventory

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// File is one file or folder that was looked at and exists. A path that was
// looked at and does not exist is in Scope.Files only.
type File struct {
	Path string `json:"path"` // absolute, as the system writes it
	Dir  bool   `json:"dir,omitempty"`
	Size int64  `json:"size,omitempty"` // bytes; 0 for a folder
	// Modified is the time of last modification, UTC.
	Modified time.Time `json:"modified,omitzero"`
	// Digest is of the content; empty: not read.
	Digest fettle.Digest `json:"digest,omitempty"`
	// Versioned says whether the file is a Windows image (PE) with a version
	// resource: Unknown where nobody read it, No where it has none.
	Versioned fettle.Truth `json:"versioned,omitzero"`
	// FileVersion and ProductVersion are the four-part numbers of its fixed
	// version information: 10.0.19041.3636.
	FileVersion    string `json:"fileVersion,omitempty"`
	ProductVersion string `json:"productVersion,omitempty"`
	// Text is the content of a small text file, where Needs asked for it; nil:
	// not read.
	Text *string `json:"text,omitempty"`
	// Package is the name of the package that put it there, where known.
	Package string `json:"package,omitempty"`
}
