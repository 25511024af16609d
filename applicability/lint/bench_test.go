package lint_test

import (
	"fmt"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
)

// advisories makes patches as distribution feeds write them: a package, a
// release, a fixed version; each tenth supersedes the one of the same package
// before it.
func advisories(n int) []applicability.Patch {
	patches := make([]applicability.Patch, n)
	names := max(n/10, 1)
	for i := range patches {
		name := fmt.Sprintf("source deb:pkg%d", i%names)
		p := &patches[i]
		p.ID = fettle.PatchID(fmt.Sprintf("DSA-%d", i))
		p.Target = applicability.MustParse(name + " and os.codename = bookworm and os.id = debian")
		p.Installed = applicability.MustParse(fmt.Sprintf("not some %s < 1.%d-1", name, i/names))
		if i >= names {
			p.Supersedes = []fettle.PatchID{patches[i-names].ID}
		}
	}
	return patches
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 5e4} {
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			catalog, problems := applicability.Compile(advisories(n), nil)
			b.ReportAllocs()
			for b.Loop() {
				report := lint.Check(catalog, problems, nil)
				if len(report.Findings)+report.Undecided > 0 {
					b.Fatalf("%d findings, %d undecided", len(report.Findings), report.Undecided)
				}
			}
		})
	}
}
