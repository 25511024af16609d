package applicability_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// TestChangesNameTheirOwnPackages: names that begin alike, and instances of
// another architecture, are not upgraded by each other's criteria.
func TestChangesNameTheirOwnPackages(t *testing.T) {
	t.Parallel()
	catalog, problems := applicability.Compile([]applicability.Patch{{
		ID: "apt@2.6.2", Target: applicability.MustParse("deb:apt"),
		Installed: applicability.MustParse("not some deb:apt[arch=amd64] < 2.6.2 and not some deb:apt[arch=i386] < 2.6.2 and not some deb:apt-transport < 2.6.2"),
	}}, nil)
	require.Empty(t, problems)
	host := &inventory.Record{Version: inventory.RecordVersion, Snapshot: inventory.Snapshot{
		Packages: []inventory.Package{
			{Type: "deb", Name: "apt", Version: "2.6.0", Arch: "amd64"},
			{Type: "deb", Name: "apt", Version: "2.6.1", Arch: "i386"},
			{Type: "deb", Name: "apt-transport", Version: "2.5", Arch: "all"},
		},
		Scope: inventory.Scope{Packages: []inventory.PackageScope{{Type: "deb", All: true}}},
	}}
	proof, err := catalog.Explain(host, "apt@2.6.2", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	var did []string
	for _, change := range proof.Changes {
		did = append(did, change.Criterion+": "+strings.Join(change.Do, ", "))
	}
	require.Equal(t, []string{
		"some deb:apt[arch=amd64] < 2.6.2: apt[amd64] 2.6.0 to 2.6.2",
		"some deb:apt[arch=i386] < 2.6.2: apt[i386] 2.6.1 to 2.6.2",
		"some deb:apt-transport < 2.6.2: apt-transport[all] 2.5 to 2.6.2",
	}, did)
}
