package program

import (
	"bytes"
	"encoding/binary"
)

// wordBytes is how many bytes of a version key are compared at once.
const wordBytes = 8

// AppendPrefixes appends the first words of all bounds, then their second words:
// what Rank goes by, since these lie side by side and the bounds do not.
func (k *Key) AppendPrefixes(out []uint64) []uint64 {
	for _, bound := range k.Bounds {
		out = append(out, wordOf(bound))
	}
	for _, bound := range k.Bounds {
		out = append(out, wordOf(bound[min(len(bound), wordBytes):]))
	}
	return out
}

// Rank places a version key among the bounds, of which prefixes are the words. The
// bounds are looked at only where these do not tell.
func (k *Key) Rank(prefixes []uint64, key []byte) int32 {
	low, high := 0, len(prefixes)/2 // of the bounds that begin as key does
	for word := range 2 {
		words := prefixes[word*len(prefixes)/2:]
		of := wordOf(key[min(len(key), word*wordBytes):])
		low += below(words[low:high], of)
		if low == high || words[low] != of {
			return int32(2 * low)
		}
		if of+1 != 0 {
			high = low + below(words[low:high], of+1)
		}
	}
	for low < high {
		mid := (low + high) / 2
		switch c := bytes.Compare(k.Bounds[mid], key); {
		case c == 0:
			return int32(2*mid + 1)
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return int32(2 * low)
}

// wordOf returns the first bytes of a key as a number, zeroes after its end, so that
// words order as keys do where they differ.
func wordOf(key []byte) (word uint64) {
	if len(key) >= wordBytes {
		return binary.BigEndian.Uint64(key)
	}
	for i := range wordBytes {
		word <<= 8
		if i < len(key) {
			word |= uint64(key[i])
		}
	}
	return word
}

// below returns how many words, which are sorted, are below word. What it compares
// does not decide where it goes on: versions are not to be predicted.
func below(words []uint64, word uint64) int {
	low := 0
	for n := len(words); n > 0; {
		half := (n + 1) / 2
		next := low
		if words[low+half-1] < word {
			next = low + half
		}
		low, n = next, n-half
	}
	return low
}
