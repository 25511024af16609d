package main

import (
	"flag"
	"testing"

	"github.com/fettle-dev/fettle/examples/internal/shown"
)

var update = flag.Bool("update", false, "write what docs/guide.md shows anew")

// TestGuide is not parallel: it has a working folder of its own.
func TestGuide(t *testing.T) {
	shown.Page(t, "docs/guide.md", "patchcheck", *update, func(args ...string) string {
		out, errOut, _ := run(t, args...)
		return out + errOut
	})
}
