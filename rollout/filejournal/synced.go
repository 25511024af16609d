package filejournal

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/fettle-dev/fettle/rollout"
)

// syncedMark is the file that says up to which position entries are known to be
// on disk. It is written after every sync of a segment and before the append is
// acknowledged, but not synced itself: it survives the end of the process, and
// after a loss of power it may be older than the truth, never newer. With it an
// unfinished end can be told from damaged or missing entries, and readers in
// other processes know how far they may read.
//
// It has two slots in sectors of their own, written in turn, so that one is
// whole at any time.
type syncedMark struct {
	file     file
	sequence uint64
}

const (
	slotSize = 20
	slotStep = 512
)

// slot is what a slot says: position, sequence, CRC.
func slot(at rollout.Position, sequence uint64) []byte {
	buf := binary.LittleEndian.AppendUint64(make([]byte, 0, slotSize), uint64(at))
	buf = binary.LittleEndian.AppendUint64(buf, sequence)
	return binary.LittleEndian.AppendUint32(buf, crc(buf))
}

// write notes that the entries up to position at are on disk.
func (m *syncedMark) write(at rollout.Position) error {
	m.sequence++
	_, err := m.file.WriteAt(slot(at, m.sequence), int64(m.sequence%2)*slotStep)
	return err
}

// read returns what the newer whole slot says; ok is false if none is whole.
func (m *syncedMark) read() (at rollout.Position, ok bool, err error) {
	buf := make([]byte, slotStep+slotSize)
	n, err := m.file.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, false, err
	}
	for _, offset := range []int{0, slotStep} {
		if offset+slotSize > n {
			continue
		}
		s := buf[offset : offset+slotSize]
		if binary.LittleEndian.Uint32(s[16:]) != crc(s[:16]) {
			continue
		}
		if sequence := binary.LittleEndian.Uint64(s[8:]); !ok || sequence > m.sequence {
			at, m.sequence, ok = rollout.Position(binary.LittleEndian.Uint64(s)), sequence, true
		}
	}
	return at, ok, nil
}
