//go:build unix

// Package cputime says what a program has cost: benchmarks of what takes long state it,
// since the clock says more about the machine.
package cputime

import (
	"syscall"
	"time"
)

// Used returns how much processor time this program has used.
func Used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
