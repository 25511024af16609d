package xmlscan

import (
	"bytes"
	"unicode/utf8"
)

// Classes of the bytes that names are made of.
const (
	letter    = 1 << iota // may begin a name
	following             // may not
	colon
	wide // part of a letter beyond ASCII
)

// classes holds the class of each byte, sixteen to a line, 0 for what ends a name
// (XML 1.0, section 2.3).
const classes = "" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x02\x00" +
	"\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x04\x00\x00\x00\x00\x00" +
	"\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" +
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x01" +
	"\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" +
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08" +
	"\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"

// nameIn returns how many bytes at the start of b are those of a name, how many
// of them its prefix has, and whether they form one: with one colon at most,
// which ends the prefix (Namespaces in XML 1.0, section 4).
func nameIn(b []byte) (n, prefix int, isName bool) {
	var all uint8
	for ; n < len(b); n++ {
		class := classes[b[n]]
		if class == 0 {
			break
		}
		all |= class
	}
	if n == 0 || classes[b[0]] == following {
		return n, 0, false
	}
	if all&(wide|colon) == 0 {
		return n, 0, true
	}
	first := bytes.IndexByte(b[:n], ':')
	if first > 0 && first < n-1 {
		prefix = first + 1
	}
	return n, prefix, first == bytes.LastIndexByte(b[:n], ':') && (all&wide == 0 || lettersOf(b[:n]))
}

// lettersOf reports whether a name's letters beyond ASCII may be there.
func lettersOf(name []byte) bool {
	if !utf8.Valid(name) {
		return false
	}
	for i, r := range string(name) {
		if r >= utf8.RuneSelf && !begins(r) && (i == 0 || !follows(r)) {
			return false
		}
	}
	return true
}

// begins reports whether a letter beyond ASCII may begin a name (XML 1.0, fifth
// edition, NameStartChar).
func begins(r rune) bool {
	for _, within := range [...][2]rune{
		{0xC0, 0xD6},
		{0xD8, 0xF6},
		{0xF8, 0x2FF},
		{0x370, 0x37D},
		{0x37F, 0x1FFF},
		{0x200C, 0x200D},
		{0x2070, 0x218F},
		{0x2C00, 0x2FEF},
		{0x3001, 0xD7FF},
		{0xF900, 0xFDCF},
		{0xFDF0, 0xFFFD},
		{0x10000, 0xEFFFF},
	} {
		if within[0] <= r && r <= within[1] {
			return true
		}
	}
	return false
}

// follows reports whether a character beyond ASCII that begins no name may be
// inside of one (NameChar).
func follows(r rune) bool {
	return r == 0xB7 || 0x300 <= r && r <= 0x36F || r == 0x203F || r == 0x2040
}
