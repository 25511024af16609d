package osrelease

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// redHatLine is "CentOS release 6.10 (Final)", "Red Hat Enterprise Linux Server
// release 6.9 (Santiago)".
var redHatLine = regexp.MustCompile(`^([A-Za-z][A-Za-z ]*?)(?: Linux)? release ([0-9]+(?:\.[0-9]+)*)(?: .*)?$`)

// ParseRedHat reads a redhat-release file: the one line in which releases 4 to
// 6 of Red Hat's family, which have no os-release, name themselves. It knows
// Red Hat Enterprise Linux, CentOS, Fedora, Oracle and Scientific Linux; another
// name is an error that wraps inventory.ErrFormat.
func ParseRedHat(r io.Reader, file string) (inventory.OS, error) {
	content, err := io.ReadAll(io.LimitReader(r, 1024))
	if err != nil {
		return inventory.OS{}, &inventory.RecordError{File: file, Err: err}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(content)), "\n")
	match := redHatLine.FindStringSubmatch(strings.TrimSpace(line))
	if match == nil {
		return inventory.OS{}, &inventory.RecordError{File: file, Line: 1, Err: fmt.Errorf("%w: %.80q is not of the form \"Name release 6.10\"", inventory.ErrFormat, line)}
	}
	os := inventory.OS{Family: "linux", Version: match[2], Name: line}
	switch name := match[1]; {
	case strings.HasPrefix(name, "Red Hat Enterprise"):
		os.ID, os.IDLike = "rhel", []string{"fedora"}
	case strings.HasPrefix(name, "CentOS"):
		os.ID, os.IDLike = "centos", []string{"rhel", "fedora"}
	case strings.HasPrefix(name, "Fedora"):
		os.ID = "fedora"
	case strings.HasPrefix(name, "Oracle"):
		os.ID, os.IDLike = "ol", []string{"fedora"}
	case strings.HasPrefix(name, "Scientific"):
		os.ID, os.IDLike = "scientific", []string{"rhel", "centos", "fedora"}
	default:
		return inventory.OS{}, &inventory.RecordError{File: file, Line: 1, Err: fmt.Errorf("%w: unknown distribution %.80q", inventory.ErrFormat, name)}
	}
	return os, nil
}
