package fleet

import (
	"encoding/binary"
	"math/bits"
)

// What there is very much of is kept packed: numbers as uvarints, texts with their
// lengths before them, lists of ascending numbers as the gap of each from the one
// before.

// numberAt returns the number at place i of in and the place after it, -1 where
// there is no number.
func numberAt(in string, i int) (v uint64, after int) {
	for shift := uint(0); i < len(in) && shift < 64; shift += 7 {
		b := in[i]
		i++
		if b >= 0x80 {
			v |= uint64(b&0x7f) << shift
			continue
		}
		if shift == 63 && b > 1 {
			return 0, -1
		}
		return v | uint64(b)<<shift, i
	}
	return 0, -1
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// cutText returns the text that in begins with and what comes after it. ok is
// false where there is none, or its length has more bytes than it needs.
func cutText(in string) (text, rest string, ok bool) {
	if in != "" && in[0] < 0x80 && int(in[0]) < len(in) { // as nearly all are
		end := 1 + int(in[0])
		return in[1:end], in[end:], true
	}
	n, i := numberAt(in, 0)
	if i < 0 || n > uint64(len(in)-i) || i > 1 && in[i-1] == 0 {
		return "", in, false
	}
	end := i + int(n)
	return in[i:end], in[end:], true
}

// appendList packs a list.
func appendList(out []byte, list []uint32) []byte {
	next := uint32(0)
	for _, v := range list {
		out = binary.AppendUvarint(out, uint64(v-next))
		next = v + 1
	}
	return out
}

// unpackList appends a packed list to out. The list is one that checkList accepts.
// Nearly all gaps have one byte or two.
func unpackList(out []uint32, in string) []uint32 {
	next := uint64(0)
	for i := 0; i < len(in); next++ {
		gap := uint64(in[i])
		if i++; gap >= 0x80 {
			if in[i] < 0x80 {
				gap = gap&0x7f | uint64(in[i])<<7
				i++
			} else {
				gap, i = numberAt(in, i-1)
			}
		}
		next += gap
		out = append(out, uint32(next))
	}
	return out
}

// checkList reports whether in is a packed list of numbers below end. It adds up
// the gaps without parting them, eight bytes at a time: the last number is their
// sum and one less than their count.
func checkList(in string, end uint64) bool {
	if in == "" {
		return true
	}
	const high = 0x8080808080808080
	sum, count := uint64(0), len(in)
	second, third := uint64(0), uint64(0) // 0x80 where a byte is the second, or third, of its gap
	for rest := in; rest != ""; {
		var word uint64
		if len(rest) >= 8 {
			word, rest = wordOf(rest[:8]), rest[8:]
		} else {
			word, rest = lastWord(rest), ""
		}
		more := word & high
		if more|second == 0 { // eight gaps of one byte
			sum += sumOfBytes(word)
			continue
		}
		second |= more << 8
		third |= (more & second) << 8
		if third&more != 0 {
			return checkLongList(in, end)
		}
		seconds, thirds := (second&^third)>>7*0x7f, third>>7*0x7f
		sum += sumOfBytes(word&^(high|seconds|thirds)) + sumOfBytes(word&seconds)<<7 + sumOfBytes(word&thirds)<<14
		count -= bits.OnesCount64(more)
		second, third = more>>56, (more&second)>>56
	}
	return in[len(in)-1] < 0x80 && sum+uint64(count) <= end
}

// checkLongList is checkList, gap by gap.
func checkLongList(in string, end uint64) bool {
	next := uint64(0)
	for i := 0; i < len(in); {
		gap, after := numberAt(in, i)
		if after < 0 || gap >= end-next {
			return false
		}
		i, next = after, next+gap+1
	}
	return true
}

// wordOf returns eight bytes as a number.
func wordOf(in string) uint64 {
	_ = in[7]
	return uint64(in[0]) | uint64(in[1])<<8 | uint64(in[2])<<16 | uint64(in[3])<<24 |
		uint64(in[4])<<32 | uint64(in[5])<<40 | uint64(in[6])<<48 | uint64(in[7])<<56
}

// lastWord returns fewer bytes, with zeroes after them.
func lastWord(in string) (word uint64) {
	for k := range len(in) {
		word |= uint64(in[k]) << (8 * k)
	}
	return word
}

// sumOfBytes adds up eight bytes, each below 0x80.
func sumOfBytes(word uint64) uint64 {
	const every2nd = 0x00ff00ff00ff00ff
	return (word&every2nd + word>>8&every2nd) * 0x0001000100010001 >> 48
}
