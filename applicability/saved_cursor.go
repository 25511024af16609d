package applicability

import (
	"encoding/binary"
)

// cursor reads a section from its start. After the first thing that does not
// hold it reads zeroes, and err says what that was.
type cursor struct {
	at   section
	data []byte
	err  error
}

func (d *cursor) fail(format string, args ...any) {
	if d.err == nil {
		d.err = d.at.broken(format, args...)
	}
	d.data = nil
}

// rows returns how many rows of so many bytes the section holds.
func (d *cursor) rows(size int) int {
	n := len(d.data) / size
	if len(d.data)%size != 0 || n > maxSavedInt {
		d.fail("%d bytes are no rows of %d", len(d.data), size)
		return 0
	}
	return n
}

func (d *cursor) int() int32 {
	if len(d.data) < 4 {
		d.fail("it is too short")
		return 0
	}
	v := binary.LittleEndian.Uint32(d.data)
	d.data = d.data[4:]
	return int32(v)
}

// below reads an index of a table of n.
func (d *cursor) below(n int) int32 {
	v := d.int()
	if (v < 0 || int(v) >= n) && d.err == nil {
		d.fail("index %d of a table of %d", v, n)
		return 0
	}
	return v
}

// orNone reads an index of a table of n, or None.
func (d *cursor) orNone(n int) int32 {
	v := d.int()
	if v < -1 || int(v) >= n {
		d.fail("index %d of a table of %d", v, n)
		return 0
	}
	return v
}

// upTo reads a number from 0 to n.
func (d *cursor) upTo(n int) int32 {
	v := d.int()
	if v < 0 || int(v) > n {
		d.fail("number %d, want 0 to %d", v, n)
		return 0
	}
	return v
}

// list reads a length and as many indices of a table of n; nil: none.
func (d *cursor) list(n int) []int32 {
	count := d.upTo(len(d.data) / 4)
	if count == 0 {
		return nil
	}
	out := make([]int32, count)
	for i := range out {
		out[i] = d.below(n)
	}
	return out
}

// parts reads what packStrings wrote as slices of the section.
func (d *cursor) parts() [][]byte {
	count := int(d.upTo(len(d.data) / 4))
	if count > len(d.data)/4 {
		d.fail("%d lengths in %d bytes", count, len(d.data))
		return nil
	}
	lengths := d.data[:4*count]
	d.data = d.data[4*count:]
	out := make([][]byte, count)
	for i := range out {
		n := int64(binary.LittleEndian.Uint32(lengths[4*i:]))
		if n > int64(len(d.data)) {
			d.fail("string %d is longer than what is left", i)
			return nil
		}
		out[i], d.data = d.data[:n:n], d.data[n:]
	}
	d.end()
	return out
}

// end makes sure that nothing is left.
func (d *cursor) end() {
	if len(d.data) > 0 {
		d.fail("%d bytes are left over", len(d.data))
	}
}

// texts reads what packStrings wrote as strings, which share their bytes.
func texts[S ~string](d *cursor) []S {
	whole := string(d.data)
	parts := d.parts()
	at := len(whole)
	for _, part := range parts {
		at -= len(part)
	}
	out := make([]S, len(parts))
	for i, part := range parts {
		out[i] = S(whole[at : at+len(part)])
		at += len(part)
	}
	return out
}
