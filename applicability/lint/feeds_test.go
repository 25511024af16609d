package lint_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/feed/updateinfo"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// TestNoFalseAlarms reasons about real feeds, which say what they mean: no fault
// and no warning, and every question is decided.
func TestNoFalseAlarms(t *testing.T) {
	t.Parallel()
	one := func(name, file string) fstest.MapFS {
		return fstest.MapFS{name: &fstest.MapFile{Data: oracle.Read(t, file)}}
	}
	for name, source := range map[string]feed.Source{
		"centos6":   updateinfo.NewSource(one("u.xml", "updateinfo/centos6-updateinfo.xml.xz"), []string{"u.xml"}, nil),
		"almalinux": osv.NewSource(one("a.tar", "osv-almalinux/osv-almalinux.tar.xz"), "a.tar", nil),
		"go":        osv.NewSource(one("g.tar", "osv-go/osv-go.tar.xz"), "g.tar", nil),
	} {
		got, err := feed.Collect(t.Context(), source, "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		catalog, problems := applicability.Compile(got.Patches, nil)
		noFalseAlarm(t, name, catalog, problems)
	}
}

// TestNoFalseAlarmsOnOVAL does the same with what five vendors say in OVAL.
func TestNoFalseAlarmsOnOVAL(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"oracles/oval-photon3/photon3.oval.xml.xz", "oval/small/vulnerablecode--debian_oval_data.xml",
		"oval/small/vulnerablecode--suse_oval_data.xml", "oval/small/vunnel--mariner-truncated-2.0-oval.xml",
	} {
		document, err := oval.Parse(bytes.NewReader(oracle.Read(t, file)))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got, err := feed.Collect(t.Context(), document.Source(file), "")
		if err != nil || len(got.Tally.Refused) > 0 {
			t.Fatalf("%s: %v %s", file, err, got.Tally.String())
		}
		catalog, problems := applicability.Compile(got.Patches, nil)
		noFalseAlarm(t, file, catalog, problems)
	}
}

func noFalseAlarm(t *testing.T, name string, catalog *applicability.Catalog, problems []*applicability.Problem) {
	t.Helper()
	report := lint.Check(catalog, problems, nil)
	t.Logf("%s: %d patches, %d findings, %d undecided", name, report.Patches, len(report.Findings), report.Undecided)
	if report.Patches == 0 || report.Undecided > 0 {
		t.Errorf("%s: %d patches, %d undecided", name, report.Patches, report.Undecided)
	}
	for _, f := range report.Findings {
		if f.Grade > lint.Note {
			t.Errorf("%s: %s", name, f)
		}
	}
}
