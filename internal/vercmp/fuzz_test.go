package vercmp_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/fettle-dev/fettle/internal/vercmp"
)

func FuzzDeb(f *testing.F)    { fuzz(f, "deb") }
func FuzzRPM(f *testing.F)    { fuzz(f, "rpm") }
func FuzzAPK(f *testing.F)    { fuzz(f, "apk") }
func FuzzPEP440(f *testing.F) { fuzz(f, "pep440") }
func FuzzPE(f *testing.F)     { fuzz(f, "pe") }
func FuzzSemver(f *testing.F) { fuzz(f, "semver") }
func FuzzDotted(f *testing.F) { fuzz(f, "dotted") }
func FuzzText(f *testing.F)   { fuzz(f, "text") }

// fuzz holds an order against its contract and its twin on any three strings.
func fuzz(f *testing.F, name string) {
	f.Helper()
	o := orderNamed(f, name)
	for i, v := range o.seeds {
		f.Add(v, o.seeds[(i+1)%len(o.seeds)], o.seeds[(i+2)%len(o.seeds)])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, v := range []string{a, b, c} {
			checkContract(t, o, v)
		}
		if o.check(a) != nil || o.check(b) != nil {
			if _, err := o.compare(a, b); err == nil {
				t.Errorf("compare(%q, %q) gives no error", a, b)
			}
			return
		}
		versions := []string{a, b}
		if o.check(c) == nil {
			versions = append(versions, c)
		}
		checkOrder(t, o, versions)
		if len(a)+len(b) < 200 { // the twins pad
			checkTwin(t, o, a, b)
		}
	})
}

// checkContract holds the three functions against each other on one string.
func checkContract(t *testing.T, o *order, v string) {
	t.Helper()
	prefix := []byte("prefix")
	key, err := o.appendKey(prefix, v)
	if !bytes.HasPrefix(key, prefix) {
		t.Errorf("the key of %q overwrites what was there", v)
	}
	if want := o.check(v); (want == nil) != (err == nil) {
		t.Errorf("check(%q) = %v, appendKey says %v", v, want, err)
	}
	if err == nil {
		return
	}
	if len(key) != len(prefix) {
		t.Errorf("appendKey(%q) fails and appends %x", v, key[len(prefix):])
	}
	if broken, ok := errors.AsType[*vercmp.Error](err); !ok || broken.Pos < 0 || broken.Pos > len(v) || broken.Rule == "" {
		t.Errorf("check(%q): %#v names no byte and rule", v, err)
	}
}
