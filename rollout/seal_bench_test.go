package rollout_test

import (
	"slices"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// BenchmarkOpenReport is what a coordinator does for each report before its
// single writer sees it: a seal is checked, and the text read strictly.
func BenchmarkOpenReport(b *testing.B) {
	e, err := rollout.SealReport(fullReport(), signer(b, "h1"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rollout.OpenReport(e, "emea", hostKeys); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadReport is the reading alone.
func BenchmarkReadReport(b *testing.B) {
	data := payloadOf(b, fullAsk())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rollout.ParseAsk(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealGrant(b *testing.B) {
	key := signer(b, "region")
	g := fullGrant()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rollout.SealGrant(g, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndValidate(b *testing.B) {
	data := payloadOf(b, fullSpec())
	b.ReportAllocs()
	for b.Loop() {
		s, err := rollout.ParseSpec("spec", data)
		if err != nil || s.Validate(nil).Err() != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPreview(b *testing.B) {
	s := previewSpec(
		rollout.Ring{Name: "canary", Count: 60}, rollout.Ring{Name: "pilot", Share: rollout.Percent(10)}, rollout.Ring{Name: "rest", Rest: true},
	)
	s.Coverage = []string{"os"}
	for name, n := range map[string]int{"hosts=1e4": 10_000, "hosts=1e6": 1_000_000} {
		hosts := slices.Values(slices.Collect(fleet(n, nil)))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Preview(hosts)
			}
		})
	}
}
