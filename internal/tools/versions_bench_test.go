package tools_test

import (
	"bytes"
	"cmp"
	"testing"

	masterminds "github.com/Masterminds/semver/v3"
	pep440 "github.com/aquasecurity/go-pep440-version"
	apk "github.com/knqyf263/go-apk-version"
	knqyf "github.com/knqyf263/go-deb-version"
	rpm "github.com/knqyf263/go-rpm-version"
	pault "pault.ag/go/debian/version"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// peer is a library that compares versions: parsed once, or from their text
// each time.
type peer struct {
	name  string
	bench func(b *testing.B, pairs []versionPair)
}

type versionPair struct {
	A, B     string
	Expected int
}

// peerOf makes a peer of a library's parse and compare functions.
func peerOf[V any](name string, parse func(string) (V, error), compare func(a, b V) int) peer {
	return peer{name, func(b *testing.B, pairs []versionPair) {
		b.Helper()
		parsed := make([][2]V, len(pairs))
		wrong := 0
		for i, p := range pairs {
			x, errX := parse(p.A)
			y, errY := parse(p.B)
			if errX != nil || errY != nil || cmp.Compare(compare(x, y), 0) != p.Expected {
				wrong++
			}
			parsed[i] = [2]V{x, y}
		}
		b.Run("text", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p := pairs[i%len(pairs)]
				x, _ := parse(p.A)
				y, _ := parse(p.B)
				compare(x, y)
			}
			b.ReportMetric(float64(wrong), "wrong")
		})
		b.Run("parsed", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p := parsed[i%len(parsed)]
				compare(p[0], p[1])
			}
		})
	}}
}

// ours compares by text with Compare and parsed by key.
func ours(s applicability.Scheme) peer {
	return peer{"fettle", func(b *testing.B, pairs []versionPair) {
		b.Helper()
		keys := make([][2][]byte, len(pairs))
		wrong := 0
		for i, p := range pairs {
			c, err := s.Compare(p.A, p.B)
			if err != nil || c != p.Expected {
				wrong++
			}
			keys[i][0], _ = s.AppendKey(nil, p.A)
			keys[i][1], _ = s.AppendKey(nil, p.B)
		}
		b.Run("text", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p := pairs[i%len(pairs)]
				if _, err := s.Compare(p.A, p.B); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(wrong), "wrong")
		})
		b.Run("parsed", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := keys[i%len(keys)]
				bytes.Compare(k[0], k[1])
			}
		})
	}}
}

// BenchmarkVersions compares the recorded pairs of each package manager, and
// counts the answers that differ from its own.
func BenchmarkVersions(b *testing.B) {
	for _, order := range []struct {
		scheme applicability.Scheme
		file   string
		peers  []peer
	}{
		{applicability.SchemeDeb, "dpkg-compare", []peer{
			peerOf("knqyf263", knqyf.NewVersion, func(a, b knqyf.Version) int { return a.Compare(b) }),
			peerOf("pault", pault.Parse, pault.Compare),
		}},
		{applicability.SchemeRPM, "rpm-evr-compare", []peer{
			peerOf("knqyf263", func(v string) (rpm.Version, error) { return rpm.NewVersion(v), nil }, rpm.Version.Compare),
		}},
		{applicability.SchemeAPK, "apk-compare", []peer{
			peerOf("knqyf263", apk.NewVersion, apk.Version.Compare),
		}},
		{applicability.SchemePEP440, "pep440-compare", []peer{
			peerOf("aquasecurity", pep440.Parse, pep440.Version.Compare),
		}},
		{applicability.SchemeSemver, "semver-compare", []peer{
			peerOf("masterminds", masterminds.NewVersion, (*masterminds.Version).Compare),
		}},
	} {
		pairs := oracle.Lines[versionPair](b, "oracles/"+order.file+".jsonl")
		for _, p := range append([]peer{ours(order.scheme)}, order.peers...) {
			b.Run(order.scheme.String()+"/"+p.name, func(b *testing.B) { p.bench(b, pairs) })
		}
	}
}
