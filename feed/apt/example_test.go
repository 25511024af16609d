package apt_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
)

// Which patches does an archive offer? The files come from wherever open finds
// them; verifier is a keyring of module feed/pgp in a real program.
func ExampleSource() {
	now := func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }
	folder, archives := machine()
	source, err := apt.NewSource(files(folder), now, archives, nil)
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
		fmt.Println(p.ID, p.Class, p.Supersedes)
	}
	for _, r := range found.Tally.Refused {
		fmt.Println(r)
	}
	// Output:
	// read 6, used 4 in 3 patches, refused 1, skipped 1 (repeated 1)
	// bookworm-security/a@2 security [bookworm/a@1]
	// bookworm/a@1 unknown []
	// bookworm/c@1 unknown []
	// main/Packages:8: apt: not in the form of an archive's file: want "Field: value"
}
