package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// wesRow is a line of the definitions of wesng: one update for one product, or
// an advisory for which no update is named. The form is that program's own, so
// its reader is part of this test and of no package.
type wesRow struct {
	cve, kb, product string
	supersedes       []string
}

const wesDefinitions = "windows-supersedence/wes-cves-to-2019.csv.xz"

func readWes(t *testing.T) []wesRow {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(oracle.Read(t, wesDefinitions)))
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"DatePosted", "CVE", "BulletinKB", "Title", "AffectedProduct", "AffectedComponent", "Severity", "Impact", "Supersedes", "Exploits"}
	if !slices.Equal(records[0], want) {
		t.Fatalf("columns %q, want %q", records[0], want)
	}
	rows := make([]wesRow, 0, len(records)-1)
	for _, record := range records[1:] {
		row := wesRow{cve: record[1], kb: record[2], product: strings.TrimSpace(record[4])}
		for kb := range strings.SplitSeq(record[8], ";") {
			if kb != "" {
				row.supersedes = append(row.supersedes, kb)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// wesPatches makes a patch of every update, and one of every advisory that
// names none: a host that it is for is exposed, and there is nothing to install.
func wesPatches(t *testing.T, rows []wesRow) []applicability.Patch {
	t.Helper()
	products := map[fettle.PatchID]map[string]bool{}
	supersedes := map[fettle.PatchID]map[fettle.PatchID]bool{}
	for _, row := range rows {
		id := wesID(row)
		if products[id] == nil {
			products[id], supersedes[id] = map[string]bool{}, map[fettle.PatchID]bool{}
		}
		products[id][row.product] = true
		for _, kb := range row.supersedes {
			supersedes[id][fettle.PatchID("KB"+kb)] = true
		}
	}
	targets := map[string]string{}
	patches := make([]applicability.Patch, 0, len(products))
	for _, id := range slices.Sorted(maps.Keys(products)) {
		var any []string
		for _, product := range slices.Sorted(maps.Keys(products[id])) {
			if targets[product] == "" {
				targets[product] = "(" + wesTarget(product) + ")"
			}
			any = append(any, targets[product])
		}
		p := applicability.Patch{ID: id, Target: applicability.MustParse(strings.Join(any, " or "))}
		if strings.HasPrefix(string(id), "KB") {
			p.Installed = applicability.MustParse("hotfix " + string(id))
		} else {
			p.Installed, p.Unfixed = applicability.MustParse("any()"), applicability.MustParse("always")
		}
		p.Supersedes = slices.Sorted(maps.Keys(supersedes[id]))
		patches = append(patches, p)
	}
	return patches
}

func wesID(row wesRow) fettle.PatchID {
	if row.kb != "" {
		return fettle.PatchID("KB" + row.kb)
	}
	return fettle.PatchID("advisory/" + row.cve)
}

// TestSupersedenceMakesNoFalseAlarm reasons about ten years of Windows updates,
// which supersede one another and many that are gone. Made into a circle, two of
// them are the one finding.
func TestSupersedenceMakesNoFalseAlarm(t *testing.T) {
	t.Parallel()
	patches := wesPatches(t, readWes(t))
	catalog, problems := applicability.Compile(patches, nil)
	report := lint.Check(catalog, problems, nil)
	if report.Patches < 1000 || report.Undecided > 0 || len(report.Findings) > 0 {
		t.Errorf("%d patches, %d undecided, %v", report.Patches, report.Undecided, report.Findings)
	}
	at := slices.IndexFunc(patches, func(p applicability.Patch) bool {
		return len(p.Supersedes) > 0 && slices.ContainsFunc(patches, func(q applicability.Patch) bool { return q.ID == p.Supersedes[0] })
	})
	old := slices.IndexFunc(patches, func(p applicability.Patch) bool { return p.ID == patches[at].Supersedes[0] })
	patches[old].Supersedes = append(patches[old].Supersedes, patches[at].ID)
	catalog, problems = applicability.Compile(patches, nil)
	report = lint.Check(catalog, problems, nil)
	if len(report.Findings) != 1 || report.Findings[0].Code != lint.CodeCycle {
		t.Errorf("a circle of %s and %s: %v", patches[at].ID, patches[old].ID, report.Findings)
	}
}

var (
	windows10 = regexp.MustCompile(`^Windows 10 (?:Version (\w+) )?for (x64|32-bit|ARM64)\S*(?: Systems)?$`)
	olderPack = regexp.MustCompile(`Service Pack (\d)$`)
)

// wesTarget says in a footprint which hosts a product name means. A component
// on a product, and the installation without a desktop, are facts that systeminfo
// does not tell.
func wesTarget(product string) string {
	if component, system, ok := strings.Cut(product, " on "); ok {
		return fmt.Sprintf("fact.%q = yes and %s", "component "+component, wesTarget(system))
	}
	const server, desktop = " and fact.windows.server = yes", " and fact.windows.server = no"
	if m := windows10.FindStringSubmatch(product); m != nil {
		release := m[1]
		if release == "" {
			release = "1507" // the first release has no number in its product name
		}
		arch := map[string]string{"x64": "amd64", "32-bit": "386", "ARM64": "arm64"}[m[2]]
		return fmt.Sprintf("os.codename = %q and os.arch = %s%s", release, arch, desktop)
	}
	if rest, ok := strings.CutPrefix(product, "Windows Server 2016"); ok {
		target := `os.codename = "1607"` + server
		if rest != "" {
			target += " and fact.windows.core = yes"
		}
		return target
	}
	pack := "not fact.os.servicePack"
	if m := olderPack.FindStringSubmatch(product); m != nil {
		pack = fmt.Sprintf("fact.os.servicePack = %q", m[1])
	}
	arch := "386"
	if strings.Contains(product, "x64") {
		arch = "amd64"
	}
	version := ""
	switch {
	case strings.HasPrefix(product, "Windows 7"):
		version = "6.1"
	case strings.HasPrefix(product, "Windows Vista"):
		version = "6.0"
	case strings.HasPrefix(product, "Microsoft Windows XP Professional x64"):
		version = "5.2"
	case strings.HasPrefix(product, "Microsoft Windows XP Service Pack"):
		version = "5.1"
	default: // editions that no host here has, and that systeminfo would name
		return fmt.Sprintf("fact.windows.product = %q", product)
	}
	return fmt.Sprintf("os.version = %q and os.arch = %s and %s%s", version, arch, pack, desktop)
}
