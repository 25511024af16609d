package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

// patchFile is a feed of patches in fettle's own form: JSON objects one after
// another, as applicability.WriteCatalog writes them, or written by hand, with
// footprints in their text form.
type patchFile struct {
	path  string
	files opener
}

// Fetch implements feed.Source. What is no JSON ends the file; an object that is
// no patch is refused by itself.
func (s patchFile) Fetch(ctx context.Context, _ feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		batch, err := s.read(ctx)
		if err != nil {
			batch, err = feed.Batch{}, fmt.Errorf("%s: %w", s.path, err)
		}
		yield(batch, err)
	}
}

func (s patchFile) read(ctx context.Context) (feed.Batch, error) {
	batch := feed.Batch{Full: true, Next: "whole"}
	f, err := s.files.open(s.path)
	if err != nil {
		return batch, err
	}
	defer f.Close()
	text := bufio.NewReader(f)
	if mark, _, err := text.ReadRune(); err == nil && mark != '\ufeff' {
		err = text.UnreadRune()
		if err != nil {
			return batch, err
		}
	}
	objects := json.NewDecoder(text)
	for ctx.Err() == nil {
		at := objects.InputOffset()
		var text json.RawMessage
		var object map[string]json.RawMessage
		err := objects.Decode(&text)
		if err == nil {
			err = json.Unmarshal(text, &object)
		}
		switch {
		case errors.Is(err, io.EOF):
			if batch.Read == 0 {
				return batch, errors.New("holds no patch")
			}
			return batch, nil
		case err != nil:
			return batch, fmt.Errorf("behind byte %d: want a patch as a JSON object: %w", at, err)
		}
		if version, ok := object["fettleCatalog"]; ok && batch.Read == 0 {
			if string(version) != strconv.Itoa(applicability.CatalogVersion) {
				return batch, fmt.Errorf("fettleCatalog: %s: want %d", version, applicability.CatalogVersion)
			}
			continue
		}
		batch.Read++
		p, err := handWritten(object)
		if err == nil {
			err = once(text)
		}
		if err != nil {
			batch.Refused = append(batch.Refused, &feed.RecordError{File: s.path, Offset: at, Record: string(p.ID), Err: err})
			continue
		}
		batch.Used++
		for name := range p.Extra { // as a newer program may write it, or a slip of the finger
			if batch.Notes == nil {
				batch.Notes = map[string]int{}
			}
			batch.Notes["not understood: "+name+" of "+string(p.ID)]++
		}
		batch.Patches = append(batch.Patches, p)
	}
	return batch, ctx.Err()
}

// handWritten reads a patch whose footprints may be text.
func handWritten(object map[string]json.RawMessage) (p applicability.Patch, err error) {
	_ = json.Unmarshal(object["id"], &p.ID) // for the error: the patch says what is wrong with it
	for _, name := range []string{"target", "installed", "active"} {
		var text string
		if raw := object[name]; len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
			continue
		}
		footprint, err := applicability.ParseFootprint(text)
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
		if object[name], err = footprint.MarshalJSON(); err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
	all, err := json.Marshal(object)
	if err != nil {
		return p, err
	}
	id := p.ID
	if err = p.UnmarshalJSON(all); err != nil {
		p.ID = id
	}
	return p, err
}

// once refuses a member that an object has twice.
func once(object []byte) error {
	members := json.NewDecoder(bytes.NewReader(object))
	seen := map[string]bool{}
	if _, err := members.Token(); err != nil { // the brace
		return err
	}
	for members.More() {
		name, err := members.Token()
		if err != nil {
			return err
		}
		text, _ := name.(string)
		if seen[text] {
			return fmt.Errorf("%s: is there twice", text)
		}
		seen[text] = true
		var value json.RawMessage
		if err := members.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}
