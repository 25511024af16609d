package decompress

import "bytes"

// Format is a compression format that is told by its first bytes.
type Format uint8

// The formats. Plain is everything else, also an empty stream.
const (
	Plain Format = iota
	Gzip
	Bzip2
	XZ
	Zstd
	LZ4
)

// String returns plain, gzip, bzip2, xz, zstd or lz4.
func (f Format) String() string {
	switch f {
	case Gzip:
		return "gzip"
	case Bzip2:
		return "bzip2"
	case XZ:
		return "xz"
	case Zstd:
		return "zstd"
	case LZ4:
		return "lz4"
	default:
		return "plain"
	}
}

// sniffed is how many first bytes Detect looks at.
const sniffed = 10

// Detect tells the format of a stream by its first bytes, ten or all of them.
// A stream that begins with a skippable frame, which zstd and lz4 share, is
// taken for zstd.
func Detect(first []byte) Format {
	at := func(i int, magic string) bool {
		return len(first) >= i && bytes.HasPrefix(first[i:], []byte(magic))
	}
	switch {
	case at(0, "\x1f\x8b"):
		return Gzip
	case at(0, "\xfd7zXZ\x00"):
		return XZ
	case at(0, "\x28\xb5\x2f\xfd"), at(1, "\x2a\x4d\x18") && first[0]&0xf0 == 0x50:
		return Zstd
	case at(0, "\x04\x22\x4d\x18"), at(0, "\x02\x21\x4c\x18"): // frame, legacy frame
		return LZ4
	case at(0, "BZh") && (at(4, "1AY&SY") || at(4, "\x17\x72\x45\x38\x50\x90")): // first block, or none
		return Bzip2
	default:
		return Plain
	}
}
