package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

// savedNote is what a saved catalogue keeps beside the patches.
type savedNote struct {
	Saved time.Time   `json:"saved"` // UTC
	Feeds []savedFeed `json:"feeds"`
}

// savedFeed is what a saved catalogue keeps of a feed: what became of its
// records, so that a later run knows what could not be read.
type savedFeed struct {
	Name     string         `json:"name"`
	Insecure bool           `json:"insecure,omitempty"`
	Read     int            `json:"read"`
	Used     int            `json:"used"`
	Patches  int            `json:"patches"`
	Refused  []string       `json:"refused,omitempty"`
	Skipped  map[string]int `json:"skipped,omitempty"`
	Notes    map[string]int `json:"notes,omitempty"`
}

// usesCatalog reports whether the command line names a saved catalogue.
func usesCatalog(feeds []feedArg) bool {
	return slices.ContainsFunc(feeds, func(f feedArg) bool { return f.kind == "catalog" })
}

// validateSaved says what is wrong with -save and with a catalogue among feeds.
func (o options) validateSaved() error {
	switch {
	case usesCatalog(o.feeds) && len(o.feeds)+len(o.baselines) > 1:
		return errors.New("catalog:FILE is judged by itself: name its feeds again to add others, or a baseline")
	case usesCatalog(o.feeds) && o.save != "":
		return errors.New("-save goes with other feeds: this catalogue is saved already")
	case o.save != "" && (o.lint || len(o.baselines) > 0):
		return errors.New("-save keeps the patches of feeds: it goes without -lint and -baseline")
	case o.save != "" && isFolder(o.save):
		return fmt.Errorf("-save: %s is a folder, want a file", o.save)
	case o.save != "" && slices.ContainsFunc(o.feeds, func(f feedArg) bool { return f.kind == "oval" }):
		return errors.New("-save: some tests of OVAL are evaluated on each host from the definitions, which a catalogue has not")
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// compile returns the catalogue of the feeds: the saved one, or one made of
// their patches.
func (f *catalogueFeeds) compile() (*applicability.Catalog, []*applicability.Problem) {
	if f.saved != nil {
		return f.saved, f.problems
	}
	return applicability.Compile(f.patches, nil)
}

// openCatalog opens a saved catalogue. The file stays open: proofs read it.
func openCatalog(path string) (all catalogueFeeds, err error) {
	file, err := os.Open(path)
	if err != nil {
		return all, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder, want a file that -save wrote")
	}
	if err == nil {
		all.saved, all.problems, err = applicability.OpenSaved(file, info.Size())
	}
	if err != nil {
		return all, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	var note savedNote
	if err := json.Unmarshal(all.saved.Note(), &note); err != nil {
		return all, errors.Join(fmt.Errorf("%s: what became of its feeds cannot be read: %w", path, err), file.Close())
	}
	for _, f := range note.Feeds {
		t := feed.Tally{Read: f.Read, Used: f.Used, Patches: f.Patches, Skipped: f.Skipped, Notes: f.Notes}
		for _, text := range f.Refused {
			t.Refused = append(t.Refused, &feed.RecordError{File: "catalog:" + path, Err: errors.New(text)})
		}
		all.read = append(all.read, loaded{f.Name + ", saved " + note.Saved.Format("2006-01-02 15:04 UTC"), f.Insecure, t})
	}
	return all, nil
}

// saveCatalog writes the catalogue as of an instant beside path and then puts it
// in its place, so that a run that reads path sees the old one or the new one.
func saveCatalog(path string, at time.Time, c *applicability.Catalog, read []loaded) error {
	feeds := make([]savedFeed, len(read))
	for i, f := range read {
		t := &f.Tally
		feeds[i] = savedFeed{Name: f.Name, Insecure: f.Insecure, Read: t.Read, Used: t.Used, Patches: t.Patches, Skipped: t.Skipped, Notes: t.Notes}
		for _, refused := range t.Refused {
			feeds[i].Refused = append(feeds[i].Refused, refused.Error())
		}
	}
	note, err := json.Marshal(savedNote{Saved: at.UTC(), Feeds: feeds})
	if err != nil {
		return err
	}
	return replaceFile(path, func(w io.Writer) error { return c.Save(w, note) })
}

func replaceFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
