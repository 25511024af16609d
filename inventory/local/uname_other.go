//go:build !linux

package local

// machine is known on Linux only.
func machine() string { return "" }
