// Package filejournal keeps a rollout.Journal in a folder of one machine. It
// is the embedded default: one process writes, others on the same machine may
// read along with OpenReader.
//
// A batch is one frame (length, CRC-32C, first position, entries) in a segment
// file; Append returns when the frame is synced, and appends that wait at the
// same time share one sync. An acknowledged entry survives a process that is
// killed and a machine that loses power, as far as the disk keeps what it says
// it has synced.
//
// Open reads everything once. What a crash left unfinished at the end was never
// acknowledged and is cut off (Recovery says how much); damage anywhere else,
// or entries that are missing, refuse to open with a DamageError that names
// file and offset. After the first error of a write or a sync the journal
// refuses everything with ErrFailed, because nobody knows what is on disk; the
// next Open finds out, and writes the doubtful end anew.
//
// The folder belongs to the journal. Copy it only while it is closed. Do not
// put it on a network file system: locks, syncs and the readers' view of
// another process's writes cannot be relied on there.
package filejournal
