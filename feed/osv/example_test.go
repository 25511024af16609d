package osv_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/hostfile"
)

// How do I load a vendor's feed and ask which hosts need what? A real program
// gives NewSource os.DirFS of a folder, or a zip, of advisories.
func ExampleNewSource() {
	advisories := fstest.MapFS{
		"all/DSA-5764-1.json": {Data: []byte(`{"id": "DSA-5764-1", "modified": "2026-09-03T00:00:00Z", "aliases": ["CVE-2024-6119"],
			"affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
				"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.14-1~deb12u2"}]}]}]}`)},
		"all/cut.json": {Data: []byte(`{"id": "DSA-5765-1", "aff`)},
	}
	found, err := feed.Collect(context.Background(), osv.NewSource(advisories, "all", nil), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Tally.String())
	for _, refused := range found.Tally.Refused {
		fmt.Println("not used:", refused)
	}
	catalog, _ := applicability.Compile(found.Patches, nil)
	hosts := fleet.New(catalog)
	for id, version := range map[fettle.HostID]string{"web-1": "3.0.11-1~deb12u2", "web-2": "3.0.14-1~deb12u2"} {
		status := "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version + "\n"
		read, err := hostfile.Read(strings.NewReader(status), "status", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		record := read.Records[0]
		record.Host.ID = id
		record.Snapshot.OS = inventory.OS{Family: "linux", ID: "debian", Version: "12"}
		if err := hosts.Put(&record); err != nil {
			fmt.Println(err)
			return
		}
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for i := range catalog.Len() {
		fmt.Println(catalog.ID(i), "is needed by", slices.Sorted(hosts.Hosts(i, applicability.Needed, now)),
			"and installed on", hosts.Counts(i, now).Verdicts[applicability.Installed], "of", hosts.Len())
	}
	// Output:
	// read 2, used 1 in 1 patch, refused 1
	// not used: all/cut.json:1: jsonscan: the text ends inside a value at byte 25
	// DSA-5764-1 is needed by [web-1] and installed on 1 of 2
}
