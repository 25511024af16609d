// Package journalbench compares filejournal with a journal in bbolt, doing the
// same work in the same run:
//
//	go test -run='^$' -bench=. ./internal/tools/journalbench
//
// Every row has 256 commands of 200 bytes in flight and counts those that are
// durable. "one writer" is what a coordinator does: one caller appends whatever
// is waiting as one batch, with compare-and-swap. "own group commit" is bbolt's
// DB.Batch, called once a command, and "a transaction each" its DB.Update.
package journalbench
