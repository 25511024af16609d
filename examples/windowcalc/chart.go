package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// Sizes of the picture, in pixels.
const (
	chartWidth  = 1280
	chartLeft   = 210 // width of the names
	chartRight  = 30
	rowHeight   = 26
	barHeight   = 18
	headHeight  = 74
	legendSpace = 64
)

// chart draws a timeline: a row for each window, freeze and override, one for
// the decisions, and deadlines as upright lines.
type chart struct {
	title    string
	policy   *schedule.Policy
	steps    []schedule.Step
	from, to time.Time
	zone     *time.Location
	b        strings.Builder
}

func bandColour(k schedule.BandKind) string {
	switch k {
	case schedule.BandMandatory:
		return "#4c78a8"
	case schedule.BandOptional:
		return "#9ecae9"
	case schedule.BandFreeze:
		return "#b23a48"
	case schedule.BandHostFreeze:
		return "#5c1a33"
	default:
		return "#8e6bb4"
	}
}

func actionColour(a schedule.Action) string {
	switch a {
	case schedule.InstallPatches:
		return "#2e7d32"
	case schedule.RestartHost:
		return "#e07b00"
	case schedule.Offer:
		return "#f2c14e"
	case schedule.Download:
		return "#3fb8af"
	case schedule.Wait:
		return "#c9ced6"
	default:
		return "#eef0f3"
	}
}

func (c *chart) printf(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

// x is the place of an instant.
func (c *chart) x(t time.Time) float64 {
	share := float64(t.Sub(c.from)) / float64(c.to.Sub(c.from))
	return chartLeft + min(max(share, 0), 1)*(chartWidth-chartLeft-chartRight)
}

func (c *chart) draw() string {
	bands := slices.DeleteFunc(c.policy.Bands(c.from, c.to), func(b schedule.Band) bool { return len(b.Spans) == 0 })
	height := headHeight + rowHeight*(len(bands)+1) + legendSpace + 20
	c.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`,
		chartWidth, height, chartWidth, height)
	c.printf(`<rect width="100%%" height="100%%" fill="white"/>`)
	c.printf(`<text x="14" y="24" font-size="16" font-weight="bold">%s</text>`, html.EscapeString(c.title))
	c.printf(`<text x="14" y="42" fill="#555">%s to %s, times in %s</text>`,
		c.from.In(c.zone).Format("2006-01-02 15:04"), c.to.In(c.zone).Format("2006-01-02 15:04"), html.EscapeString(c.zone.String()))
	bottom := headHeight + rowHeight*(len(bands)+1)
	c.days(bottom)
	y := headHeight
	for _, b := range bands {
		c.row(y, b.Name, b.Kind.String()+" "+b.Detail)
		for _, s := range b.Spans {
			c.bar(y, s.Start, s.End, bandColour(b.Kind), fmt.Sprintf("%s %s: %s to %s %s", b.Kind, b.Name,
				c.clock(s.Start), c.clock(s.End), b.Detail))
		}
		y += rowHeight
	}
	c.decisions(y)
	c.deadlines(y + rowHeight)
	c.legend(bottom + 26)
	c.printf(`</svg>`)
	return c.b.String()
}

func (c *chart) clock(t time.Time) string { return t.In(c.zone).Format("Mon 2006-01-02 15:04") }

func (c *chart) row(y int, name, detail string) {
	const most = 30
	shown := name
	if runes := []rune(name); len(runes) > most {
		shown = string(runes[:most-1]) + "…"
	}
	c.printf(`<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#e3e6ea"/>`, chartLeft, chartWidth-chartRight, y+rowHeight, y+rowHeight)
	c.printf(`<text x="%d" y="%d" text-anchor="end"><title>%s</title>%s</text>`, chartLeft-10, y+17,
		html.EscapeString(strings.TrimSpace(detail)), html.EscapeString(shown))
}

func (c *chart) bar(y int, from, to time.Time, colour, note string) {
	x := c.x(from)
	c.printf(`<rect x="%.1f" y="%d" width="%.1f" height="%d" rx="2" fill="%s"><title>%s</title></rect>`,
		x, y+(rowHeight-barHeight)/2, max(c.x(to)-x, 1.5), barHeight, colour, html.EscapeString(note))
}

// days draws the grid: a line at each midnight of the zone, with dates as close
// as they can be read.
func (c *chart) days(bottom int) {
	total := int(c.to.Sub(c.from)/(24*time.Hour)) + 1
	every := max(1, (total*44+chartWidth-chartLeft-chartRight-1)/(chartWidth-chartLeft-chartRight))
	day := schedule.Window{Repeat: schedule.Daily, For: time.Hour, Zone: "UTC"}
	if c.zone != time.UTC {
		day.Zone = schedule.LocalZone
	}
	bound, err := day.Bind(schedule.Binding{Local: c.zone})
	if err != nil {
		return
	}
	n := 0
	for s := range bound.Spans(c.from, c.to) {
		if s.Start.Before(c.from) {
			continue
		}
		local := s.Start.In(c.zone)
		if n%every == 0 {
			colour := "#d5d9df"
			if wd := local.Weekday(); wd == time.Saturday || wd == time.Sunday {
				colour = "#b9c0ca"
			}
			c.printf(`<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>`, c.x(s.Start), c.x(s.Start), headHeight-6, bottom, colour)
			c.printf(`<text x="%.1f" y="%d" fill="#555" font-size="10">%s</text>`, c.x(s.Start)+2, headHeight-10, local.Format("Mon 02"))
		}
		n++
	}
}

func (c *chart) decisions(y int) {
	c.row(y, "decision", "what the policy decides")
	for i, step := range c.steps {
		end := c.to
		if i+1 < len(c.steps) {
			end = c.steps[i+1].At
		}
		var why []string
		for _, r := range step.Decision.Reasons {
			why = append(why, schedule.ReasonText(r))
		}
		c.bar(y, step.At, end, actionColour(step.Decision.Action),
			fmt.Sprintf("%s from %s: %s", step.Decision.Action, c.clock(step.At), strings.Join(why, "; ")))
	}
}

// deadlines draws each hard deadline that lies in the picture.
func (c *chart) deadlines(bottom int) {
	drawn := map[string]bool{}
	level := 0
	for _, step := range c.steps {
		for _, v := range step.Decision.Verdicts {
			name := string(v.Patch)
			if name == "" {
				name = "restart"
			}
			c.soft(name, v, drawn, bottom)
			key := name + v.Hard.String()
			if v.Hard.IsZero() || v.Hard.Before(c.from) || !v.Hard.Before(c.to) || drawn[key] {
				continue
			}
			drawn[key] = true
			x := c.x(v.Hard)
			anchor, dx := "start", 3.0
			if x > chartWidth-200 {
				anchor, dx = "end", -3
			}
			c.printf(`<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#c00" stroke-width="1.6" stroke-dasharray="5 3"><title>hard deadline of %s: %s</title></line>`,
				x, x, headHeight-22, bottom+4, html.EscapeString(name), c.clock(v.Hard))
			c.printf(`<text x="%.1f" y="%d" fill="#c00" font-size="11" text-anchor="%s">deadline %s</text>`,
				x+dx, headHeight-26-level%2*12, anchor, html.EscapeString(name))
			level++
		}
	}
}

// soft draws a soft deadline, unlabelled, where there is one of its own.
func (c *chart) soft(name string, v schedule.Verdict, drawn map[string]bool, bottom int) {
	key := name + " soft " + v.Soft.String()
	if v.Soft.IsZero() || v.Soft.Equal(v.Hard) || v.Soft.Before(c.from) || !v.Soft.Before(c.to) || drawn[key] {
		return
	}
	drawn[key] = true
	x := c.x(v.Soft)
	c.printf(`<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#c60" stroke-width="1.4" stroke-dasharray="1 3"><title>soft deadline of %s: %s</title></line>`,
		x, x, headHeight-22, bottom+4, html.EscapeString(name), c.clock(v.Soft))
}

func (c *chart) legend(y int) {
	x := 14
	item := func(colour, name string) {
		c.printf(`<rect x="%d" y="%d" width="14" height="12" rx="2" fill="%s"/>`, x, y-10, colour)
		c.printf(`<text x="%d" y="%d">%s</text>`, x+19, y, name)
		x += 34 + 7*len(name)
	}
	for k := schedule.BandMandatory; k <= schedule.BandOverride; k++ {
		item(bandColour(k), k.String())
	}
	x, y = 14, y+24
	for _, a := range []schedule.Action{
		schedule.Wait, schedule.Download, schedule.Offer, schedule.InstallPatches, schedule.RestartHost, schedule.Nothing,
	} {
		item(actionColour(a), "decision: "+a.String())
	}
	c.printf(`<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#c00" stroke-width="1.6" stroke-dasharray="5 3"/>`, x, x+18, y-4, y-4)
	c.printf(`<text x="%d" y="%d">hard deadline</text>`, x+24, y)
	x += 130
	c.printf(`<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#c60" stroke-width="1.4" stroke-dasharray="1 3"/>`, x, x+18, y-4, y-4)
	c.printf(`<text x="%d" y="%d">soft deadline</text>`, x+24, y)
}
