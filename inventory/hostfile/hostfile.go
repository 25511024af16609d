// Package hostfile reads a file that says what is on a host without being told
// its format: it looks at the content, says what it took the file for, and
// refuses what it cannot tell.
package hostfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/apk"
	"github.com/fettle-dev/fettle/inventory/dpkg"
	"github.com/fettle-dev/fettle/inventory/rpm"
	"github.com/fettle-dev/fettle/inventory/windows"
)

// Kind is what a file was taken for, in words for people.
type Kind string

// The kinds of host files.
const (
	Records    Kind = "fettle host records (JSON)"
	Dpkg       Kind = "dpkg status file"
	RPMQuery   Kind = "rpm -qa output"
	RPMLines   Kind = "rpm packages (JSON lines)"
	APK        Kind = "apk installed database"
	SystemInfo Kind = "Windows systeminfo output"
	HotfixList Kind = "Windows wmic qfe output"
)

// ErrUnknown is wrapped where the content is of no kind that Read knows; the
// error says what it looks like, where that helps.
var ErrUnknown = errors.New("hostfile: cannot tell what kind of host file this is")

// Result is what Read found.
type Result struct {
	Kind Kind
	// Records are the hosts. All kinds but Records speak of one host and do not
	// say which: its ID is then empty, and the snapshot holds what the file tells
	// and no operating system where it does not tell that. A package list tells
	// the architecture alone: that of the package manager's own package.
	Records []inventory.Record
	Report  inventory.Report
}

// Options bound Read. The zero value has the defaults named at the fields.
type Options struct {
	// MaxHosts bounds the records of one file; 0: 100,000. Read keeps all of
	// them: for more, stream with inventory.NewReader.
	MaxHosts int
}

// sniffed is how much of the file Sniff looks at, in bytes.
const sniffed = 64 << 10

// Read reads one host file, which errors name as file. It takes no compressed
// input. A nil opt has the defaults. Records and packages that cannot be used
// are in the report; the error is for a file that cannot be used at all.
func Read(r io.Reader, file string, opt *Options) (Result, error) {
	if opt == nil {
		opt = &Options{}
	}
	in := bufio.NewReaderSize(r, sniffed)
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return Result{}, fmt.Errorf("hostfile: %s: %w", file, err)
	}
	kind, err := Sniff(head)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", file, err)
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) { // as Windows tools begin UTF-8 files
		_, _ = in.Discard(len("\ufeff")) // it was peeked at, so it is there
	}
	if kind == Records {
		return readRecords(in, file, opt.MaxHosts)
	}
	var listing inventory.Listing
	switch kind {
	case Dpkg:
		listing, err = dpkg.Parse(in, file, nil)
	case RPMQuery:
		listing, err = rpm.Parse(in, file)
	case RPMLines:
		listing, err = rpm.ParseLines(in, file)
	case APK:
		listing, err = apk.Parse(in, file)
	default: // SystemInfo, HotfixList
		return readWindows(in, file, kind)
	}
	return packageList(kind, listing, err)
}

// ReadDpkg reads a copy of dpkg's database, the folder dir of fsys: its status
// file with the pending updates beside it, which Read of the status file alone
// does not see.
func ReadDpkg(fsys fs.FS, dir string) (Result, error) {
	listing, err := dpkg.Read(fsys, dir)
	return packageList(Dpkg, listing, err)
}

// packageList is the host of which a file tells the packages alone.
func packageList(kind Kind, listing inventory.Listing, err error) (Result, error) {
	if err != nil {
		return Result{Kind: kind}, fmt.Errorf("hostfile: read as %s: %w", kind, err)
	}
	var s inventory.Snapshot
	s.Add(listing)
	s.OS.Arch = machine(s.Packages)
	return Result{Kind: kind, Records: []inventory.Record{{Version: inventory.RecordVersion, Snapshot: s}}, Report: listing.Report}, nil
}

// machine returns the architecture of the host that the packages are on, in the
// words of inventory.OS.Arch: that for which its package manager was built,
// which is how dpkg, rpm and apk themselves know it. It is empty where that
// package is not there, or there more than once.
func machine(packages []inventory.Package) (arch string) {
	own := map[string]string{inventory.TypeDeb: "dpkg", inventory.TypeRPM: "rpm", inventory.TypeAPK: "apk-tools"}
	for i := range packages {
		p := &packages[i]
		if p.Name != own[p.Type] || !p.Present() {
			continue
		}
		word, known := inventory.ArchOf(p.Arch)
		if !known || arch != "" && arch != word {
			return ""
		}
		arch = word
	}
	return arch
}

func readRecords(r io.Reader, file string, most int) (Result, error) {
	if most <= 0 {
		most = 100_000
	}
	result := Result{Kind: Records}
	rd := inventory.NewReader(r, file, nil)
	for record, err := range rd.All() {
		var refused *inventory.RecordError
		switch {
		case errors.As(err, &refused): // it is in the report
		case err != nil:
			return result, fmt.Errorf("hostfile: read as %s: %w", Records, err)
		case len(result.Records) == most:
			return result, fmt.Errorf("hostfile: %s: %w: more than %d hosts", file, inventory.ErrTooLarge, most)
		default:
			result.Records = append(result.Records, record)
		}
	}
	result.Report = rd.Report()
	if len(result.Records) == 0 && len(result.Report.Problems) > 0 {
		return result, fmt.Errorf("hostfile: read as %s: %w", Records, result.Report.Problems[0])
	}
	return result, nil
}

func readWindows(r io.Reader, file string, kind Kind) (Result, error) {
	parse := windows.ParseSystemInfo
	if kind == HotfixList {
		parse = windows.ParseHotfixes
	}
	s, report, err := parse(r, file)
	if err != nil {
		return Result{Kind: kind}, fmt.Errorf("hostfile: read as %s: %w", kind, err)
	}
	return Result{Kind: kind, Records: []inventory.Record{{Version: inventory.RecordVersion, Snapshot: s}}, Report: report}, nil
}

var (
	dpkgField = regexp.MustCompile(`(?mi)^(Package|Status):[ \t]*\S`)
	apkField  = regexp.MustCompile(`(?m)^[PV]:\S`)
	rpmNEVRA  = regexp.MustCompile(`^\S+-[^-\s]+-[^-\s]+\.(x86_64|noarch|i[3-6]86|aarch64|ppc64le|s390x)$`)
	osRelease = regexp.MustCompile(`(?m)^(ID|NAME|PRETTY_NAME|VERSION_ID)=`)
)

// Sniff tells the kind of a file by its first bytes, of which 64 KiB are
// plenty.
func Sniff(head []byte) (Kind, error) {
	trimmed := bytes.TrimLeft(head, " \t\r\n\ufeff")
	first, _, _ := bytes.Cut(trimmed, []byte("\n"))
	first = bytes.TrimRight(first, "\r")
	switch {
	case len(trimmed) == 0:
		return "", fmt.Errorf("%w: it is empty", ErrUnknown)
	case compression(head) != "":
		return "", fmt.Errorf("%w: it is compressed (%s); decompress it first", ErrUnknown, compression(head))
	case trimmed[0] == '{':
		return sniffJSON(trimmed, first)
	case trimmed[0] == '[':
		return "", fmt.Errorf("%w: a JSON array; want one JSON object a line", ErrUnknown)
	}
	if kind := sniffWindows(head); kind != "" {
		return kind, nil
	}
	switch {
	case bytes.IndexByte(head, 0) >= 0:
		return "", fmt.Errorf("%w: it is binary", ErrUnknown)
	case countDistinct(dpkgField, head) == 2:
		return Dpkg, nil
	case bytes.Count(first, []byte("\t")) == 8:
		return RPMQuery, nil
	case countDistinct(apkField, head) == 2:
		return APK, nil
	case rpmNEVRA.Match(bytes.TrimSpace(first)):
		return "", fmt.Errorf("%w: it looks like plain rpm -qa output, which does not tell epochs; make it with rpm -qa --qf '%s'", ErrUnknown, rpm.Format)
	case osRelease.Match(head):
		return "", fmt.Errorf("%w: it looks like an os-release file, which goes with a host file but lists no packages", ErrUnknown)
	default:
		return "", fmt.Errorf("%w: it begins with %.60q; want %s", ErrUnknown, first, strings.Join([]string{
			string(Records), string(Dpkg), string(RPMQuery) + " in the documented format", string(RPMLines), string(APK), string(SystemInfo), string(HotfixList),
		}, ", "))
	}
}

// countDistinct counts the distinct fields that pattern finds.
func countDistinct(pattern *regexp.Regexp, head []byte) int {
	seen := make(map[string]bool)
	for _, m := range pattern.FindAll(head, -1) {
		name, _, _ := strings.Cut(strings.ToLower(string(m)), ":")
		if seen[name] = true; len(seen) == 2 {
			break
		}
	}
	return len(seen)
}

// sniffJSON tells JSON kinds apart by the fields of the first object, which
// need not be whole within head.
func sniffJSON(head, first []byte) (Kind, error) {
	var line map[string]json.RawMessage
	if json.Unmarshal(first, &line) == nil && line["name"] != nil && line["version"] != nil && line["release"] != nil {
		return RPMLines, nil
	}
	has := func(field string) bool { return bytes.Contains(head, []byte(`"`+field+`"`)) }
	switch {
	case has("bomFormat"):
		return "", fmt.Errorf("%w: it looks like a CycloneDX document", ErrUnknown)
	case has("spdxVersion"):
		return "", fmt.Errorf("%w: it looks like an SPDX document", ErrUnknown)
	case has("host") || has("snapshot"):
		return Records, nil
	case has("release") && has("name"):
		return RPMLines, nil
	default:
		return "", fmt.Errorf("%w: JSON with neither the fields \"host\" and \"snapshot\" of %s nor \"name\", \"version\", \"release\" of %s", ErrUnknown, Records, RPMLines)
	}
}

// sniffWindows tells the Windows texts, which may be in UTF-16.
func sniffWindows(head []byte) Kind {
	text := windows.Decode(head)
	switch {
	case strings.Contains(text, "HotFixID"):
		return HotfixList
	case windows.IsSystemInfo(text):
		return SystemInfo
	default:
		return ""
	}
}

// compression names what compressed the file, by its first bytes.
func compression(head []byte) string {
	for _, c := range []struct{ magic, name string }{
		{"\x1f\x8b", "gzip"},
		{"\xfd7zXZ\x00", "xz"},
		{"\x28\xb5\x2f\xfd", "zstd"},
		{"\x04\x22\x4d\x18", "lz4"},
		{"BZh", "bzip2"},
		{"PK\x03\x04", "zip"},
	} {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.name
		}
	}
	return ""
}
