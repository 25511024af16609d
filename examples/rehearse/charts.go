package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// figureWidth is the width of every picture, in the units of its view box.
const figureWidth = 960

// colours is how many ring colours the style sheet has.
const colours = 8

// extent returns the time that the pictures show: up to the last thing that
// happens, with some room.
func extent(o *rollout.Outlook) (from, to time.Time) {
	to = o.From.Add(time.Hour)
	for i := range o.Rings {
		r := &o.Rings[i]
		if n := len(r.Curve); n > 0 && r.Curve[n-1].At.After(to) {
			to = r.Curve[n-1].At
		}
		for _, t := range []time.Time{r.Opened.P90, r.Passed.P90} {
			if t.After(to) {
				to = t
			}
		}
	}
	if o.By.Before(to.Add(to.Sub(o.From)/5)) && o.By.After(to) {
		to = o.By
	}
	return o.From, to.Add(to.Sub(o.From) / 50)
}

// ringFigure draws how many hosts of a ring are verified over time: the median
// as a line, the tenth to the ninetieth per cent of the runs as a band.
func ringFigure(o *rollout.Outlook, i int) *figure {
	const height = 250
	r := &o.Rings[i]
	f := &figure{
		Width: figureWidth, Height: height,
		Label: fmt.Sprintf("Hosts of ring %s that are verified over time", r.Ring),
	}
	p := &plot{figure: f, left: 70, right: figureWidth - 20, top: 44, bottom: height - 44}
	p.from, p.to = extent(o)
	most := r.Hosts.Max
	for _, pt := range r.Curve {
		most = max(most, pt.P90)
	}
	p.valueAxis(max(most, 1), "hosts verified")
	p.timeAxis("UTC")
	colour := fmt.Sprintf("ring%d", i%colours)
	if len(r.Curve) > 0 {
		f.Paths = append(f.Paths, path{"band " + colour, p.band(r.Curve), "10 % to 90 % of the runs"},
			path{"median " + colour, p.median(r.Curve), "half of the runs"})
	}
	p.marks(o, r)
	return f
}

func (p *plot) band(curve []rollout.Point) string {
	var d strings.Builder
	move := "M"
	for _, pt := range curve {
		fmt.Fprintf(&d, "%s%.1f %.1f", move, p.x(pt.At), p.y(float64(pt.P90)))
		move = "L"
	}
	for _, pt := range slices.Backward(curve) {
		fmt.Fprintf(&d, "L%.1f %.1f", p.x(pt.At), p.y(float64(pt.P10)))
	}
	return d.String() + "Z"
}

func (p *plot) median(curve []rollout.Point) string {
	var d strings.Builder
	move := "M"
	for _, pt := range curve {
		fmt.Fprintf(&d, "%s%.1f %.1f", move, p.x(pt.At), p.y(float64(pt.P50)))
		move = "L"
	}
	return d.String()
}

// mark is an upright line with a name.
type mark struct {
	at    time.Time
	class string
	text  string
}

// marks draws when the ring opens and passes, and the deadline. Names that would
// meet are moved to a row of their own.
func (p *plot) marks(o *rollout.Outlook, r *rollout.RingOutlook) {
	list := []mark{
		{r.Opened.P50, "opens", "opens"},
		{r.Passed.P50, "passes", "passes (P50)"},
		{r.Passed.P90, "passes", "(P90)"},
		{o.By, "deadline", "deadline"},
	}
	list = slices.DeleteFunc(list, func(m mark) bool { return m.at.IsZero() || m.at.Before(p.from) || m.at.After(p.to) })
	slices.SortStableFunc(list, func(a, b mark) int { return a.at.Compare(b.at) })
	var ends [2]float64 // of the names in each row
	for _, m := range list {
		x := p.x(m.at)
		p.line(m.class, x, p.top-4, x, p.bottom)
		begin, anchor := x+3, "start"
		if begin+textWidth(m.text) > p.right {
			begin, anchor = x-3-textWidth(m.text), "end"
		}
		for row := range ends {
			if begin < ends[row] {
				continue
			}
			ends[row] = begin + textWidth(m.text) + 8
			at := x + 3
			if anchor == "end" {
				at = x - 3
			}
			p.text("mark", anchor, at, p.top-8-12*float64(row), m.text)
			break
		}
	}
}

// windowFigure draws when hosts may install, a row for each policy and zone.
func windowFigure(o *rollout.Outlook) *figure {
	const rowHeight, left = 24.0, 230.0
	rows := slices.Clone(o.Windows)
	slices.SortStableFunc(rows, func(a, b rollout.WindowOutlook) int {
		return cmp.Or(cmp.Compare(zoneOffset(a.Zone, o.From), zoneOffset(b.Zone, o.From)), cmp.Compare(a.Zone, b.Zone))
	})
	f := &figure{
		Width: figureWidth, Height: int(rowHeight*float64(len(rows))) + 84,
		Label: "When hosts may install, by time zone",
	}
	p := &plot{figure: f, left: left, right: figureWidth - 20, top: 30, bottom: float64(f.Height) - 54}
	p.from, p.to = extent(o)
	const week = 7 * 24 * time.Hour // of less, many policies show no window
	p.to = p.from.Add(min(max(p.to.Sub(p.from), min(week, o.Until.Sub(o.From))), 3*week))
	p.timeAxis("UTC")
	p.text("axis", "end", left-8, 18, "zone, hosts")
	for i, w := range rows {
		y := p.top + rowHeight*float64(i)
		p.line("grid", p.left, y+rowHeight, p.right, y+rowHeight)
		hosts := ", " + number(int64(w.Hosts))
		p.text("tick", "end", left-8, y+16, shortened(cmp.Or(w.Zone, "any zone"), left-8-textWidth(hosts))+hosts)
		if w.Code != "" {
			p.text("never", "start", left+6, y+16, "cannot: "+w.Code)
			continue
		}
		for _, s := range w.Spans {
			from, to := s.Start, s.End
			if from.Before(p.from) {
				from = p.from
			}
			if to.After(p.to) {
				to = p.to
			}
			if from.Before(to) {
				p.rect("window", p.x(from), y+4, max(p.x(to)-p.x(from), 0.8), rowHeight-8,
					fmt.Sprintf("%s to %s UTC", s.Start.Format("Mon 02 Jan 15:04"), s.End.Format("Mon 02 Jan 15:04")))
			}
		}
	}
	for i := range o.Rings {
		if at := o.Rings[i].Opened.P50; !at.IsZero() && !at.After(p.to) {
			p.line("opens", p.x(at), p.top, p.x(at), p.bottom)
		}
	}
	return f
}

// shortened cuts a text to a width.
func shortened(s string, width float64) string {
	runes := []rune(s)
	for textWidth(s) > width && len(runes) > 1 {
		runes = runes[:len(runes)-1]
		s = string(runes) + "…"
	}
	return s
}

// zoneOffset orders zones from east to west: where the day begins first.
func zoneOffset(zone string, at time.Time) int {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return 0
	}
	_, offset := at.In(loc).Zone()
	return -offset
}

// hitFigure draws in how many of the runs with a bad patch it broke how many
// hosts; nil if there was no such run.
func hitFigure(o *rollout.Outlook) *figure {
	const height, bins = 260, 20
	hits := o.Halt.Hits
	if len(hits) == 0 {
		return nil
	}
	f := &figure{Width: figureWidth, Height: height, Label: "Hosts that a bad patch breaks, over the runs"}
	p := &plot{figure: f, left: 70, right: figureWidth - 20, top: 36, bottom: height - 50}
	width := nice(float64(slices.Max(hits)+1), bins)
	counts := make([]int64, int(float64(slices.Max(hits))/width)+1)
	for _, h := range hits {
		counts[int(float64(h)/width)]++
	}
	p.valueAxis(slices.Max(counts), "runs")
	slot := (p.right - p.left) / float64(len(counts))
	every := max(int(64/slot)+1, 1)
	if slot >= 64 {
		every = 1
	}
	for i, n := range counts {
		x := p.left + slot*float64(i)
		first, last := int64(float64(i)*width), int64(float64(i+1)*width)-1
		name := number(first)
		if last > first {
			name += "–" + number(last)
		}
		if n > 0 {
			p.rect("hit", x+1, p.y(float64(n)), max(min(slot-2, 80), 1), p.bottom-p.y(float64(n)), fmt.Sprintf("%s hosts: %d runs", name, n))
		}
		if i%every == 0 {
			p.text("tick", "middle", x+min(slot, 82)/2, p.bottom+18, number(first))
		}
	}
	p.line("base", p.left, p.bottom, p.right, p.bottom)
	unit := "hosts broken"
	if width > 1 {
		unit += fmt.Sprintf(" (from that number on, %s to a bar)", number(int64(width)))
	}
	p.text("axis", "end", p.right, p.bottom+38, unit)
	return f
}
