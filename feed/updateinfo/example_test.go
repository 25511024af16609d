package updateinfo_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/updateinfo"
)

// Which patches does an rpm repository announce? A real program names the
// repository's folder, or its updateinfo.xml.gz with Options.Decompress.
func ExampleNewSource() {
	repository := fstest.MapFS{"updateinfo.xml": {Data: []byte(`<updates>
	  <update from="errata@example.org" status="final" type="security" version="2">
	    <id>EXSA-2026:0412</id><title>Important: openssl security update</title><severity>Important</severity>
	    <references><reference href="https://example.org" id="CVE-2024-6119" type="cve" title="CVE-2024-6119"/></references>
	    <pkglist><collection short="base"><name>base</name>
	      <package name="openssl" epoch="1" version="3.0.7" release="28.el9_4" arch="x86_64" src="openssl-3.0.7-28.el9_4.src.rpm">
	        <filename>openssl-3.0.7-28.el9_4.x86_64.rpm</filename></package>
	    </collection></pkglist>
	  </update>
	</updates>`)}}
	found, err := feed.Collect(context.Background(), updateinfo.NewSource(repository, []string{"updateinfo.xml"}, nil), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Tally.String())
	for _, p := range found.Patches {
		fmt.Println(p.ID, p.Class, p.Severity, p.Fixes)
		fmt.Println("for", p.Target)
		fmt.Println("installed where", p.Installed)
	}
	// Output:
	// read 1, used 1 in 1 patch, refused 0
	// EXSA-2026:0412 security high [CVE-2024-6119]
	// for any(rpm:openssl[arch=x86_64])
	// installed where all(not some rpm:openssl[arch=x86_64] by rpm < 1:3.0.7-28.el9_4)
}
