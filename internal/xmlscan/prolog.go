package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
)

// instruction passes a processing instruction (XML 1.0, section 2.6), and the XML
// declaration, which looks like one.
func (s *Scanner) instruction() error {
	end, err := s.find(2, "?>")
	if err != nil {
		return err
	}
	body := s.buf[s.pos+2 : s.pos+end]
	n, _, isName := nameIn(body)
	if !isName || n < len(body) && spaces(body, n) == n {
		return s.fail(ErrSyntax, fmt.Sprintf("%.20q is no processing instruction", s.buf[s.pos:s.pos+end+2]))
	}
	if _, err := s.resolve(body, inCDATA, false); err != nil {
		return err
	}
	if string(body[:n]) == "xml" {
		if s.Offset() != s.start {
			return s.fail(ErrSyntax, "an XML declaration that is not at the start")
		}
		if err := s.xmlDeclaration(body[n:]); err != nil {
			return err
		}
	}
	s.pos += end + 2
	return nil
}

// xmlDeclaration reads what stands in an XML declaration (XML 1.0, section 2.8):
// a version, an encoding and whether the document stands alone, in that order.
func (s *Scanner) xmlDeclaration(body []byte) error {
	version, rest := pseudoAttribute(body, "version")
	if string(version) != "1.0" {
		return s.fail(ErrSyntax, fmt.Sprintf("want XML of version 1.0, got %.40q", body))
	}
	encoding, rest := pseudoAttribute(rest, "encoding")
	if encoding != nil && !bytes.EqualFold(encoding, []byte("UTF-8")) && !bytes.EqualFold(encoding, []byte("US-ASCII")) {
		return s.fail(ErrEncoding, fmt.Sprintf("encoding %.40q", encoding))
	}
	standalone, rest := pseudoAttribute(rest, "standalone")
	if standalone != nil && string(standalone) != "yes" && string(standalone) != "no" || len(unspaced(rest)) > 0 {
		return s.fail(ErrSyntax, fmt.Sprintf("%.40q in the XML declaration", body))
	}
	return nil
}

// pseudoAttribute returns the value that b gives a name, and what is behind it:
// nil, and b, where it does not begin so.
func pseudoAttribute(b []byte, name string) (value, rest []byte) {
	after, is := bytes.CutPrefix(unspaced(b), []byte(name))
	if !is || spaces(b, 0) == 0 {
		return nil, b
	}
	after, is = bytes.CutPrefix(unspaced(after), []byte("="))
	after = unspaced(after)
	if !is || len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return nil, b
	}
	end := bytes.IndexByte(after[1:], after[0])
	if end < 0 {
		return nil, b
	}
	return after[1 : 1+end], after[end+2:]
}

// declaration reads a comment, a part of CDATA or a document type.
func (s *Scanner) declaration() (Kind, error) {
	if err := s.need(9); err != nil && !errors.Is(err, ErrTruncated) {
		return EOF, err
	}
	rest := s.buf[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		end, err := s.find(4, "-->")
		if err != nil {
			return EOF, err
		}
		if body := s.buf[s.pos+4 : s.pos+end]; bytes.Contains(body, []byte("--")) || bytes.HasSuffix(body, []byte("-")) {
			return EOF, s.fail(ErrSyntax, "-- in a comment")
		}
		if _, err := s.resolve(s.buf[s.pos+4:s.pos+end], inCDATA, false); err != nil {
			return EOF, err
		}
		s.pos += end + 3
		return EOF, nil
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(s.ends) > 0:
		return s.cdata()
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && !s.root:
		end, err := s.find(9, ">")
		if err != nil {
			return EOF, err
		}
		if _, err := s.resolve(s.buf[s.pos+9:s.pos+end], inCDATA, false); err != nil {
			return EOF, err
		}
		if !isDoctype(s.buf[s.pos+9 : s.pos+end]) {
			return EOF, s.fail(ErrSyntax, fmt.Sprintf("%.80q: of document types only <!DOCTYPE name> with or without SYSTEM or PUBLIC is read", s.buf[s.pos:s.pos+end+1]))
		}
		s.pos += end + 1
		return EOF, nil
	}
	return EOF, s.fail(ErrSyntax, fmt.Sprintf("%.10q", rest))
}

// isDoctype reports whether b is what may stand between <!DOCTYPE and > (XML 1.0,
// section 2.8): a name and where the type is described, but no description.
func isDoctype(b []byte) bool {
	name := unspaced(b)
	n, _, isName := nameIn(name)
	if !isName || len(name) == len(b) {
		return false
	}
	where := unspaced(name[n:])
	literals := 0
	switch {
	case len(where) == 0:
		return true
	case len(where) == len(name)-n:
		return false
	case bytes.HasPrefix(where, []byte("SYSTEM")):
		literals = 1
	case bytes.HasPrefix(where, []byte("PUBLIC")):
		literals = 2
	default:
		return false
	}
	rest := where[len("SYSTEM"):]
	for range literals {
		literal := unspaced(rest)
		if len(literal) == 0 || len(literal) == len(rest) || literal[0] != '"' && literal[0] != '\'' {
			return false
		}
		end := bytes.IndexByte(literal[1:], literal[0])
		if end < 0 {
			return false
		}
		rest = literal[end+2:]
	}
	return len(unspaced(rest)) == 0
}

func (s *Scanner) cdata() (Kind, error) {
	end, err := s.find(9, "]]>")
	if err != nil {
		return EOF, err
	}
	s.scratch = s.scratch[:0]
	if s.text, err = s.resolve(s.buf[s.pos+9:s.pos+end], inCDATA, true); err != nil {
		return EOF, err
	}
	s.pos += end + 3
	return Text, nil
}
