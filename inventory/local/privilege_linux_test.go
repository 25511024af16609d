package local_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// withoutPrivilege makes the calling goroutine one that a file's mode binds
// until the test ends: a superuser's thread opens files as nobody, who owns root.
func withoutPrivilege(t *testing.T, root string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	for _, dir := range []string{root, filepath.Dir(root)} { // t.TempDir makes both
		require.NoError(t, os.Chmod(dir, 0o711))
	}
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}))
	runtime.LockOSThread() // the user whose rights bind is the thread's
	_, err := unix.SetfsuidRetUid(nobody)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := unix.SetfsuidRetUid(os.Getuid())
		require.NoError(t, err)
		runtime.UnlockOSThread()
	})
}
