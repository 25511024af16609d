package osrelease_test

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// Which distribution and release is this?
func ExampleParse() {
	os, err := osrelease.Parse(strings.NewReader("NAME=\"Ubuntu\"\nVERSION=\"14.04.6 LTS, Trusty Tahr\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"14.04\"\n"), "os-release")
	fmt.Println(os.ID, os.Version, os.Codename, os.IDLike, err)
	// Output: ubuntu 14.04 trusty [debian] <nil>
}
