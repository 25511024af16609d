package oval_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/rpm"
)

func photon(t *testing.T, name string) (*oval.Document, *inventory.Record) {
	t.Helper()
	d, err := oval.Parse(bytes.NewReader(oracle.Read(t, "oracles/oval-photon3/photon3.oval.xml.xz")))
	require.NoError(t, err)
	list, err := rpm.ParseLines(bytes.NewReader(oracle.Read(t, "oracles/oval-photon3/inventory-"+name+".jsonl")), name)
	require.NoError(t, err)
	var r inventory.Record
	r.Snapshot.Add(list)
	return d, &r
}

type photonLine struct {
	Definition string `json:"definition"`
	Test       string `json:"test"`
	Expected   string `json:"expected"`
}

func TestPhotonAsOscapEvaluatesIt(t *testing.T) {
	t.Parallel()
	n := 0
	for _, name := range []string{"real", "mixed"} {
		d, r := photon(t, name)
		e := d.Evaluate(r, nil)
		for _, l := range oracle.Lines[photonLine](t, "oracles/oval-photon3/expected-"+name+".jsonl") {
			got := e.Test(l.Test)
			if l.Definition != "" {
				got = e.Definition(l.Definition)
			}
			require.Equal(t, l.Expected, got.String(), "%s: %s%s", name, l.Definition, l.Test)
			n++
		}
	}
	require.Equal(t, 804, n)
	t.Logf("%d of %d", n, n)
}

// mitreHost has what the comments in the documents state of the machine that
// they were written for.
func mitreHost() *inventory.Record {
	r := &inventory.Record{Host: inventory.Host{Name: "host"}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "linux", ID: "debian"}
	s.Kernel = inventory.Kernel{Release: "6.1.0-18-amd64", Version: "#1 SMP", Machine: "x86_64"}
	for _, name := range []string{"libapt-pkg-dev", "dash"} {
		s.Packages = append(s.Packages, inventory.Package{Type: "deb", Name: name, Version: "2.6.1-1", Arch: "amd64"})
	}
	s.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	for _, f := range []string{"/bin/ls", "/bin/ln", "/etc/rc.d/rc", "/etc/rc.d/rc.local", "/etc/profile", "/etc/ssh/sshd_config"} {
		s.Files = append(s.Files, inventory.File{Path: f, Size: 100})
	}
	for _, f := range []string{"/bin", "/etc", "/etc/rc.d", "/etc/ssh", "/tmp/support/txt", "/tmp/support/txt/txtfile", "/tmp/support/txt/txtfile/subtxtfile"} {
		s.Files = append(s.Files, inventory.File{Path: f, Dir: true})
	}
	s.Scope.Files = []string{"/etc/rc", "/etc/ssh/*"}
	s.Sort()
	return r
}

// Every definition of the documents says of itself to what it evaluates. Those
// that rest on what is not supported are refused, with the reason in the table.
func TestDocumentsOfMITRE(t *testing.T) {
	t.Parallel()
	refused := map[string]string{}
	evaluated := 0
	for name, text := range oracle.Tar(t, "oracles/oval-mitre/oval-mitre.tar.xz") {
		d, err := oval.Parse(bytes.NewReader(text))
		require.NoError(t, err, name)
		e := d.Evaluate(mitreHost(), &oval.EvaluateOptions{AllFiles: true})
		for _, def := range d.Definitions {
			if err := def.Err(); err != nil {
				what := err.Error()
				_, what, _ = strings.Cut(what, "oval: not supported: ")
				refused[name] = what
				require.ErrorIs(t, err, oval.ErrUnsupported)
				require.Equal(t, oval.NotEvaluated, e.Definition(def.ID))
				continue
			}
			want := "true"
			if strings.HasPrefix(strings.ToLower(def.Title), "evaluate to false") {
				want = "false"
			}
			require.Equal(t, want, e.Definition(def.ID).String(), "%s: %s: %s", name, def.ID, def.Title)
			evaluated++
		}
	}
	t.Logf("%d definitions evaluated as they say", evaluated)
	const values = "local_variable" // whose values come from functions or from other objects
	require.Equal(t, map[string]string{
		"ind-def_environmentvariable58_test.xml":    "environmentvariable58_test",
		"ind-def_filehash_test.xml":                 "filehash_test",
		"ind-def_sql_test.xml":                      "sql_test",
		"ind-def_textfilecontent_test.xml":          "textfilecontent_test",
		"linux-def_partition_test.xml":              "partition_test",
		"linux-def_rpmverify_test.xml":              "rpmverify_test",
		"linux-def_selinuxsecuritycontext_test.xml": "selinuxsecuritycontext_test",
		"oval-def_arithmetic_function.xml":          values,
		"oval-def_concat_function.xml":              values,
		"oval-def_end_function.xml":                 values,
		"oval-def_literal_component.xml":            values,
		"oval-def_object_component.xml":             values,
		"oval-def_substring_function.xml":           values,
		"oval-def_variable_component.xml":           values,
		"unix-def_interface_test.xml":               "interface_test",
		"unix-def_process58_test.xml":               "process58_test",
		"unix-def_runlevel_test.xml":                "runlevel_test",
	}, refused)
}
