package hostfile_test

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/inventory/hostfile"
)

// What is this file, and what is on the host?
func ExampleRead() {
	for _, content := range []string{
		"Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\n\n",
		`{"name":"bash","epoch":"0","version":"4.4.18","release":"1.ph3","arch":"x86_64"}` + "\n",
		"bash-5.1.8-6.el9.x86_64\n",
	} {
		r, err := hostfile.Read(strings.NewReader(content), "web-01", nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		p := r.Records[0].Snapshot.Packages[0]
		fmt.Println(r.Kind, "-", p.Name, p.Version)
	}
	// Output:
	// dpkg status file - openssl 3.0.11-1~deb12u2
	// rpm packages (JSON lines) - bash 4.4.18-1.ph3
	// web-01: hostfile: cannot tell what kind of host file this is: it looks like plain rpm -qa output, which does not tell epochs; make it with rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{MODULARITYLABEL}\t%{INSTALLTIME}\t%{VENDOR}\n'
}
