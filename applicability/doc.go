// Package applicability decides which patches a host needs and proves it.
package applicability
