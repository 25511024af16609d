package local_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/local"
)

// What is on the system under this folder, and does its sshd_config exist?
func Example() {
	root, err := os.MkdirTemp("", "system")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	for name, content := range map[string]string{
		"etc/os-release":      "ID=debian\nVERSION_ID=12\n",
		"var/lib/dpkg/status": "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\n\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			fmt.Println(err)
			return
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}

	collector, err := local.New(&local.Options{Root: root}) // nil: the running host
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, err := collector.Observe(context.Background(), inventory.Needs{
		AllPackages: true,
		Files:       []inventory.FileNeed{{Path: "/etc/ssh/sshd_config", Digest: true}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := seen.Snapshot
	fmt.Println(s.OS.ID, s.OS.Version, s.Packages[0].Name, s.Packages[0].Version)
	_, there := s.FileAt("/etc/ssh/sshd_config")
	fmt.Println("sshd_config:", there)
	_, there = s.FileAt("/etc/passwd")
	fmt.Println("passwd:", there)
	// Output:
	// debian 12 openssl 3.0.11-1~deb12u2
	// sshd_config: no
	// passwd: unknown
}
