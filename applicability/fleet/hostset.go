package fleet

import "github.com/RoaringBitmap/roaring/v2"

// hostSet is a set of positions: packed while it is small, since most columns are
// exceptions on few hosts and a compressed set of few members is mostly overhead; a
// compressed set above.
type hostSet struct {
	few  blocks
	many *roaring.Bitmap // not nil: few is not used
}

// mostFew is how many bytes the packed form may have, and fewAgain how many
// members a compressed set has when it is packed again.
const (
	mostFew  = 2048
	fewAgain = 512
)

func (s *hostSet) empty() bool { return s.many == nil && s.few == "" }

// put adds a position, or takes it out.
func (s *hostSet) put(at uint32, on bool) {
	switch {
	case s.many == nil:
		s.few = s.few.put(at, on)
		s.spread()
	case on:
		s.many.Add(at)
	default:
		s.many.Remove(at)
		if s.many.GetCardinality() <= fewAgain {
			s.few, s.many = blocksOf(s.many.ToArray()), nil
			s.spread()
		}
	}
}

// add adds positions, sorted, of which s has none.
func (s *hostSet) add(list []uint32) {
	switch {
	case len(list) == 0:
	case s.many != nil:
		s.many.AddMany(list)
	case len(s.few)+2*len(list) > mostFew:
		s.many = roaring.BitmapOf(s.few.list()...)
		s.many.AddMany(list)
		s.few = ""
	default:
		s.few = s.few.merge(list)
		s.spread()
	}
}

// spread changes the form of a set that has become large.
func (s *hostSet) spread() {
	if len(s.few) > mostFew {
		s.few, s.many = "", roaring.BitmapOf(s.few.list()...)
	}
}

// addTo adds the members to p. scratch is an empty plane, and stays one.
func (s *hostSet) addTo(p, scratch plane) {
	switch {
	case s.many == nil:
		s.few.addTo(p)
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
	s.few.addTo(p)
}
