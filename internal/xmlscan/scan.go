// Package xmlscan reads the XML of advisory feeds: as a stream, with bounds,
// and several times as fast as encoding/xml. It knows what such documents are
// made of, elements, attributes, text, CDATA, comments and processing
// instructions, and refuses what can make a small document large: a document
// type with declarations of its own, and entities beyond the five that every
// document has. Names lose their prefix: the formats read here never use one
// local name in two namespaces at one place.
package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Bounds of a document.
const (
	MaxDepth = 256     // elements nested in one another
	MaxToken = 8 << 20 // bytes of one tag, text, comment or the like
	maxAttrs = 256     // attributes of one element
)

// The faults of a document; an Error wraps one of them.
var (
	// ErrSyntax: the text is not well-formed XML, or a kind of it that is
	// refused here.
	ErrSyntax = errors.New("xmlscan: not well-formed XML")
	// ErrTruncated: the text ends before its root element does.
	ErrTruncated = errors.New("xmlscan: the text ends inside an element")
	// ErrDepth: elements are nested deeper than MaxDepth.
	ErrDepth = errors.New("xmlscan: nested too deeply")
	// ErrTooLarge: a tag or a text is larger than MaxToken, or has too many
	// attributes.
	ErrTooLarge = errors.New("xmlscan: tag or text too large")
	// ErrEncoding: the text is not UTF-8.
	ErrEncoding = errors.New("xmlscan: not UTF-8")
)

// Error is a fault and its place.
type Error struct {
	Line   int // from 1
	Offset int64
	Detail string
	Err    error // one of the faults above
}

// Error names fault, detail and place.
func (e *Error) Error() string {
	s := fmt.Sprintf("%v at line %d", e.Err, e.Line)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the fault.
func (e *Error) Unwrap() error { return e.Err }

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	EOF   Kind = iota // after the root element
	Start             // the start of an element: Name and Attr tell which
	End               // the end of an element: Name tells which
	Text              // text that is not white space alone
)

// Attr is an attribute of an element.
type Attr struct {
	Name  []byte
	Value []byte // entities resolved
}

// Scanner splits a document into tokens. What it returns in slices is valid
// until the next call of a method that reads on. It is used by one goroutine.
type Scanner struct {
	r     io.Reader
	buf   []byte
	pos   int
	base  int64 // offset of buf[0]
	line  int   // of buf[counted]
	count int   // up to where lines were counted
	eof   bool

	names []byte // names of the open elements, one after another
	ends  []int  // ends of these names in names
	empty bool   // an element without content was started, its end is next
	root  bool   // the root element was seen

	start  int64 // where the document begins: behind a byte order mark
	inside int   // of a piece: how many elements are open around it

	name    []byte   // with its prefix
	known   [][]byte // names of the element's attributes, with their prefixes
	attrs   []Attr
	text    []byte
	scratch []byte
	content []byte
}

// New returns a scanner of r.
func New(r io.Reader) *Scanner { return &Scanner{r: r, line: 1} }

// Name returns the local name of the element that started or ended.
func (s *Scanner) Name() []byte {
	if i := bytes.IndexByte(s.name, ':'); i > 0 && i < len(s.name)-1 {
		return s.name[i+1:]
	}
	return s.name
}

// Attrs returns the attributes of the element that started.
func (s *Scanner) Attrs() []Attr { return s.attrs }

// Attr returns the value of an attribute of the element that started, nil where
// it is not there.
func (s *Scanner) Attr(name string) []byte {
	for _, a := range s.attrs {
		if string(a.Name) == name {
			return a.Value
		}
	}
	return nil
}

// Text returns the text of the token, entities resolved.
func (s *Scanner) Text() []byte { return s.text }

// Depth returns how many elements are open.
func (s *Scanner) Depth() int { return len(s.ends) }

// Line returns the line of the scanner's place, from 1.
func (s *Scanner) Line() int {
	s.line += bytes.Count(s.buf[s.count:s.pos], []byte{'\n'})
	s.count = s.pos
	return s.line
}

// Offset returns the scanner's place in bytes.
func (s *Scanner) Offset() int64 { return s.base + int64(s.pos) }

// Fail returns an ErrSyntax fault at the scanner's place.
func (s *Scanner) Fail(detail string) error { return s.fail(ErrSyntax, detail) }

func (s *Scanner) fail(err error, detail string) error {
	return &Error{Line: s.Line(), Offset: s.Offset(), Detail: detail, Err: err}
}

// fill reads more, keeping what lies at pos and behind it. It reports an error
// where there is no more.
func (s *Scanner) fill() error {
	if s.eof {
		return s.fail(ErrTruncated, "")
	}
	if len(s.buf)-s.pos > MaxToken {
		return s.fail(ErrTooLarge, fmt.Sprintf("more than %d bytes", MaxToken))
	}
	s.Line()
	s.base += int64(s.pos)
	if s.pos > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.pos:])]
		s.pos, s.count = 0, 0
	}
	if len(s.buf) == cap(s.buf) {
		larger := make([]byte, len(s.buf), max(64<<10, 2*cap(s.buf)))
		copy(larger, s.buf)
		s.buf = larger
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if errors.Is(err, io.EOF) {
			s.eof = true
			if n == 0 {
				return s.fail(ErrTruncated, "")
			}
			return nil
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// find returns the offset from pos of mark, reading more as needed.
func (s *Scanner) find(from int, mark string) (int, error) {
	for {
		if i := bytes.Index(s.buf[min(s.pos+from, len(s.buf)):], []byte(mark)); i >= 0 {
			return from + i, nil
		}
		from = max(from, len(s.buf)-s.pos-len(mark)+1)
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// need makes sure that n bytes lie at pos.
func (s *Scanner) need(n int) error {
	for len(s.buf)-s.pos < n {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// Next returns the kind of the next token.
func (s *Scanner) Next() (Kind, error) { return s.next(true) }

// next returns the next token. Where the caller does not keep it, attributes
// and texts are only checked.
func (s *Scanner) next(keep bool) (Kind, error) {
	if s.empty {
		s.empty = false
		s.pop()
		return End, nil
	}
	for {
		if len(s.ends) == 0 {
			done, err := s.between()
			if done || err != nil {
				return EOF, err
			}
		}
		if at := spaces(s.buf, s.pos); at < len(s.buf) && s.buf[at] == '<' {
			s.pos = at
		} else if at == len(s.buf) && s.inside > 0 && len(s.ends) == s.inside {
			s.pos = at
			return EOF, nil
		} else if isText, err := s.readText(keep); isText || err != nil {
			return Text, err
		}
		kind, err := s.markup(keep)
		if kind != EOF || err != nil {
			return kind, err
		}
	}
}

// between stands outside the root element and reports whether the document
// ends here.
func (s *Scanner) between() (done bool, err error) {
	for {
		rest := unspaced(s.buf[s.pos:])
		if s.Offset() == 0 && len(rest) == len(s.buf) {
			if err := s.need(3); err != nil && !errors.Is(err, ErrTruncated) {
				return false, err
			}
			marked := false
			if rest, marked = bytes.CutPrefix(s.buf, []byte("\xef\xbb\xbf")); marked {
				s.start = int64(len(s.buf) - len(rest))
			}
			rest = unspaced(rest)
		}
		s.pos = len(s.buf) - len(rest)
		if len(rest) > 0 {
			return false, nil
		}
		if s.eof {
			if !s.root {
				return false, s.fail(ErrTruncated, "no element")
			}
			return true, nil
		}
		if err := s.fill(); err != nil && (!s.eof || !errors.Is(err, ErrTruncated)) {
			return false, err
		}
	}
}

// markup reads what begins with '<'; EOF stands for what gives no token.
func (s *Scanner) markup(keep bool) (Kind, error) {
	if err := s.need(2); err != nil {
		return EOF, err
	}
	switch s.buf[s.pos+1] {
	case '/':
		return s.endTag()
	case '?':
		return EOF, s.instruction()
	case '!':
		return s.declaration()
	default:
		return s.startTag(keep)
	}
}

// Skip passes the rest of the innermost open element, its end included.
func (s *Scanner) Skip() error {
	for depth := len(s.ends); ; {
		kind, err := s.next(false)
		if err != nil {
			return err
		}
		if kind == End && len(s.ends) < depth {
			return nil
		}
	}
}

// Child goes to the next child of the innermost open element and reports
// whether there is one: Name and Attr then tell of it, and the caller reads it
// to its end. Where there is none the element has ended, or the piece. Text
// between children is passed over.
func (s *Scanner) Child() (bool, error) {
	for {
		kind, err := s.Next()
		switch {
		case err != nil:
			return false, err
		case kind == Start:
			return true, nil
		case kind == End || kind == EOF:
			return false, nil
		}
	}
}

// Children calls each for every child, as Child finds them.
func (s *Scanner) Children(each func() error) error {
	for {
		more, err := s.Child()
		if err != nil || !more {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
}

// Content reads the rest of the innermost open element, its end included, and
// returns its text without the white space around it. Elements inside it are
// skipped, and so is their text.
func (s *Scanner) Content() ([]byte, error) {
	s.content = s.content[:0]
	for depth := len(s.ends); ; {
		kind, err := s.Next()
		switch {
		case err != nil:
			return nil, err
		case kind == Text && len(s.ends) == depth:
			s.content = append(s.content, s.text...)
		case kind == End && len(s.ends) < depth:
			return bytes.TrimSpace(s.content), nil
		}
	}
}
