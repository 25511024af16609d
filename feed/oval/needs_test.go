package oval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/inventory"
)

// about wraps one test about an object and a state in a document.
func about(kind, check, object, state string) string {
	return fmt.Sprintf(`<oval_definitions><definitions><definition id="d" class="patch"><criteria><criterion test_ref="t"/></criteria></definition></definitions>
<tests><%[1]s_test id="t" check="%[2]s"><object object_ref="o"/><state state_ref="s"/></%[1]s_test></tests>
<objects><%[1]s_object id="o">%[3]s</%[1]s_object></objects><states><%[1]s_state id="s">%[4]s</%[1]s_state></states></oval_definitions>`, kind, check, object, state)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]inventory.Needs{
		about("dpkginfo", "all", "<name>a</name>", "<version>1</version>"):                                    {Packages: []inventory.PackageNeed{{Type: "deb", Names: []string{"a"}}}},
		about("rpminfo", "all", `<name operation="pattern match">a</name>`, "<version>1</version>"):           {Packages: []inventory.PackageNeed{{Type: "rpm", All: true}}},
		about("file", "all", "<path>/etc/</path><filename>a</filename>", "<size>1</size>"):                    {Files: []inventory.FileNeed{{Path: "/etc/a"}}},
		about("file", "all", `<path>C:\x</path><filename>a.dll</filename>`, "<version>1</version>"):           {Files: []inventory.FileNeed{{Path: `C:\x\a.dll`, Version: true}}},
		about("file", "all", `<path>/etc</path><filename nil="true"/>`, "<size>1</size>"):                     {Files: []inventory.FileNeed{{Path: "/etc"}}},
		about("file", "all", `<filepath operation="pattern match">^/.*/x</filepath>`, "<size>1</size>"):       {},
		about("sql", "all", "<engine>a</engine>", "<version>1</version>"):                                     {},
		about("registry", "all", `<hive>HKEY_LOCAL_MACHINE</hive><key>A\</key><name>b</name>`, ""):            {Registry: []inventory.RegistryNeed{{Key: `HKLM\A`, Values: []string{"b"}}}},
		about("registry", "all", `<behaviors windows_view="32_bit"/><hive>HKEY_USERS</hive><key>A</key>`, ""): {Registry: []inventory.RegistryNeed{{Key: `HKU\A`, View: inventory.View32}}},
		about("textfilecontent54", "all", `<path>/etc/a.d</path><filename operation="pattern match">\.list$</filename><pattern operation="pattern match">x</pattern><instance>1</instance>`, ""): {
			Files: []inventory.FileNeed{{Path: "/etc/a.d/*.list", Text: true}},
		},
	} {
		d, err := oval.Parse(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, want, d.Needs(), text)
	}
}

// A pattern is known to match nothing else where everything that it can match
// was looked at.
func TestPatternsOfPaths(t *testing.T) {
	t.Parallel()
	text := about("textfilecontent54", "all", `<filepath operation="pattern match">^/etc/a\.d/.*$</filepath><pattern operation="pattern match">^x=(\d)$</pattern><instance datatype="int">1</instance>`,
		`<subexpression datatype="int">1</subexpression>`)
	d, err := oval.Parse(strings.NewReader(text))
	require.NoError(t, err)
	var r inventory.Record
	s := &r.Snapshot
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("d"), "nobody looked")
	for _, need := range d.Needs().Files {
		s.Scope.Files = append(s.Scope.Files, need.Path)
	}
	require.Equal(t, oval.False, d.Evaluate(&r, nil).Definition("d"), "there is none")
	content := "a\nx=1\n"
	s.Files = []inventory.File{{Path: "/etc/a.d/b", Text: &content}, {Path: "/etc/a.d/c", Dir: true}}
	require.Equal(t, oval.True, d.Evaluate(&r, nil).Definition("d"))
	s.Files[0].Text = nil
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("d"), "nobody read it")
	s.Files = []inventory.File{{Path: "/etc/a.d/1/2/3/4", Dir: true}}
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("d"), "nobody looked into the folder")
}

// Paths of Windows have its separators and ignore case.
func TestFilesOfWindows(t *testing.T) {
	t.Parallel()
	d, err := oval.Parse(strings.NewReader(about("file", "all", `<path>C:\WINDOWS\System32</path><filename>a.dll</filename>`,
		`<path>C:\Windows\System32</path><filename>A.dll</filename><version datatype="version" operation="less than">10.2</version>`)))
	require.NoError(t, err)
	var r inventory.Record
	r.Snapshot.OS.Family = "windows"
	r.Snapshot.Files = []inventory.File{{Path: `C:\Windows\System32\A.dll`, FileVersion: "10.1.0.0"}}
	require.Equal(t, oval.True, d.Evaluate(&r, nil).Definition("d"))
}

// Checks over several values are asked of one alone, too.
func TestChecksOfOneValue(t *testing.T) {
	t.Parallel()
	var r inventory.Record
	r.Snapshot.Packages = []inventory.Package{{Type: "deb", Name: "a", Version: "1-1", Arch: "amd64"}}
	r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	for entity, want := range map[string]oval.Result{
		`<arch>amd64</arch>`:                                                       oval.True,
		`<arch entity_check="none satisfy">amd64</arch>`:                           oval.False,
		`<arch entity_check="only one">amd64</arch>`:                               oval.True,
		`<arch var_ref="v" var_check="none satisfy"/>`:                             oval.False,
		`<arch var_ref="v" var_check="none satisfy" entity_check="none satisfy"/>`: oval.True,
		`<arch operation="not equal" var_ref="v" var_check="none satisfy"/>`:       oval.True,
		`<version datatype="boolean">1</version>`:                                  oval.True,
		`<arch datatype="boolean">1</arch>`:                                        oval.Error,
		`<arch datatype="boolean" entity_check="none satisfy">1</arch>`:            oval.Error,
		``: oval.Unknown,
	} {
		text := strings.Replace(about("dpkginfo", "all", "<name>a</name>", entity), "</states>", `</states><variables><constant_variable id="v"><value>amd64</value></constant_variable></variables>`, 1)
		d, err := oval.Parse(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, want, d.Evaluate(&r, nil).Definition("d"), entity)
		agree(t, d, &r)
	}
	// A package without an epoch has none, and is ordered as one with 0.
	r.Snapshot.Packages = []inventory.Package{{Type: "rpm", Name: "a", Version: "1-1", Arch: "noarch"}}
	r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "rpm", All: true}}
	d, err := oval.Parse(strings.NewReader(about("rpminfo", "all", "<name>a</name>", `<epoch>(none)</epoch><evr datatype="evr_string">0:1-1</evr>`)))
	require.NoError(t, err)
	require.Equal(t, oval.True, d.Evaluate(&r, nil).Definition("d"))

	r.Snapshot.Packages[0].Type, r.Snapshot.Scope.Packages[0].Type = "deb", "deb"
	// An object that names one thing twice finds it once.
	text := strings.Replace(about("dpkginfo", "only one", `<name var_ref="v" var_check="at least one"/>`, `<arch>noarch</arch>`), "</states>",
		`</states><variables><constant_variable id="v"><value>a</value><value>a</value></constant_variable></variables>`, 1)
	d, err = oval.Parse(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, oval.True, d.Evaluate(&r, nil).Definition("d"))
}
