package updateinfo

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // old repositories have no other; it is noted
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// Metadata is one file that a repository's repomd.xml lists.
type Metadata struct {
	Type     string // primary, updateinfo, ...
	Location string // relative to the repository
	Checksum Checksum
	Open     Checksum // of the content without its compression; zero: not stated
	Size     int64    // bytes; 0: not stated
}

// Checksum is the algorithm, as repomd.xml names it, and the value in
// hexadecimal digits.
type Checksum struct{ Type, Value string }

// ParseRepomd reads repomd.xml. Errors wrap ErrXML, ErrCut or ErrFormat.
func ParseRepomd(r io.Reader) ([]Metadata, error) {
	p := parser{s: xmlscan.New(r)}
	if _, err := p.s.Next(); err != nil {
		return nil, inXML(err)
	}
	if string(p.s.Name()) != "repomd" {
		return nil, fmt.Errorf("%w: the root element is %.40q, want repomd", ErrFormat, p.s.Name())
	}
	var all []Metadata
	err := p.children(func(name string) error {
		if name != "data" {
			return p.s.Skip()
		}
		if len(all) == 1000 {
			return fmt.Errorf("%w: more than 1000 entries", ErrTooLarge)
		}
		m := Metadata{Type: string(p.s.Attr("type"))}
		err := p.metadata(&m)
		all = append(all, m)
		return err
	})
	if err == nil {
		_, err = p.s.Next()
	}
	return all, inXML(err)
}

func (p *parser) metadata(m *Metadata) error {
	return p.children(func(name string) error {
		switch name {
		case "checksum", "open-checksum":
			to := &m.Checksum
			if name == "open-checksum" {
				to = &m.Open
			}
			to.Type = string(p.s.Attr("type"))
			content, err := p.s.Content()
			to.Value = strings.ToLower(string(content))
			return err
		case "location":
			m.Location = string(p.s.Attr("href"))
			return p.s.Skip()
		case "size":
			content, err := p.s.Content()
			m.Size, _ = strconv.ParseInt(string(content), 10, 64) // 0: not stated
			return err
		default:
			return p.s.Skip()
		}
	})
}

// verify returns an error that wraps ErrChecksum unless c is the checksum of
// content, and a note where it is a weak one.
func (c Checksum) verify(content []byte) (note string, err error) {
	var h hash.Hash
	switch strings.ToLower(c.Type) {
	case "sha256":
		h = sha256.New()
	case "sha224":
		h = sha256.New224()
	case "sha384":
		h = sha512.New384()
	case "sha512":
		h = sha512.New()
	case "sha", "sha1":
		h, note = sha1.New(), "weak checksum sha1" //nolint:gosec // as above
	default:
		return "", fmt.Errorf("%w: algorithm %.20q is not accepted", ErrChecksum, c.Type)
	}
	_, _ = h.Write(content) // a hash never fails
	want, err := hex.DecodeString(c.Value)
	if err != nil || !bytes.Equal(want, h.Sum(nil)) {
		return note, fmt.Errorf("%w: %s is %x, repomd.xml says %.130s", ErrChecksum, c.Type, h.Sum(nil), c.Value)
	}
	return note, nil
}
