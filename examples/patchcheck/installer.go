package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/inventory"
)

// installerCheck is what an installer would do to hosts.
type installerCheck struct {
	Product string `json:"product"`
	Files   int    `json:"files"` // in its manifest
	*lint.PreCheck
}

// validateInstaller says what is wrong with -installer beside what else there
// is.
func (o options) validateInstaller() error {
	switch {
	case o.installer == "":
		return nil
	case o.lint || o.diff != "" || o.explain != "" || o.summary || o.order || o.all:
		return errors.New("-installer goes with -host, -feed, -baseline and -json, and is a question of its own")
	case slices.ContainsFunc(o.feeds, func(f feedArg) bool { return f.kind == "oval" }):
		return errors.New("-installer: some tests of OVAL are evaluated on the files that a host has, over which nothing can be laid then")
	}
	return nil
}

func loadManifest(path string, files opener) (lint.Manifest, error) {
	f, err := files.open(path)
	if err != nil {
		return lint.Manifest{}, err
	}
	m, err := lint.ReadManifest(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// asInstallerCheck gives the answer the manifest's name.
func asInstallerCheck(m *lint.Manifest, found *lint.PreCheck) *installerCheck {
	return &installerCheck{cmp.Or(m.Product, "an installer without a name"), len(m.Files), found}
}

// hostsOf yields records as Downgrades takes them.
func hostsOf(records []inventory.Record) iter.Seq2[*inventory.Record, error] {
	return func(yield func(*inventory.Record, error) bool) {
		for i := range records {
			if !yield(&records[i], nil) {
				return
			}
		}
	}
}

// printInstaller writes what the installer would do to this host.
func printInstaller(out io.Writer, a *answer) error {
	if a.options.json {
		return a.installer.json(out)
	}
	out = plaintext.Writer{Writer: out}
	printHost(out, a)
	fmt.Fprintln(out)
	if len(a.installer.Downgrades) > 0 {
		printRows(out, a.installer.rows(false, 4))
		fmt.Fprintln(out)
	}
	a.installer.close(out, a.catalog.Len())
	return nil
}

func (c *installerCheck) json(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(c)
}

// rows are the files that would suffer, with at most so many patches named in a
// cell (0: all of them); hosts are counted where there are many.
func (c *installerCheck) rows(many bool, most int) [][]string {
	head := []string{"FILE", "HAS", "BRINGS"}
	if many {
		head = append(head, "HOSTS", "ONE OF THEM")
	}
	rows := [][]string{append(head, "TAKES OFF", "CANNOT TELL")}
	for _, d := range c.Downgrades {
		row := []string{d.Path, cmp.Or(d.Has, "-"), cmp.Or(d.Brings, "-")}
		if many {
			row = append(row, strconv.Itoa(d.Hosts), string(d.First))
		}
		rows = append(rows, append(row, idsText(d.Patches, most), idsText(d.Unsure, most)))
	}
	return rows
}

func idsText(ids []fettle.PatchID, most int) string {
	if len(ids) == 0 {
		return "-"
	}
	more := ""
	if most > 0 && len(ids) > most {
		ids, more = ids[:most], fmt.Sprintf(" and %d more", len(ids)-most)
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " ") + more
}

// unknown writes what could not be compared; all of it is in the JSON.
func (c *installerCheck) unknown(out io.Writer, before string) {
	const most = 20
	for i, file := range slices.Sorted(maps.Keys(c.NotLooked)) {
		if i == most {
			fmt.Fprintf(out, "%snot known: %s more\n", before, plaintext.Count(len(c.NotLooked)-most, "file"))
			return
		}
		fmt.Fprintf(out, "%snot known: %s, on %s: nobody looked, or read its version\n", before, file, plaintext.Count(c.NotLooked[file], "host"))
	}
}

// close writes what could not be compared, and the outcome.
func (c *installerCheck) close(out io.Writer, patches int) {
	c.unknown(out, "")
	taken := map[fettle.PatchID]bool{}
	for _, d := range c.Downgrades {
		for _, id := range d.Patches {
			taken[id] = true
		}
	}
	hurt := map[string]bool{}
	for _, d := range c.Downgrades {
		hurt[strings.ToLower(d.Path)] = true
	}
	by := "judged by " + plaintext.Count(patches, "patch")
	if patches == 0 {
		by = "versions compared, no feed was named"
	}
	fmt.Fprintf(out, "%s: %s laid over %s, %s: it would harm %d of the files there and take %s off\n",
		c.Product, plaintext.Count(c.Files, "file"), plaintext.Count(c.Hosts, "host"), by, len(hurt), plaintext.Count(len(taken), "patch"))
}

// installerStatus is the exit status of -installer.
func (p program) installerStatus(c *installerCheck, unread int) int {
	switch {
	case len(c.Downgrades) > 0:
		return somethingNeeded
	case len(c.NotLooked)+unread > 0:
		fmt.Fprintf(p.errOut, "patchcheck: nothing is known to be replaced by something older, but that is no answer: of %s %d not known on some host, %s not read\n",
			plaintext.Count(c.Files, "file"), len(c.NotLooked), notRead(unread))
		return noAnswer
	default:
		return nothingNeeded
	}
}

// installed says what the installer would do to the hosts of a fleet.
func (r *fleetReport) installed(p program, unread int) (int, error) {
	found, err := lint.Downgrades(*r.manifest, r.judge.catalog, hostsOf(r.hosts.records), r.at)
	if err != nil {
		return noAnswer, err
	}
	c := asInstallerCheck(r.manifest, found)
	switch {
	case r.json:
		err = c.json(r.out)
	case r.csv:
		err = r.rows(c.rows(true, 0))
		c.unknown(p.errOut, "patchcheck fleet: ")
	default:
		if len(c.Downgrades) > 0 {
			err = r.rows(c.rows(true, 4))
			fmt.Fprintln(r.out)
		}
		c.close(plaintext.Writer{Writer: r.out}, r.judge.catalog.Len())
	}
	return p.installerStatus(c, unread), err
}
