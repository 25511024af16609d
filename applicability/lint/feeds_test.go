package lint_test

import (
	"testing"
	"testing/fstest"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/osv"
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
}
