package applicability_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

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
