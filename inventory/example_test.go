package inventory_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/dpkg"
)

// Which version of a package is there, and is it known that another is not?
func Example() {
	status := `Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.0.11-1~deb12u2

Package: curl
Status: install ok installed
Architecture: amd64

`
	list, err := dpkg.Parse(strings.NewReader(status), "status", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var s inventory.Snapshot
	s.Add(list)
	for _, name := range []string{"libssl3", "telnetd", "curl"} {
		found, complete := s.PackagesNamed(inventory.TypeDeb, name)
		fmt.Println(name, len(found), complete)
	}
	fmt.Println(&list.Report)
	fmt.Println(list.Report.Problems[0])
	// Output:
	// libssl3 1 true
	// telnetd 0 true
	// curl 0 false
	// read 2, used 1, refused 1
	// status:7: curl: Version: it is empty
}

// How are hosts written down, and read again one at a time?
func ExampleReader() {
	web := inventory.Record{
		Host: inventory.Host{ID: "web-01", Site: "london"},
		Snapshot: inventory.Snapshot{
			OS:       inventory.OS{Family: "linux", ID: "debian", Version: "12"},
			Packages: []inventory.Package{{Type: "deb", Name: "openssl", Version: "3.0.11-1~deb12u2", Arch: "amd64"}},
		},
	}
	line, err := web.Line()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(line))
	for r, err := range inventory.NewReader(strings.NewReader(string(line)+"{\"host\":\n"), "hosts.jsonl", nil).All() {
		fmt.Println(r.Host.ID, err)
	}
	// Output:
	// {"version":1,"host":{"id":"web-01","site":"london"},"snapshot":{"os":{"family":"linux","id":"debian","version":"12"},"packages":[{"type":"deb","name":"openssl","version":"3.0.11-1~deb12u2","arch":"amd64"}]}}
	// web-01 <nil>
	//  hosts.jsonl:2: inventory: the file ends in the middle of a record
}

// What changed on a host between two looks at it?
func ExampleDiff() {
	all := inventory.Scope{Packages: []inventory.PackageScope{{Type: "deb", All: true}}}
	monday := inventory.Snapshot{
		Scope: all, BootID: "7f", Counters: map[string]uint64{"boots": 12},
		Packages: []inventory.Package{{Type: "deb", Name: "openssl", Version: "3.0.13"}},
	}
	tuesday := inventory.Snapshot{
		Scope: all, BootID: "81", Counters: map[string]uint64{"boots": 9},
		Packages: []inventory.Package{{Type: "deb", Name: "openssl", Version: "3.0.11"}},
	}
	changes := inventory.Diff(&monday, &tuesday)
	for _, p := range changes.Packages {
		fmt.Println(p.Op, p.Before.Name, p.Before.Version, "to", p.After.Version)
	}
	for _, f := range changes.Fallen {
		fmt.Println(f.Name, "fell from", f.Before, "to", f.After)
	}
	fmt.Println("rebooted:", changes.Rebooted)
	// Output:
	// changed openssl 3.0.13 to 3.0.11
	// boots fell from 12 to 9
	// rebooted: yes
}

// Which hosts of the register are missing, and which report twice under one
// name?
func ExampleReconcile() {
	at := func(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }
	register := []inventory.Host{{ID: "db-01"}, {ID: "kiosk"}, {ID: "web-01"}}
	seen := []inventory.Sighting{
		{Host: "web-01", Taken: at(9), BootID: "7f"},
		{Host: "kiosk", Taken: at(6), BootID: "a1"},
		{Host: "kiosk", Taken: at(7), BootID: "b2"},
		{Host: "kiosk", Taken: at(8), BootID: "a1"},
		{Host: "kiosk", Taken: at(9), BootID: "b2"},
	}
	r := inventory.Reconcile(register, seen, at(10), 24*time.Hour)
	fmt.Println("missing:", r.Missing)
	fmt.Println("cloned:", r.Cloned[0].Host, r.Cloned[0].Boots)
	// Output:
	// missing: [db-01]
	// cloned: kiosk [a1 b2 a1 b2]
}
