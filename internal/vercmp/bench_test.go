package vercmp_test

import (
	"bytes"
	"testing"
)

// BenchmarkCompare compares two versions that differ late, from their text;
// BenchmarkKey the same two by their keys, and BenchmarkAppendKey makes one.
func BenchmarkCompare(b *testing.B) {
	for _, o := range orders {
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c, err := o.compare(o.bench[0], o.bench[1]); err != nil || c >= 0 {
					b.Fatal(c, err)
				}
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	for _, o := range orders {
		b.Run(o.name, func(b *testing.B) {
			x, y := o.key(b, o.bench[0]), o.key(b, o.bench[1])
			b.ReportAllocs()
			for b.Loop() {
				if bytes.Compare(x, y) >= 0 {
					b.Fatal(o.bench)
				}
			}
		})
	}
}

func BenchmarkAppendKey(b *testing.B) {
	for _, o := range orders {
		b.Run(o.name, func(b *testing.B) {
			var key []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if key, err = o.appendKey(key[:0], o.bench[0]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(key)), "bytes")
		})
	}
}
