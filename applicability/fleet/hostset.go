package fleet

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// hostSet is a set of positions: a sorted list while it is small, since most
// columns are exceptions on few hosts and a compressed set of few members is
// mostly overhead; a compressed set above.
type hostSet struct {
	few  []uint32
	many *roaring.Bitmap // not nil: few is not used
}

// mostFew is the size from which on the compressed form is the smaller one.
const mostFew = 128

func (s *hostSet) empty() bool { return s.many == nil && len(s.few) == 0 }

// put adds a position, or takes it out.
func (s *hostSet) put(at uint32, on bool) {
	if s.many != nil {
		s.putMany(at, on)
		return
	}
	i, found := slices.BinarySearch(s.few, at)
	switch {
	case found == on:
	case !on:
		s.few = slices.Delete(s.few, i, i+1)
	case len(s.few) == mostFew:
		s.many = roaring.BitmapOf(s.few...)
		s.many.Add(at)
		s.few = nil
	default:
		if len(s.few) == cap(s.few) { // a quarter at a time: there are very many of these
			grown := make([]uint32, len(s.few), len(s.few)+len(s.few)/4+2)
			copy(grown, s.few)
			s.few = grown
		}
		s.few = slices.Insert(s.few, i, at)
	}
}

// add adds positions, sorted, of which s has none.
func (s *hostSet) add(list []uint32) {
	switch {
	case len(list) == 0:
	case s.many != nil:
		s.many.AddMany(list)
	case len(s.few)+len(list) <= mostFew:
		all := append(append(make([]uint32, 0, len(s.few)+len(list)), s.few...), list...)
		slices.Sort(all)
		s.few = all
	default:
		s.many = roaring.BitmapOf(s.few...)
		s.many.AddMany(list)
		s.few = nil
	}
}

func (s *hostSet) putMany(at uint32, on bool) {
	if on {
		s.many.Add(at)
		return
	}
	s.many.Remove(at)
	if n := s.many.GetCardinality(); n <= mostFew/2 {
		s.few, s.many = s.many.ToArray(), nil
	}
}

// addTo adds the members to p. scratch is an empty plane, and stays one.
func (s *hostSet) addTo(p, scratch plane) {
	switch {
	case s.many == nil:
		for _, at := range s.few {
			p[at>>6] |= 1 << (at & 63)
		}
	case s.many.GetCardinality() <= denseAbove: // it has no container that WriteDenseTo copies over others
		s.many.WriteDenseTo(p)
	default:
		s.many.WriteDenseTo(scratch)
		p.or(scratch)
		clear(scratch)
	}
}

// denseAbove is the most members that a compressed set has while all its
// containers are lists or runs.
const denseAbove = 4096

// writeTo writes the members to a plane that is empty.
func (s *hostSet) writeTo(p plane) {
	if s.many != nil {
		s.many.WriteDenseTo(p)
		return
	}
	s.addTo(p, nil)
}
