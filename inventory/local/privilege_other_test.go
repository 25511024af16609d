//go:build !linux

package local_test

import (
	"os"
	"runtime"
	"testing"
)

// withoutPrivilege skips where modes do not bind who runs the test.
func withoutPrivilege(t *testing.T, _ string) {
	t.Helper()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("a superuser may read everything, and Windows knows no modes")
	}
}
