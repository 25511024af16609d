package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

//go:embed page.html
var pageText string

// page is what the report shows.
type page struct {
	In      *inputs
	Out     *rollout.Outlook
	Left    leftOut
	Rings   []ringPicture
	Windows *figure
	Hits    *figure
	Late    []rollout.LateOutlook
	More    int // reasons that are not listed
	Assumed []string
}

type ringPicture struct {
	rollout.RingOutlook
	Colour int
	Figure *figure
}

// mostLate bounds the reasons that a report lists.
const mostLate = 40

// writePage writes the report: one file that needs nothing else.
func writePage(name string, in *inputs, o *rollout.Outlook) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"number":   number,
		"number64": func(n int) string { return number(int64(n)) },
		"count":    plural,
		"hosts":    func(n int64) string { return plural(int(n), "host") },
		"of":       func(n, all int) string { return percent(int64(n), int64(all)) },
		"when":     short,
		"stamp":    stamp,
		"why":      why,
		"bytes":    bytesText,
		"runs":     func(i rollout.Instants, all int) string { return ofRuns(i.Runs, all) },
		"reason":   reasonWords,
	}).Parse(pageText)
	if err != nil {
		return err
	}
	p := page{In: in, Out: o, Left: in.left, Windows: windowFigure(o), Hits: hitFigure(o), Assumed: assumed(&o.Assume)}
	for i := range o.Rings {
		p.Rings = append(p.Rings, ringPicture{o.Rings[i], i % colours, ringFigure(o, i)})
	}
	p.Late = o.Late[:min(len(o.Late), mostLate)]
	p.More = len(o.Late) - len(p.Late)
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

// stamp writes an instant for people.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("Mon 2006-01-02 15:04")
}
