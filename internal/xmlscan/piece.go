package xmlscan

import "bytes"

// Cut takes the text from the scanner's place up to the last of the next size
// bytes (at most MaxToken) at which one of the marks ends, and goes on behind it;
// a mark counts where the ones before it are not there at all. It returns nil,
// and takes nothing, where there is none or less text. It is called between the
// children of an element. The piece is the caller's; the scanner keeps room in its
// place, where it reads on.
//
// Whether the piece ends between children, too, only reading it can tell: the
// mark may stand in a comment. Of pieces cut one after the other, read by Inside
// each, the first begins between children; where it is read to its end without
// an error, so does the second, and so on. From the first that is not, Back takes
// them back.
func (s *Scanner) Cut(room []byte, size int, marks ...string) ([]byte, error) {
	for len(s.buf)-s.pos < size && !s.empty {
		if s.eof {
			return nil, nil
		}
		if err := s.fill(); err != nil && !s.eof {
			return nil, err
		}
	}
	if s.empty {
		return nil, nil
	}
	rest := s.buf[s.pos : s.pos+size]
	for _, mark := range marks {
		at := bytes.LastIndex(rest, []byte(mark))
		if at < 0 {
			continue
		}
		piece := rest[:at+len(mark)]
		s.pos += len(piece)
		s.Line()
		s.base += int64(s.pos)
		s.buf, s.pos, s.count = append(room[:0], s.buf[s.pos:]...), 0, 0
		return piece, nil
	}
	return nil, nil
}

// Inside returns a scanner of the piece that was cut last, line being where it begins:
// it has the elements open that are open here, and its Next returns EOF where
// the piece ends between children of the innermost of them.
func (s *Scanner) Inside(piece []byte, line int) *Scanner {
	return &Scanner{
		buf: piece, base: s.Offset() - int64(len(piece)), line: line, eof: true, root: true, inside: len(s.ends),
		names: bytes.Clone(s.names), ends: append([]int(nil), s.ends...),
	}
}

// Back takes back what was cut last, line being where it begins.
func (s *Scanner) Back(cut []byte, line int) {
	s.base += int64(s.pos - len(cut))
	s.buf = append(bytes.Clone(cut), s.buf[s.pos:]...)
	s.pos, s.count, s.line = 0, 0, line
}
