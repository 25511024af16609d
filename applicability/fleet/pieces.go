package fleet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// pieces reads the outer form of a saved index; see saveMagic.
type pieces struct {
	in   *bufio.Reader
	left int64 // how many bytes may still come
	sum  uint32

	buffer [readAtOnce]byte
}

// readAtOnce is how many bytes are read, summed up and copied at a time: so few that
// they stay at hand.
const readAtOnce = 1 << 14

func newPieces(r io.Reader, most int64) *pieces {
	return &pieces{in: bufio.NewReader(r), left: most}
}

// Read reads what the checksum covers.
func (p *pieces) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, corrupt("past the bound of bytes")
	}
	n, err := p.in.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	p.sum = crc32.Update(p.sum, crc32.MakeTable(crc32.Castagnoli), b[:n])
	return n, err
}

// failed says of an error in reading whose fault it is.
func failed(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return corrupt("cut short")
	case errors.Is(err, ErrCorrupt):
		return err
	default:
		return fmt.Errorf("fleet: load: %w", err)
	}
}

// begin reads what comes before the first piece.
func (p *pieces) begin() error {
	magic := make([]byte, len(saveMagic))
	if _, err := io.ReadFull(p, magic); err != nil {
		return failed(err)
	}
	if string(magic) != saveMagic {
		return corrupt("it does not begin as a saved index does")
	}
	version, err := p.length()
	switch {
	case err != nil:
		return err
	case version > saveVersion:
		return fmt.Errorf("%w: %d, this program reads %d", ErrNewer, version, saveVersion)
	case version < saveVersion:
		return corrupt("version %d, this program reads %d", version, saveVersion)
	default:
		return nil
	}
}

// length reads the length of a piece, or the version.
func (p *pieces) length() (n uint64, err error) {
	for shift := 0; shift < 64; shift += 7 {
		var b [1]byte
		if _, err := io.ReadFull(p, b[:]); err != nil {
			return 0, failed(err)
		}
		n |= uint64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return n, nil
		}
	}
	return 0, corrupt("a length of more than 64 bits")
}

// next returns the next piece. That there is none is an error.
func (p *pieces) next() (string, error) {
	n, err := p.length()
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return "", corrupt("it ends too early")
	case n > uint64(p.left):
		return "", corrupt("a piece of %d bytes, there can be %d", n, p.left)
	}
	var piece strings.Builder
	piece.Grow(int(min(n, 2*savePiece))) // the length may be a lie
	for left := n; left > 0; {
		some := p.buffer[:min(left, readAtOnce)]
		if _, err := io.ReadFull(p, some); err != nil {
			return "", failed(err)
		}
		piece.Write(some)
		left -= uint64(len(some))
	}
	return piece.String(), nil
}

// end reads the empty piece, the checksum and the end.
func (p *pieces) end() error {
	n, err := p.length()
	if err != nil {
		return err
	}
	if n != 0 {
		return corrupt("%d bytes after the end", n)
	}
	want := p.sum
	var sum [4]byte
	if _, err := io.ReadFull(p, sum[:]); err != nil {
		return failed(err)
	}
	if got := binary.LittleEndian.Uint32(sum[:]); got != want {
		return corrupt("checksum %08x, want %08x", want, got)
	}
	switch _, err := p.in.ReadByte(); {
	case err == nil:
		return corrupt("more after the checksum")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return failed(err)
	}
}
