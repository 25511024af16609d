package fettle_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/hostfile"
)

// A host, a patch written by hand, the verdict and the packages that decide it.
func Example() {
	status := "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\n"
	found, err := hostfile.Read(strings.NewReader(status), "status", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	host := found.Records[0]
	host.Snapshot.OS = inventory.OS{Family: "linux", ID: "debian", Version: "12"}

	catalog, problems := applicability.Compile([]applicability.Patch{{
		ID:        "DSA-5764-1",
		Target:    applicability.MustParse("os.id = debian and os.version = 12 and deb:openssl"),
		Installed: applicability.MustParse("every deb:openssl >= 3.0.14-1~deb12u2"),
	}}, nil)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	facts := catalog.Intern(&host, nil)
	for _, f := range catalog.AssessFacts(facts, now, nil).Findings {
		fmt.Println(catalog.ID(int(f.Patch)), f.Verdict, "exposed:", f.Exposed, "problems:", len(problems))
		for _, p := range catalog.Packages(facts, f) {
			fmt.Println(p.Name, p.Installed, "wants", p.Fixed)
		}
	}
	// Output:
	// DSA-5764-1 needed exposed: yes problems: 0
	// openssl 3.0.11-1~deb12u2 wants 3.0.14-1~deb12u2
}
