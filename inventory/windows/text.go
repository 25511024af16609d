package windows

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/inventory"
)

// maxText bounds a tool's output, in bytes.
const maxText = 16 << 20

// Decode gives the text of a console's output: UTF-8, UTF-16 in either order
// with its mark, or UTF-16 that begins without one, or after some ASCII, as
// redirected output of wmic does. Of text in an old code page only the ASCII
// characters are kept; the rest becomes U+FFFD, because the file does not say
// which page it was.
func Decode(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}):
		return decode16(content[2:], binary.LittleEndian)
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		return decode16(content[2:], binary.BigEndian)
	}
	if i := wideFrom(content); i >= 0 {
		return ascii(content[:i]) + decode16(content[i:], binary.LittleEndian)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if utf8.Valid(content) {
		return string(content)
	}
	return ascii(content)
}

// wideFrom finds where little-endian UTF-16 begins: at the first of eight
// ASCII characters in a row that each have a zero byte behind them.
func wideFrom(content []byte) int {
	zero := bytes.IndexByte(content, 0)
	if zero < 1 {
		return -1
	}
	const run = 8
	for i := range run {
		if at := zero + 2*i; at >= len(content) || content[at] != 0 || content[at-1] == 0 || content[at-1] >= utf8.RuneSelf {
			return -1
		}
	}
	return zero - 1
}

func decode16(content []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	return string(utf16.Decode(units))
}

func ascii(content []byte) string {
	var out strings.Builder
	for _, b := range content {
		if b < utf8.RuneSelf {
			out.WriteByte(b)
		} else {
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String()
}

// readText reads a tool's output into lines.
func readText(r io.Reader, file string) ([]string, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return nil, &inventory.RecordError{File: file, Err: err}
	}
	if len(content) > maxText {
		return nil, &inventory.RecordError{File: file, Err: fmt.Errorf("%w: more than %d bytes", inventory.ErrTooLarge, maxText)}
	}
	text := Decode(content)
	if strings.TrimSpace(text) == "" {
		return nil, &inventory.RecordError{File: file, Err: inventory.ErrEmpty}
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", ""), "\n"), nil
}
