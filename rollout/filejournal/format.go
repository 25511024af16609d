package filejournal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/rollout"
)

// The folder holds
//
//	lock                          locked by the writer
//	synced                        how far entries are known to be on disk
//	<first position, hex>.log     segments, the last one growing
//	<position, hex>.checkpoint    the checkpoint; briefly two
//	*.tmp                         unfinished, removed at the next Open
//
// All numbers are little endian. Every file but lock is covered by checksums.
const (
	lockName         = "lock"
	syncedName       = "synced"
	segmentSuffix    = ".log"
	checkpointSuffix = ".checkpoint"
	tmpSuffix        = ".tmp"

	segmentMagic    = "FETTLEJ1"
	checkpointMagic = "FETTLEC1"
)

// crc returns the CRC-32C of the parts, one after the other.
func crc(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, part := range parts {
		sum = crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), part)
	}
	return sum
}

func segmentName(first rollout.Position) string {
	return fmt.Sprintf("%016x%s", uint64(first), segmentSuffix)
}

func checkpointName(at rollout.Position) string {
	return fmt.Sprintf("%016x%s", uint64(at), checkpointSuffix)
}

// position returns the position in a file name; ok is false for another file.
func position(name, suffix string) (at rollout.Position, ok bool) {
	digits, found := strings.CutSuffix(name, suffix)
	if !found || len(digits) != 16 || strings.ToLower(digits) != digits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return rollout.Position(n), err == nil
}

// segmentHead is the size of a segment's header: magic, first position, four
// bytes of zero, CRC of those.
const segmentHead = 24

func segmentHeader(first rollout.Position) []byte {
	head := append(make([]byte, 0, segmentHead), segmentMagic...)
	head = binary.LittleEndian.AppendUint64(head, uint64(first))
	head = append(head, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(head, crc(head))
}

// A frame is one batch:
//
//	0   length of what follows the CRC
//	4   CRC of the length and of what follows the CRC
//	8   position of the first entry
//	16  last position known to be synced when the frame was made
//	24  number of entries
//	28  their lengths, four bytes each
//	    their bytes
const (
	frameHead = 28 // without the lengths
	frameCRC  = 8  // what the length does not count
	maxFrame  = frameHead + rollout.MaxBatch
)

// appendFrame appends the frame of a batch that CheckBatch accepts.
func appendFrame(buf []byte, first, synced rollout.Position, batch [][]byte) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, 0, 0, 0, 0, 0, 0)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(first))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(synced))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(batch)))
	for _, entry := range batch {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(entry)))
	}
	for _, entry := range batch {
		buf = append(buf, entry...)
	}
	frame := buf[start:]
	binary.LittleEndian.PutUint32(frame, uint32(len(frame)-frameCRC))
	binary.LittleEndian.PutUint32(frame[4:], crc(frame[:4], frame[frameCRC:]))
	return buf
}

// frame is a frame that was read: a view into the bytes it was read from.
type frame struct {
	first         rollout.Position
	count         int
	lengths, data []byte
}

// last returns the position of the frame's last entry.
func (f frame) last() rollout.Position { return f.first + rollout.Position(f.count) - 1 }

// entries appends the frame's entries, without the first skip of them, to page.
func (f frame) entries(page [][]byte, skip, limit int) [][]byte {
	at := 0
	for i := range f.count {
		size := int(binary.LittleEndian.Uint32(f.lengths[4*i:]))
		if i >= skip {
			if len(page) == limit {
				break
			}
			page = append(page, f.data[at:at+size:at+size])
		}
		at += size
	}
	return page
}

// frameSize returns the size of the whole frame whose first bytes are head (at
// least four of them), and whether a frame can have that size.
func frameSize(head []byte) (int, bool) {
	size := int64(binary.LittleEndian.Uint32(head)) + frameCRC
	return int(size), size > frameHead && size <= maxFrame
}

// framePositions returns what the head of a frame says of the positions of its
// first entry and of the last one known to be synced.
func framePositions(head []byte) (first, synced rollout.Position) {
	return rollout.Position(binary.LittleEndian.Uint64(head[8:])), rollout.Position(binary.LittleEndian.Uint64(head[16:]))
}

// parseFrame reads the frame at the start of buf. rule says what does not hold
// if there is none; it is empty if there is one.
func parseFrame(buf []byte) (f frame, size int, rule string) {
	if len(buf) < frameHead {
		return f, 0, "the file ends within a frame"
	}
	size, ok := frameSize(buf)
	switch {
	case !ok:
		return f, 0, "a frame cannot have that length"
	case size > len(buf):
		return f, 0, "the file ends within a frame"
	case binary.LittleEndian.Uint32(buf[4:]) != crc(buf[:4], buf[frameCRC:size]):
		return f, 0, "the checksum of the frame does not match"
	}
	f.first, _ = framePositions(buf)
	f.count = int(binary.LittleEndian.Uint32(buf[24:]))
	rest := buf[frameHead:size]
	if f.count < 1 || f.count > len(rest)/4 || f.first < 1 || f.last() < f.first {
		return f, 0, "the frame counts more entries than it holds"
	}
	f.lengths, f.data = rest[:4*f.count], rest[4*f.count:]
	total := uint64(0)
	for i := range f.count {
		total += uint64(binary.LittleEndian.Uint32(f.lengths[4*i:]))
	}
	if total != uint64(len(f.data)) {
		return f, 0, "the lengths of the frame's entries do not add up"
	}
	return f, size, ""
}
