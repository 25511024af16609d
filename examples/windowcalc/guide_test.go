package main

import (
	"flag"
	"testing"

	"github.com/fettle-dev/fettle/examples/internal/shown"
)

var update = flag.Bool("update", false, "write what docs/guide.md shows anew")

// TestGuide is not parallel: it has a working folder of its own.
func TestGuide(t *testing.T) {
	shown.Page(t, "docs/guide.md", "windowcalc", *update, func(args ...string) string {
		out, errs, _ := call(t, "", args...)
		return out + errs
	})
}
