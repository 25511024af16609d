package main

import (
	"testing"

	"github.com/fettle-dev/fettle/examples/internal/shown"
)

// TestGuide is not parallel: it has a working folder of its own.
func TestGuide(t *testing.T) {
	shown.Page(t, "docs/guide.md", "rehearse", *update, func(args ...string) string {
		_, out, errs := rehearse(t, args...)
		return out + errs
	})
}
