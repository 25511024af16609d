package rpm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// tags are what rpm tells of one package, in its own words.
type tags struct {
	name, epoch, version, release, arch string
	source, module, installed, vendor   string
}

// toPackage gives the package that t describes, or the tag that is wrong.
func (t tags) toPackage(in *scan.Interner) (pkg inventory.Package, tag string, err error) {
	for _, c := range []struct{ tag, value string }{
		{"name", t.name}, {"version", t.version}, {"release", t.release}, {"arch", t.arch},
	} {
		if c.tag == "arch" && c.value == "" { // imported keys, which rpm keeps as packages
			continue
		}
		if err := scan.CheckWord(c.value); err != nil {
			return pkg, c.tag, err
		}
	}
	if strings.Contains(t.version, "-") || strings.Contains(t.release, "-") {
		return pkg, "version", fmt.Errorf("%q-%q: a hyphen cannot occur in version or release", t.version, t.release)
	}
	evr := t.version + "-" + t.release
	if t.epoch != "" && t.epoch != "0" {
		epoch, err := strconv.ParseUint(t.epoch, 10, 32)
		if err != nil {
			return pkg, "epoch", fmt.Errorf("%.80q: want a number", t.epoch)
		}
		if epoch > 0 {
			evr = strconv.FormatUint(epoch, 10) + ":" + evr
		}
	}
	pkg = inventory.Package{
		Type: inventory.TypeRPM, Name: in.String(t.name), Version: in.String(evr), Arch: in.String(t.arch),
		Module: in.String(t.module), Vendor: in.String(t.vendor),
	}
	if t.source != "" {
		name, vr, err := splitSource(t.source)
		if err != nil {
			return pkg, "sourcerpm", err
		}
		pkg.Source = in.String(name)
		if vr == t.version+"-"+t.release {
			// The source rpm's name tells no epoch. Built with the same version and
			// release, it has the binary's; else it is not known.
			pkg.SourceVersion = pkg.Version
		}
	}
	if t.installed != "" {
		seconds, err := strconv.ParseInt(t.installed, 10, 64)
		if err != nil || seconds < 0 || seconds > maxSeconds {
			return pkg, "installtime", fmt.Errorf("%.80q: want seconds since 1970", t.installed)
		}
		pkg.InstalledAt = time.Unix(seconds, 0).UTC()
	}
	return pkg, "", nil
}

// maxSeconds is the end of the year 9999, the last that RFC 3339 can write.
const maxSeconds = 253402300799

// splitSource splits name-version-release.src.rpm.
func splitSource(file string) (name, vr string, err error) {
	stem, ok := strings.CutSuffix(file, ".rpm")
	if ok {
		if s, found := strings.CutSuffix(stem, ".nosrc"); found {
			stem = s
		} else {
			stem, ok = strings.CutSuffix(stem, ".src")
		}
	}
	r := strings.LastIndexByte(stem, '-')
	if !ok || r <= 0 {
		return "", "", fmt.Errorf("%.120q: want the form name-version-release.src.rpm", file)
	}
	v := strings.LastIndexByte(stem[:r], '-')
	if v <= 0 {
		return "", "", fmt.Errorf("%.120q: want the form name-version-release.src.rpm", file)
	}
	if err := scan.CheckWord(stem); err != nil {
		return "", "", err
	}
	return stem[:v], stem[v+1:], nil
}

// collector gathers packages into a listing.
type collector struct {
	file    string
	strings scan.Interner
	seen    map[inventory.Package]bool
	listing inventory.Listing
}

func newCollector(file string) *collector {
	return &collector{
		file: file, seen: make(map[inventory.Package]bool),
		listing: inventory.Listing{Scope: inventory.PackageScope{Type: inventory.TypeRPM, All: true}},
	}
}

// maxPackages bounds the packages of one file.
const maxPackages = 1 << 20

// add takes one record, or refuses it.
func (c *collector) add(line int, t tags) error {
	r := &c.listing.Report
	if r.Read++; r.Read > maxPackages {
		return &inventory.RecordError{File: c.file, Line: line, Err: fmt.Errorf("%w: more than %d packages", inventory.ErrTooLarge, maxPackages)}
	}
	pkg, tag, err := t.toPackage(&c.strings)
	if err != nil {
		c.refuse(line, t, tag, err)
		return nil
	}
	if c.seen[pkg] {
		r.Passed++
		r.Note("line repeated word for word")
		return nil
	}
	c.seen[pkg] = true
	c.listing.Packages = append(c.listing.Packages, pkg)
	return nil
}

// refuse reports a record that counts as read already.
func (c *collector) refuse(line int, t tags, tag string, err error) {
	c.listing.Report.Refuse(&inventory.RecordError{File: c.file, Line: line, Record: clip(t.name), Field: tag, Err: err})
	if scan.CheckWord(t.name) != nil || errors.Is(err, inventory.ErrTruncated) {
		c.listing.Scope.All = false
		return
	}
	source := ""
	if name, _, err := splitSource(t.source); err == nil {
		source = name
	}
	c.listing.Scope.Unread = append(c.listing.Scope.Unread, inventory.UnreadPackage{Name: t.name, Source: source})
}

func (c *collector) finish() (inventory.Listing, error) {
	l := c.listing
	if l.Report.Read == 0 {
		return inventory.Listing{}, &inventory.RecordError{File: c.file, Err: inventory.ErrEmpty}
	}
	l.Report.Used = len(l.Packages)
	sortPackages(l.Packages)
	return l, nil
}

func clip(s string) string { return s[:min(len(s), 120)] }
