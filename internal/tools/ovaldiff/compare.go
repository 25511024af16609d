//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/local"
)

// comparison counts what was compared.
type comparison struct {
	oscap       string
	known       bool
	keep        string
	counts      map[string]int
	differences int
}

// files compares the documents in files on this machine.
func (c *comparison) files(ctx context.Context, paths []string) error {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parts, err := documents(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for i, part := range parts {
			name := path
			if len(parts) > 1 {
				name = fmt.Sprintf("%s, document %d", path, i+1)
			}
			if err := c.compare(ctx, name, part, nil, observe); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// documents returns the OVAL documents of a file: it is one, or a data stream
// that holds some.
func documents(text []byte) ([][]byte, error) {
	const root = "oval_definitions"
	var parts [][]byte
	d := xml.NewDecoder(bytes.NewReader(text))
	from, depth, inside := int64(0), 0, 0
	spaces := map[string]string{} // declared around a document
	for {
		at := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; token.Name.Local == root && inside == 0 {
				from, inside = at, depth
				continue
			}
			for _, a := range token.Attr {
				if inside == 0 && a.Name.Space == "xmlns" {
					spaces[a.Name.Local] = a.Value
				}
			}
		case xml.EndElement:
			if depth == inside {
				parts, inside = append(parts, declaring(spaces, text[from:d.InputOffset()])), 0
			}
			depth--
		}
	}
}

// declaring declares the prefixes of name spaces in the root element of a
// document, but for those that it declares itself.
func declaring(spaces map[string]string, text []byte) []byte {
	end := bytes.IndexAny(text, " \t\r\n>")
	tag, _, _ := bytes.Cut(text, []byte(">"))
	all := bytes.Clone(text[:end])
	for prefix, space := range spaces {
		if !bytes.Contains(tag, []byte("xmlns:"+prefix+"=")) {
			all = fmt.Appendf(all, " xmlns:%s=%q", prefix, space)
		}
	}
	return append(all, text[end:]...)
}

// only returns a document without the definitions that nobody asks for: some
// of them send oscap through the whole file system.
func only(text []byte, asked map[string]bool) ([]byte, error) {
	var kept []byte
	d := xml.NewDecoder(bytes.NewReader(text))
	from, left := int64(0), int64(0)
	dropped := ""
	for {
		at := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return append(kept, text[from:]...), nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "definition" {
				continue
			}
			for _, a := range token.Attr {
				if a.Name.Local == "id" && !asked[a.Value] {
					dropped, left = a.Value, at
				}
			}
		case xml.EndElement:
			if token.Name.Local == "definition" && dropped != "" {
				kept = append(kept, text[from:left]...)
				from, dropped = d.InputOffset(), ""
			}
		}
	}
}

// observe makes the record of this machine.
func observe(ctx context.Context, needs inventory.Needs) (*inventory.Record, error) {
	collector, err := local.New(nil)
	if err != nil {
		return nil, err
	}
	r := &inventory.Record{}
	if r.Snapshot, err = collector.Collect(ctx, needs); err != nil {
		return nil, err
	}
	r.Host.Name, err = os.Hostname()
	return r, err
}

type observer func(ctx context.Context, needs inventory.Needs) (*inventory.Record, error)

// compare evaluates a document here and by oscap, which gets the additional
// environment.
func (c *comparison) compare(ctx context.Context, name string, text []byte, env []string, observe observer) error {
	d, err := oval.Parse(bytes.NewReader(text))
	if err != nil {
		return err
	}
	r, err := observe(ctx, d.Needs())
	if err != nil {
		return err
	}
	e := d.Evaluate(r, nil)
	asked := map[string]bool{}
	for _, def := range d.Definitions {
		switch {
		case def.Err() != nil:
			c.counts["definitions refused"]++
		case !c.known && e.Definition(def.ID) == oval.Unknown:
			c.counts["definitions unknown here"]++
		default:
			asked[def.ID] = true
		}
	}
	if len(asked) == 0 {
		return nil
	}
	if text, err = only(text, asked); err != nil {
		return err
	}
	theirs, err := c.run(ctx, text, env)
	if err != nil {
		return err
	}
	before := c.differences
	for _, t := range theirs.Tests {
		c.result(name, "test", t.ID, e.Test(t.ID), t.Result)
	}
	for _, t := range theirs.Definitions {
		c.result(name, "definition", t.ID, e.Definition(t.ID), t.Result)
	}
	if c.keep != "" && c.differences > before {
		return os.WriteFile(filepath.Join(c.keep, filepath.Base(name)), text, 0o600)
	}
	return nil
}

// result compares one result.
func (c *comparison) result(document, what, id string, ours oval.Result, theirs string) {
	switch {
	case what == "test" && ours == oval.NotEvaluated: // refused
	case ours.String() == theirs:
		c.counts[what+"s the same: "+theirs]++
	case ours == oval.Unknown && !c.known:
		c.counts[what+"s unknown here, of oscap "+theirs]++
	default:
		c.counts[what+"s that differ"]++
		c.differences++
		fmt.Printf("%s: %s %s: %s, of oscap %s\n", document, what, id, ours, theirs)
	}
}

// results are what oscap says of a document.
type results struct {
	Definitions []struct {
		ID     string `xml:"definition_id,attr"`
		Result string `xml:"result,attr"`
	} `xml:"results>system>definitions>definition"`
	Tests []struct {
		ID     string `xml:"test_id,attr"`
		Result string `xml:"result,attr"`
	} `xml:"results>system>tests>test"`
}

func (c *comparison) run(ctx context.Context, text []byte, env []string) (results, error) {
	var r results
	dir, err := os.MkdirTemp("", "ovaldiff")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml")
	if err := os.WriteFile(in, text, 0o600); err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, c.oscap, "oval", "eval", "--skip-validation", "--results", out, in)
	cmd.Env = append(os.Environ(), env...)
	said, err := cmd.CombinedOutput()
	written, readErr := os.ReadFile(out)
	if readErr != nil {
		return r, fmt.Errorf("oscap: %w: %.1000s", errors.Join(err, readErr), said)
	}
	return r, xml.Unmarshal(written, &r)
}
