package rpm

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// Format is the query format that Parse reads:
//
//	rpm -qa --qf "$FORMAT"
//
// with nine columns parted by tabs: name, epoch, version, release,
// architecture, source rpm, module label, install time (seconds since 1970),
// vendor. rpm writes (none) for what a package has not.
const Format = `%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{MODULARITYLABEL}\t%{INSTALLTIME}\t%{VENDOR}\n`

// FormatOld is Format for an rpm before 4.15, which knows no module labels and
// refuses a format that asks for one.
const FormatOld = `%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t(none)\t%{INSTALLTIME}\t%{VENDOR}\n`

// columns is how many columns Format has.
const columns = 9

// Parse reads the output of rpm -qa in Format, which errors name as file.
//
// A line that cannot be used is refused, reported and named in Scope.Unread,
// or, where it does not even name its package, makes the listing incomplete;
// the rest is used. A last line without an end is taken for truncated. Imported
// keys stay among the packages, as in rpm's own database. Parse returns an error
// where the file cannot be read, is not in Format at all (inventory.ErrFormat),
// or where nothing was in it (inventory.ErrEmpty).
func Parse(r io.Reader, file string) (inventory.Listing, error) {
	c := newCollector(file)
	lines := scan.NewLines(r)
	for lines.Next() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		t, err := split(line)
		if err == nil && lines.Open() {
			err = inventory.ErrTruncated
		}
		if err == nil {
			if err := c.add(lines.Number(), t); err != nil {
				return inventory.Listing{}, err
			}
			continue
		}
		if c.listing.Report.Read == 0 && !lines.Open() {
			return inventory.Listing{}, &inventory.RecordError{File: file, Line: lines.Number(), Err: fmt.Errorf("%w: %w", inventory.ErrFormat, err)}
		}
		c.listing.Report.Read++
		c.refuse(lines.Number(), t, "", err)
	}
	if err := lines.Err(); err != nil {
		return inventory.Listing{}, &inventory.RecordError{File: file, Line: lines.Number(), Err: err}
	}
	return c.finish()
}

// split parts one line into its columns. The tags come back also with an
// error, as far as they could be read.
func split(line []byte) (tags, error) {
	parts := strings.SplitN(string(line[:min(len(line), maxColumns)]), "\t", columns)
	for i, p := range parts {
		if parts[i] = strings.TrimSpace(p); parts[i] == "(none)" {
			parts[i] = ""
		}
	}
	var t tags
	for i, into := range []*string{&t.name, &t.epoch, &t.version, &t.release, &t.arch, &t.source, &t.module, &t.installed, &t.vendor} {
		if i < len(parts) {
			*into = parts[i]
		}
	}
	switch {
	case len(line) > maxColumns:
		return t, fmt.Errorf("%w: a line of more than %d bytes", inventory.ErrTooLarge, maxColumns)
	case len(parts) != columns:
		return t, fmt.Errorf("%d columns parted by tabs, want %d (rpm -qa --qf '%s')", len(parts), columns, Format)
	default:
		return t, nil
	}
}

// maxColumns bounds a line, in bytes.
const maxColumns = 16 << 10

func sortPackages(list []inventory.Package) { slices.SortFunc(list, inventory.Package.Compare) }
