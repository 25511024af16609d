package fleet_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/inventory"
)

func webServer(id fettle.HostID, openssl string) *inventory.Record {
	return &inventory.Record{
		Version: inventory.RecordVersion,
		Host:    inventory.Host{ID: id, Site: "london", Labels: map[string]string{"role": "web"}},
		Snapshot: inventory.Snapshot{
			OS:       inventory.OS{Family: "linux", ID: "debian", Codename: "bookworm"},
			Packages: []inventory.Package{{Type: inventory.TypeDeb, Name: "openssl", Version: openssl, Arch: "amd64"}},
			Scope: inventory.Scope{
				Packages: []inventory.PackageScope{{Type: inventory.TypeDeb, All: true}},
				Evidence: []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped},
			},
		},
	}
}

// The two questions of an audit: which systems need a patch, and are those that
// should have it really patched?
func Example() {
	openssl := applicability.Package{Type: inventory.TypeDeb, Name: "openssl"}
	target := applicability.That(openssl)
	openssl.Range, openssl.Which = applicability.Before("3.0.11-1~deb12u2"), applicability.Some
	catalog, problems := applicability.Compile([]applicability.Patch{{
		ID: "DSA-5532-1", State: applicability.Approved, Target: target,
		Installed: applicability.That(applicability.Not{Of: applicability.That(openssl)}),
	}}, nil)
	if len(problems) > 0 {
		panic(problems[0])
	}
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

	f := fleet.New(catalog)
	for id, version := range map[fettle.HostID]string{"web-1": "3.0.9-1", "web-2": "3.0.11-1~deb12u2", "web-3": "3.0.9-1"} {
		if err := f.Put(webServer(id, version)); err != nil {
			panic(err)
		}
	}
	fmt.Println("need it:", slices.Sorted(f.Hosts(0, applicability.Needed, now)))

	if err := f.Put(webServer("web-1", "3.0.11-1~deb12u2")); err != nil { // web-1 was patched
		panic(err)
	}
	fmt.Println("exposed:", slices.Sorted(f.Exposed(0, fettle.Yes, now)))
	fmt.Println("proven to be in force on", f.Counts(0, now).Verified, "of", f.Len())
	// Output:
	// need it: [web-1 web-3]
	// exposed: [web-3]
	// proven to be in force on 2 of 3
}

// Which hosts does a footprint speak of?
func ExampleFleet_Select() {
	catalog, _ := applicability.Compile(nil, nil)
	f := fleet.New(catalog)
	for _, id := range []fettle.HostID{"web-2", "web-1"} {
		if err := f.Put(webServer(id, "3.0.9-1")); err != nil {
			panic(err)
		}
	}
	footprint, err := applicability.ParseFootprint(`site = london and label.role = web and not host.id = web-2`)
	if err != nil {
		panic(err)
	}
	chosen, err := f.Select(footprint)
	if err != nil {
		panic(err)
	}
	fmt.Println(chosen.Yes, chosen.Unknown)
	// Output: [web-1] []
}
