package updateinfo

import "errors"

// The causes for which a feed or an advisory is refused. They are wrapped in a
// feed.ListError or a feed.RecordError.
var (
	// ErrXML: a file is not well-formed XML, or of a kind that is refused.
	ErrXML = errors.New("updateinfo: cannot read the XML")
	// ErrCut: a file ends before its root element does.
	ErrCut = errors.New("updateinfo: the file is cut short")
	// ErrFormat: a file is XML, but not of the kind that is wanted here.
	ErrFormat = errors.New("updateinfo: not the expected document")
	// ErrNoUpdateinfo: a repository's repomd.xml lists no updateinfo: the
	// repository says nothing about advisories.
	ErrNoUpdateinfo = errors.New("updateinfo: the repository has no updateinfo")
	// ErrChecksum: a file is not the one that repomd.xml lists.
	ErrChecksum = errors.New("updateinfo: checksum mismatch")
	// ErrPackage: a package of an advisory is not stated in full or has an
	// invalid version.
	ErrPackage = errors.New("updateinfo: unusable package")
	// ErrTooLarge: an advisory has too many packages, or a file too much of
	// something.
	ErrTooLarge = errors.New("updateinfo: too large")
)
