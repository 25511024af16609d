package applicability_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

func webServer() *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: "web-01", Site: "london"}}
	r.Snapshot = inventory.Snapshot{
		Taken: time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC),
		OS:    inventory.OS{Family: "linux", ID: "debian", Version: "12", Codename: "bookworm", Arch: "amd64"},
		Packages: []inventory.Package{
			{Type: "deb", Name: "libssl3", Version: "3.0.11-1~deb12u1", Arch: "amd64", Source: "openssl", SourceVersion: "3.0.11-1~deb12u1"},
			{Type: "deb", Name: "nginx", Version: "1.22.1-9+deb12u1", Arch: "amd64", Source: "nginx", SourceVersion: "1.22.1-9+deb12u1"},
		},
		Scope: inventory.Scope{
			Packages: []inventory.PackageScope{{Type: "deb", All: true}},
			Evidence: []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped},
		},
	}
	r.Snapshot.Sort()
	return r
}

func advisories() []applicability.Patch {
	return []applicability.Patch{
		{
			ID: "DSA-5532-1", Severity: fettle.SeverityHigh,
			Target:    applicability.MustParse("source deb:openssl and os.codename = bookworm"),
			Installed: applicability.MustParse("not some source deb:openssl < 3.0.11-1~deb12u2"),
		},
		{
			ID: "DSA-5549-1", Severity: fettle.SeverityMedium,
			Target:    applicability.MustParse("source deb:nginx and os.codename = bookworm"),
			Installed: applicability.MustParse("not some source deb:nginx < 1.22.1-9+deb12u1"),
		},
		{
			ID:        "DSA-5700-1",
			Target:    applicability.MustParse("source deb:apache2 and os.codename = bookworm"),
			Installed: applicability.MustParse("not some source deb:apache2 < 2.4.60-1~deb12u1"),
		},
	}
}

// Which patches does this host need?
func ExampleCatalog_Assess() {
	catalog, problems := applicability.Compile(advisories(), nil)
	for _, p := range problems {
		fmt.Println(p)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	assessment := catalog.Assess(webServer(), now)
	for _, f := range assessment.Findings {
		fmt.Println(catalog.ID(int(f.Patch)), f.Verdict, "exposed:", f.Exposed)
	}
	fmt.Println(assessment.Counts[applicability.NotApplicable], "not applicable")
	// Output:
	// DSA-5532-1 needed exposed: yes
	// DSA-5549-1 installed exposed: no
	// 1 not applicable
}

// How do we know?
func ExampleCatalog_Explain() {
	catalog, _ := applicability.Compile(advisories(), nil)
	proof, err := catalog.Explain(webServer(), "DSA-5532-1", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(proof)
	// Output:
	// DSA-5532-1: needed, exposed: yes
	// target
	//   yes     all of
	//     yes     source deb:openssl
	//             saw libssl3[amd64] 3.0.11-1~deb12u1 (deb package list)
	//     yes     os.codename = bookworm
	//             saw bookworm (operating system)
	// installed
	//   no      not
	//     yes     some source deb:openssl < 3.0.11-1~deb12u2
	//             saw libssl3[amd64] 3.0.11-1~deb12u1 (deb package list)
	// smallest change after which it would be installed
	//   some source deb:openssl < 3.0.11-1~deb12u2: yes to no
	//     libssl3[amd64] 3.0.11-1~deb12u1 to 3.0.11-1~deb12u2
}

// Which patches are needed if only approved ones count?
func ExampleCatalog_Allow() {
	older := applicability.Patch{ID: "U1", Target: applicability.MustParse("deb:nginx"), Installed: applicability.MustParse("not some deb:nginx < 1.23")}
	newer := older
	newer.ID, newer.Supersedes = "U2", []fettle.PatchID{"U1"}
	newer.Installed = applicability.MustParse("not some deb:nginx < 1.24")
	catalog, _ := applicability.Compile([]applicability.Patch{older, newer}, nil)
	approved := catalog.Allow(func(id fettle.PatchID) bool { return id == "U1" })
	for _, c := range []*applicability.Catalog{catalog, approved} {
		for _, f := range c.Assess(webServer(), time.Time{}).Findings {
			fmt.Println(c.ID(int(f.Patch)), f.Verdict)
		}
	}
	// Output:
	// U1 superseded
	// U2 needed
	// U1 needed
	// U2 needed
}

// How is one catalogue held against the same host many times without making
// garbage?
func ExampleCatalog_AssessFacts() {
	catalog, _ := applicability.Compile(advisories(), nil)
	record := webServer()
	var facts *applicability.Facts
	var assessment *applicability.Assessment
	for range 3 {
		facts = catalog.Intern(record, facts)                            // after the host changed
		assessment = catalog.AssessFacts(facts, time.Time{}, assessment) // as often as the clock matters
	}
	for _, p := range catalog.Packages(facts, assessment.Findings[0]) {
		fmt.Println(p.Name, p.Installed, "fixed in", p.Fixed)
	}
	// Output: libssl3 3.0.11-1~deb12u1 fixed in 3.0.11-1~deb12u2
}

// Which facts does a catalogue read?
func ExampleCatalog_Needs() {
	catalog, _ := applicability.Compile([]applicability.Patch{{
		ID:        "APP-2.1",
		Target:    applicability.MustParse(`registry "HKLM\\SOFTWARE\\App" value InstallDir`),
		Installed: applicability.MustParse(`file in registry "HKLM\\SOFTWARE\\App" value InstallDir "app.exe" version >= 2.1`),
		Active:    applicability.MustParse("always"),
	}}, nil)
	text, err := json.Marshal(catalog.Needs())
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(string(text))
	// Output: {"files":[{"path":"app.exe","from":{"key":"HKLM\\SOFTWARE\\App","values":["InstallDir"]},"version":true}],"registry":[{"key":"HKLM\\SOFTWARE\\App","values":["InstallDir"]}]}
}

// Where is the mistake?
func ExampleParseFootprint() {
	f, err := applicability.ParseFootprint("site = london and not label.role = trading")
	fmt.Println(f, err)
	_, err = applicability.ParseFootprint("deb:openssl < and os.id = debian")
	if bad, ok := errors.AsType[*applicability.ParseError](err); ok {
		fmt.Println(bad.Show())
		fmt.Println(bad)
	}
	// Output:
	// site = london and not label.role = trading <nil>
	// deb:openssl < and os.id = debian
	//               ^
	// applicability: footprint: character 15: want a version, found "and os.id = debian"
}

// Does one condition hold on one host?
func ExampleFootprint_Holds() {
	host := webServer()
	for _, text := range []string{"site = london", "deb:nginx >= 1.23", "fact.rack"} {
		fmt.Println(text, "->", applicability.MustParse(text).Holds(host))
	}
	// Output:
	// site = london -> yes
	// deb:nginx >= 1.23 -> no
	// fact.rack -> unknown
}

// How is a catalogue written to a file and read from it?
func ExampleReadCatalog() {
	patches := advisories()[:1]
	var file strings.Builder
	err := applicability.WriteCatalog(&file, applicability.CatalogHeader{Revision: 7}, func(yield func(*applicability.Patch) bool) {
		for i := range patches {
			if !yield(&patches[i]) {
				return
			}
		}
	})
	if err != nil {
		fmt.Println(err)
	}
	header, all, err := applicability.ReadCatalog(strings.NewReader(file.String()))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("revision", header.Revision)
	for p, err := range all {
		if err != nil {
			fmt.Fprintln(os.Stderr, err) // one line; the rest can be used
			continue
		}
		fmt.Println(p.ID, "installed where", p.Installed)
	}
	// Output:
	// revision 7
	// DSA-5532-1 installed where not some source deb:openssl < 3.0.11-1~deb12u2
}

// What happened to this host since yesterday, and was it us?
func ExampleCompare() {
	catalog, _ := applicability.Compile(advisories(), nil)
	yesterday, today := webServer(), webServer()
	today.Snapshot.Packages[0].SourceVersion = "3.0.11-1~deb12u2"
	today.Snapshot.Packages[0].Version = "3.0.11-1~deb12u2"
	today.Snapshot.Packages[1].SourceVersion = "1.22.1-9"
	today.Snapshot.Packages[1].Version = "1.22.1-9"

	var now time.Time
	granted := []fettle.PatchID{} // we permitted nothing
	changes := applicability.Compare(catalog.Judge(yesterday, now), catalog.Judge(today, now), granted)
	for _, s := range changes.Shifts {
		fmt.Println(s.Patch, s.Kind)
		for _, why := range s.Why {
			fmt.Println(" ", applicability.ShiftText(why))
		}
	}
	fmt.Println("rolled back:", changes.RolledBack())
	// Output:
	// DSA-5549-1 regressed
	//   went down: deb:nginx 1.22.1-9+deb12u1 to 1.22.1-9
	// DSA-5532-1 installed-without-grant
	//   went up: deb:libssl3 3.0.11-1~deb12u1 to 3.0.11-1~deb12u2
	// DSA-5532-1 fixed
	//   went up: deb:libssl3 3.0.11-1~deb12u1 to 3.0.11-1~deb12u2
	// rolled back: false
}
