package oval_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/inventory"
)

// TestEveryInstance: a test with check="all" asks every instance of its package,
// evaluated and as a patch; "at least one" asks for one. Two libraries lie side by
// side, one of them older.
func TestEveryInstance(t *testing.T) {
	t.Parallel()
	for check, vulnerable := range map[string][3]bool{ // with none, one and both older
		"all":          {false, false, true},
		"at least one": {false, true, true},
	} {
		d, err := oval.Parse(strings.NewReader(`<oval_definitions><definitions><definition id="d" class="vulnerability"><criteria>
			<criterion test_ref="t"/></criteria></definition></definitions>
			<tests><dpkginfo_test id="t" check="` + check + `"><object object_ref="o"/><state state_ref="s"/></dpkginfo_test></tests>
			<objects><dpkginfo_object id="o"><name>libssl3</name></dpkginfo_object></objects>
			<states><dpkginfo_state id="s"><evr datatype="debian_evr_string" operation="less than">0:3.0.14</evr></dpkginfo_state></states></oval_definitions>`))
		require.NoError(t, err)
		found, err := feed.Collect(t.Context(), d.Source("d.xml"), "")
		require.NoError(t, err)
		catalog, problems := applicability.Compile(found.Patches, nil)
		require.Empty(t, problems)
		for older, want := range vulnerable {
			host := inventory.Record{Version: inventory.RecordVersion}
			for i, arch := range []string{"amd64", "i386"} {
				version := "3.0.14"
				if i < older {
					version = "3.0.11"
				}
				host.Snapshot.Packages = append(host.Snapshot.Packages, inventory.Package{Type: "deb", Name: "libssl3", Version: version, Arch: arch})
			}
			host.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
			host.Snapshot.Sort()
			result, exposed := oval.False, fettle.No
			if want {
				result, exposed = oval.True, fettle.Yes
			}
			require.Equal(t, result, d.Evaluate(&host, nil).Definition("d"), "%s, %d older", check, older)
			d.Observe(&host, nil)
			finding := catalog.AssessFacts(catalog.Intern(&host, nil), found.Patches[0].Released, nil).Of(0)
			require.Equal(t, want, finding.Verdict == applicability.Needed, "%s, %d older: %s", check, older, finding.Verdict)
			if want {
				require.Equal(t, exposed, finding.Exposed)
			}
		}
	}
}
