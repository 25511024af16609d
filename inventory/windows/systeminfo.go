package windows

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// FactServicePack is the fact that holds the number of the service pack, on
// releases of Windows that had them. It is looked at wherever a release is
// known, so that no such fact means no service pack.
const FactServicePack = "os.servicePack"

// systeminfo translates its labels, and the values of some lines. What is used
// here looks alike in every language.
var (
	osNameValue  = regexp.MustCompile(`^Microsoft.{0,3} Windows\b|^Microsoft Hyper-V`)
	versionValue = regexp.MustCompile(`^([0-9]+\.[0-9]+)\.([0-9]+)\b.*?([0-9]{4,6})$`)
	servicePack  = regexp.MustCompile(`Service Pack ([0-9]+)`)
	archValue    = regexp.MustCompile(`^((?i:x64|x86|arm64)-based PC)$`)
	folderValue  = regexp.MustCompile(`^[A-Za-z]:\\[^\\]+$`)
	entry        = regexp.MustCompile(`^\s+\[([0-9]+)\]\s?: (.*)$`)
	hotfixWord   = regexp.MustCompile(`^(?i:KB|Q)[0-9]{5,8}`)
	hotfixNumber = regexp.MustCompile(`^[0-9]{6,7}$`)
	number       = regexp.MustCompile(`[0-9]+`)
)

// IsSystemInfo reports whether text, as Decode gives it, has the two lines by
// which systeminfo's output is known in every language.
func IsSystemInfo(text string) bool {
	var named, versioned bool
	for line := range strings.Lines(text[:min(len(text), 8<<10)]) {
		_, value := cutLabel(strings.TrimRight(line, "\r\n"))
		named = named || osNameValue.MatchString(value)
		versioned = versioned || versionValue.MatchString(value)
	}
	return named && versioned
}

// cutLabel parts "Label:   value". Labels hold no colon with two spaces behind
// it; French ones have a space before the colon.
func cutLabel(line string) (label, value string) {
	label, value, ok := strings.Cut(line, ":  ")
	if !ok {
		label, value, _ = strings.Cut(line, ": ")
	}
	return strings.TrimSpace(label), strings.TrimSpace(value)
}

// ParseSystemInfo reads the output of systeminfo, which errors name as file:
// operating system with its edition (see Edition), architecture, folders and the
// updates it lists.
//
// The list of updates counts as complete only where the number that systeminfo
// states agrees with it: systeminfo cuts long lists. Its boot time is left out,
// because it is written in the host's local time and date order, which the file
// does not tell. Parse returns an error that wraps inventory.ErrFormat where
// there is no line with the system's version.
func ParseSystemInfo(r io.Reader, file string) (inventory.Snapshot, inventory.Report, error) {
	lines, err := readText(r, file)
	if err != nil {
		return inventory.Snapshot{}, inventory.Report{}, err
	}
	s := inventory.Snapshot{OS: inventory.OS{Family: "windows", ID: "windows"}}
	var report inventory.Report
	header, folder, inside := "", "", false // inside the list of updates
	for i, line := range lines {
		if m := entry.FindStringSubmatch(line); m != nil && inside {
			readEntry(&s, &report, m[2])
		}
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		label, value := cutLabel(line)
		if inside = i+1 < len(lines) && startsHotfixes(lines[i+1]) || label == "Hotfix(s)"; inside {
			header = value
		}
		readLine(&s, value, &folder)
	}
	if s.OS.Build == "" {
		return inventory.Snapshot{}, inventory.Report{}, &inventory.RecordError{File: file, Err: fmt.Errorf("%w: no line with the version of Windows, as systeminfo writes it", inventory.ErrFormat)}
	}
	s.OS.Codename = Release(s.OS.Build, strings.Contains(s.OS.Name, "Server"))
	s.OS.Variant = Edition(s.OS.Name)
	stated, known := statedCount(header)
	s.Scope.Hotfixes = known && stated == report.Read
	if known && stated != report.Read {
		report.Problem(&inventory.RecordError{File: file, Err: fmt.Errorf("%d updates are stated and %d listed: the list is not complete", stated, report.Read)})
	}
	s.Sort()
	return s, report, nil
}

// statedCount reads "5 Hotfix(s) Installed." in any language.
func statedCount(header string) (count int, known bool) {
	if header == "N/A" {
		return 0, true
	}
	count, err := strconv.Atoi(number.FindString(header))
	return count, err == nil
}

func startsHotfixes(line string) bool {
	m := entry.FindStringSubmatch(line)
	return m != nil && m[1] == "01" && (hotfixID(m[2]) != "" || m[2] == "File 1" || strings.HasPrefix(m[2], "{"))
}

// hotfixID gives the id of an update out of KB4100347, KB2115168 - Update,
// Q147222 or, as some installers of Windows Vista wrote it, 940157.
func hotfixID(text string) string {
	if hotfixNumber.MatchString(text) {
		return "KB" + text
	}
	return strings.ToUpper(hotfixWord.FindString(text))
}

// readLine takes the value of one line, told by its shape.
func readLine(s *inventory.Snapshot, value string, folder *string) {
	switch {
	case s.OS.Name == "" && osNameValue.MatchString(value):
		s.OS.Name = strings.TrimSpace(value)
	case s.OS.Build == "" && versionValue.MatchString(value):
		m := versionValue.FindStringSubmatch(value)
		s.OS.Version, s.OS.Build = m[1], m[1]+"."+m[2]
		s.Scope.Facts = append(s.Scope.Facts, FactServicePack)
		if pack := servicePack.FindStringSubmatch(value); pack != nil {
			s.Facts = map[string]string{FactServicePack: pack[1]}
		}
	case s.OS.Arch == "" && archValue.MatchString(value):
		s.OS.Arch, _ = inventory.ArchOf(strings.Replace(strings.ToLower(value), "pc", "PC", 1))
	case *folder == "" && folderValue.MatchString(value):
		*folder = value
	case *folder != "" && len(s.Folders) == 0 && strings.EqualFold(value, *folder+`\system32`):
		s.Folders = map[string]string{"Windows": *folder, "System": value}
		s.Scope.Folders = []string{"System", "Windows"}
	}
}

// readEntry takes one entry of the list of updates. Old releases list "File 1"
// and GUIDs, which name none.
func readEntry(s *inventory.Snapshot, report *inventory.Report, text string) {
	report.Read++
	id := hotfixID(text)
	if id == "" {
		report.Passed++
		report.Note("entry without a number")
		return
	}
	report.Used++
	s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: id})
}

// errNoHeader is what ParseHotfixes says of text without columns.
var errNoHeader = errors.New("no line with the column HotFixID, as wmic qfe writes it")
