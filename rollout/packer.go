package rollout

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"
)

// packer writes values one after the other, or reads them back: one function
// names what a thing consists of, for both ways. After the first error it does
// nothing, and values that are read are zero.
type packer struct {
	reading bool
	b       []byte // written so far, or left to read
	err     error
}

var errTorn = errors.New("it ends too early, or says what cannot be")

func (p *packer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.b = nil
}

func (p *packer) uint(v uint64) uint64 {
	if !p.reading {
		p.b = binary.AppendUvarint(p.b, v)
		return v
	}
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail(errTorn)
		return 0
	}
	p.b = p.b[n:]
	return v
}

// count packs how many things follow, each of which takes a byte at least.
func (p *packer) count(n int) int {
	got := p.uint(uint64(n))
	if p.reading && got > uint64(len(p.b)) {
		p.fail(errTorn)
		return 0
	}
	return int(got)
}

// The pack functions touch what they are given only when they read: a state that
// is being written is being read by others.

func packNum[T ~uint8 | ~uint16 | ~uint32 | ~uint64](p *packer, v *T) {
	if !p.reading {
		p.uint(uint64(*v))
		return
	}
	got := p.uint(0)
	if *v = T(got); uint64(*v) != got {
		p.fail(errTorn)
	}
}

// packIndex packs a place in a list of n, or none, which is the largest value.
func packIndex[T ~uint16 | ~uint32](p *packer, v *T, n int, none T) {
	if !p.reading {
		p.uint(uint64(*v + 1)) // none is small
		return
	}
	got := p.uint(0)
	if *v = T(got - 1); uint64(*v+1) != got || *v != none && uint64(*v) >= uint64(n) {
		p.fail(errTorn)
		*v = none
	}
}

// packPlace packs a place in a list of n.
func packPlace[T ~uint16 | ~uint32](p *packer, v *T, n int) {
	if !p.reading {
		p.uint(uint64(*v))
		return
	}
	got := p.uint(0)
	if *v = T(got); got >= uint64(n) {
		p.fail(errTorn)
		*v = 0
	}
}

func packInt(p *packer, v *int) {
	if !p.reading {
		wide := int64(*v)
		p.uint(uint64(wide)<<1 ^ uint64(wide>>63))
		return
	}
	got := p.uint(0)
	*v = int(int64(got>>1) ^ -int64(got&1))
}

func packBool(p *packer, v *bool) {
	switch {
	case p.reading:
		*v = p.uint(0) != 0
	case *v:
		p.uint(1)
	default:
		p.uint(0)
	}
}

func packText[T ~string](p *packer, v *T) {
	n := p.count(len(*v))
	if !p.reading {
		p.b = append(p.b, *v...)
		return
	}
	if n > len(p.b) { // after an error
		n = 0
	}
	*v, p.b = T(p.b[:n]), p.b[n:]
}

// packTime packs an instant; it comes back in UTC.
func packTime(p *packer, v *time.Time) {
	known := !v.IsZero()
	if packBool(p, &known); !known {
		if p.reading {
			*v = time.Time{}
		}
		return
	}
	seconds, nanos := int(v.Unix()), uint32(v.Nanosecond())
	packInt(p, &seconds)
	packNum(p, &nanos)
	if p.reading {
		*v = time.Unix(int64(seconds), int64(nanos)).UTC()
	}
}

// packList packs a list; an empty one comes back as nil.
func packList[T any](p *packer, list *[]T, each func(*T)) {
	n := p.count(len(*list))
	if p.reading {
		*list = nil
		if n > 0 {
			*list = make([]T, 0, min(n, 1<<16)) // grows as the things come
		}
	}
	for i := 0; i < n && p.err == nil; i++ {
		if p.reading {
			var one T
			each(&one)
			*list = append(*list, one)
			continue
		}
		each(&(*list)[i])
	}
}

// packJSON packs what has a form of its own.
func packJSON[T any](p *packer, v *T) {
	var text string
	if !p.reading {
		written, err := json.Marshal(*v)
		if err != nil {
			p.fail(err)
			return
		}
		text = string(written)
	}
	packText(p, &text)
	if p.reading && p.err == nil {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			p.fail(err)
		}
	}
}
