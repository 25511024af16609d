package fleet

import "sort"

// blocks are positions, ascending, in two bytes each: of all positions that agree
// in their upper half, the upper half, one less than their count, and the lower
// halves, all as two bytes, the lower one first.
type blocks string

const blockHead = 4 // bytes before the lower halves

func append16(out []byte, v uint32) []byte { return append(out, byte(v), byte(v>>8)) }

// at16 returns the two bytes at place i.
func (b blocks) at16(i int) uint32 { return uint32(b[i]) | uint32(b[i+1])<<8 }

// end returns the end of the block that begins at place i.
func (b blocks) end(i int) int { return i + blockHead + 2*int(b.at16(i+2)+1) }

// blocksOf packs positions.
func blocksOf(list []uint32) blocks {
	var buffer [mostFew + 2*blockHead]byte
	out := buffer[:0]
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n]>>16 == list[0]>>16 {
			n++
		}
		out = append16(append16(out, list[0]>>16), uint32(n-1))
		for _, at := range list[:n] {
			out = append16(out, at)
		}
		list = list[n:]
	}
	return blocks(out)
}

// merge returns the blocks with positions, sorted, of which b has none.
func (b blocks) merge(list []uint32) blocks {
	var buffer [mostFew + 2*blockHead]byte
	out := buffer[:0]
	for len(b)+len(list) > 0 {
		if len(list) == 0 || len(b) > 0 && b.at16(0) < list[0]>>16 {
			end := b.end(0)
			out, b = append(out, b[:end]...), b[end:]
			continue
		}
		n := 1
		for n < len(list) && list[n]>>16 == list[0]>>16 {
			n++
		}
		lows := blocks("")
		if len(b) > 0 && b.at16(0) == list[0]>>16 {
			end := b.end(0)
			lows, b = b[blockHead:end], b[end:]
		}
		out = append16(append16(out, list[0]>>16), uint32(len(lows)/2+n-1))
		for _, at := range list[:n] {
			k := 0
			for k < len(lows) && lows.at16(k) < at&0xffff {
				k += 2
			}
			out, lows = append16(append(out, lows[:k]...), at), lows[k:]
		}
		out, list = append(out, lows...), list[n:]
	}
	return blocks(out)
}

// list returns the positions.
func (b blocks) list() []uint32 {
	out := make([]uint32, 0, len(b)/2)
	for i := 0; i < len(b); i = b.end(i) {
		high := b.at16(i) << 16
		for k := i + blockHead; k < b.end(i); k += 2 {
			out = append(out, high|b.at16(k))
		}
	}
	return out
}

// addTo adds the positions to p.
func (b blocks) addTo(p plane) {
	for len(b) > 0 {
		words, end := p[b.at16(0)<<10:], b.end(0)
		for lows := b[blockHead:end]; len(lows) >= 2; lows = lows[2:] {
			low := lows.at16(0)
			words[low>>6] |= 1 << (low & 63)
		}
		b = b[end:]
	}
}

// put returns the blocks with a position, or without.
func (b blocks) put(at uint32, on bool) blocks {
	high, i := at>>16, 0
	for i < len(b) && b.at16(i) < high {
		i = b.end(i)
	}
	if i == len(b) || b.at16(i) != high {
		if !on {
			return b
		}
		return b[:i] + blocksOf([]uint32{at}) + b[i:]
	}
	lows, n := i+blockHead, int(b.at16(i+2))+1
	k := lows + 2*sort.Search(n, func(k int) bool { return b.at16(lows+2*k) >= at&0xffff })
	found := k < b.end(i) && b.at16(k) == at&0xffff
	var head, low [2]byte
	append16(low[:0], at)
	switch {
	case found == on:
		return b
	case on:
		append16(head[:0], uint32(n))
		return b[:i+2] + blocks(head[:]) + b[lows:k] + blocks(low[:]) + b[k:]
	case n == 1:
		return b[:i] + b[b.end(i):]
	default:
		append16(head[:0], uint32(n-2))
		return b[:i+2] + blocks(head[:]) + b[lows:k] + b[k+2:]
	}
}

// check reports whether they are blocks of positions below end.
func (b blocks) check(end uint64) bool {
	for last := int64(-1); len(b) > 0; {
		if len(b) < blockHead || b.end(0) > len(b) || int64(b.at16(0)) <= last>>16 && last >= 0 {
			return false
		}
		lows := b[blockHead:b.end(0)]
		last = int64(b.at16(0))<<16 | int64(lows.at16(len(lows)-2))
		if uint64(last) >= end || !lows.ascend() {
			return false
		}
		b = b[blockHead+len(lows):]
	}
	return true
}

// ascend reports whether lower halves ascend. It holds four at a time, as parts of
// a word, against those that come next.
func (b blocks) ascend() bool {
	const high = 0x8000800080008000
	var wrong uint64
	for ; len(b) >= 10; b = b[8:] {
		x, y := wordOf(string(b[:8])), wordOf(string(b[2:10]))
		below := (x | high) - y&^high // its high bits: without theirs, those of x are not below those of y
		wrong |= (x &^ y) | ^(x^y)&below
	}
	for ; len(b) >= 4; b = b[2:] {
		if b.at16(0) >= b.at16(2) {
			return false
		}
	}
	return wrong&high == 0
}
