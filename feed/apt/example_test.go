package apt_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"testing/fstest"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
)

// Which patches does an archive offer, and what of it could not be read? The files come from wherever open finds
// them. Unsigned is for an archive without a signature, as this one: else
// Verifier is a keyring of module feed/pgp.
func ExampleNewSource() {
	packages := `Package: openssl
Version: 3.0.14-1~deb12u2
Architecture: amd64
Filename: pool/openssl_3.0.14-1~deb12u2_amd64.deb
Size: 1433140
SHA256: 9a4b3b3f6b0d2f7d3c0a8e5d1f2c4b6a8d0e1f3a5c7b9d1e3f5a7c9b1d3e5f70

Package: libssl3
Source: openssl
Version: 3.0.14-1~deb12u2
`
	release := fmt.Sprintf(`Origin: Example
Suite: bookworm-security
Codename: bookworm-security
Date: Fri, 20 Nov 2026 00:00:00 UTC
SHA256:
 %x %d main/binary-amd64/Packages
`, sha256.Sum256([]byte(packages)), len(packages))
	archive := fstest.MapFS{"Release": {Data: []byte(release)}, "Packages": {Data: []byte(packages)}}
	open := func(name string) (io.ReadCloser, error) { return archive.Open(name) }
	now := func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }
	source, err := apt.NewSource(open, now, []apt.Archive{{
		Release: "Release", Packages: []apt.Packages{{File: "Packages"}}, Check: apt.Check{Unsigned: true, Suite: "bookworm-security"},
	}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := feed.Collect(context.Background(), source, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Tally.String())
	for _, p := range found.Patches {
		fmt.Println(p.ID, "installed where", p.Installed)
	}
	for _, r := range found.Tally.Refused {
		fmt.Println("not used:", r)
	}
	// Output:
	// read 2, used 1 in 1 patch, refused 1
	// example:bookworm-security/openssl@3.0.14-1~deb12u2 installed where not some deb:openssl[arch=amd64] < 3.0.14-1~deb12u2 and not (os.arch = amd64 and some deb:openssl[arch=all] < 3.0.14-1~deb12u2)
	// not used: Packages:8: libssl3: Architecture: apt: not in the form of an archive's file: want an architecture
}
