package windows

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/inventory"
)

// column is where one column of wmic's table begins and ends, in characters;
// the last one has no end.
type column struct {
	name     string
	from, to int
}

var columnName = regexp.MustCompile(`\S+`)

// columnsOf reads the header of the table.
func columnsOf(header string) []column {
	var columns []column
	for _, at := range columnName.FindAllStringIndex(header, -1) {
		from := len([]rune(header[:at[0]]))
		if len(columns) > 0 {
			columns[len(columns)-1].to = from
		}
		columns = append(columns, column{name: header[at[0]:at[1]], from: from, to: -1})
	}
	return columns
}

func (c column) of(row []rune) string {
	if c.from >= len(row) {
		return ""
	}
	to := len(row)
	if c.to >= 0 {
		to = min(to, c.to)
	}
	return strings.TrimSpace(string(row[c.from:to]))
}

// ParseHotfixes reads the output of wmic qfe, which errors name as file: the
// table with the columns HotFixID, Description and InstalledOn among others.
//
// Where old releases put "File 1" for the number, the column
// ServicePackInEffect has it. Entries without any number (GUIDs of other
// installers) are passed over and counted. InstalledOn is read as month, day
// and year, as Windows Management writes it, unless a day above 12 in first
// place shows that the file has them the other way round; as yyyymmdd; and as
// the hexadecimal file time of Windows Vista.
func ParseHotfixes(r io.Reader, file string) (inventory.Snapshot, inventory.Report, error) {
	lines, err := readText(r, file)
	if err != nil {
		return inventory.Snapshot{}, inventory.Report{}, err
	}
	var report inventory.Report
	s := inventory.Snapshot{OS: inventory.OS{Family: "windows", ID: "windows"}}
	var columns map[string]column
	dayFirst := firstAboveTwelve(lines)
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if columns == nil {
			columns = headerOf(line)
			continue
		}
		report.Read++
		row := []rune(line)
		id := hotfixID(columns["HotFixID"].of(row))
		if id == "" {
			id = hotfixID(columns["ServicePackInEffect"].of(row))
		}
		if id == "" {
			report.Passed++
			report.Note("entry without a number")
			continue
		}
		on, err := installedOn(columns["InstalledOn"].of(row), dayFirst)
		if err != nil {
			report.Problem(&inventory.RecordError{File: file, Line: i + 1, Record: id, Field: "InstalledOn", Err: err})
		}
		report.Used++
		s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: id, Kind: columns["Description"].of(row), InstalledOn: on})
	}
	if columns == nil {
		return inventory.Snapshot{}, inventory.Report{}, &inventory.RecordError{File: file, Err: fmt.Errorf("%w: %w", inventory.ErrFormat, errNoHeader)}
	}
	if report.Read == 0 {
		return inventory.Snapshot{}, inventory.Report{}, &inventory.RecordError{File: file, Err: inventory.ErrEmpty}
	}
	s.Scope.Hotfixes = true
	s.Sort()
	return s, report, nil
}

// headerOf returns the columns if line is the table's header.
func headerOf(line string) map[string]column {
	const first = "Caption" // a message may stand before it on the same line
	if i := strings.Index(line, first); i > 0 && strings.Contains(line[:i], ".") {
		line = line[i:]
	}
	columns := make(map[string]column)
	for _, c := range columnsOf(line) {
		columns[c.name] = c
	}
	if _, ok := columns["HotFixID"]; !ok {
		return nil
	}
	for _, name := range []string{"ServicePackInEffect", "InstalledOn", "Description"} {
		if _, ok := columns[name]; !ok {
			columns[name] = column{from: maxText} // no such column: always empty
		}
	}
	return columns
}

var slashed = regexp.MustCompile(`\b([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})\b`)

func firstAboveTwelve(lines []string) bool {
	for _, line := range lines {
		for _, m := range slashed.FindAllStringSubmatch(line, -1) {
			if first, _ := strconv.Atoi(m[1]); first > 12 {
				return true
			}
		}
	}
	return false
}

// installedOn reads a date; an empty one is not known.
func installedOn(text string, dayFirst bool) (time.Time, error) {
	layout := "1/2/2006"
	if dayFirst {
		layout = "2/1/2006"
	}
	switch {
	case text == "":
		return time.Time{}, nil
	case strings.Contains(text, "/"):
		return time.Parse(layout, text)
	case len(text) == len("20060102"):
		return time.Parse("20060102", text)
	}
	ticks, err := strconv.ParseUint(text, 16, 63) // 100 ns since 1601
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no date", text)
	}
	const toUnix = 11644473600 // seconds from 1601 to 1970
	const lastYear, day = 9999, 24 * time.Hour
	on := time.Unix(int64(ticks/10_000_000)-toUnix, 0).UTC().Truncate(day)
	if on.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%.40q is a date beyond the year %d", text, lastYear)
	}
	return on, nil
}
