package main

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// figure is a picture as plain shapes; the page's template draws it. Colours are
// classes of the page's style sheet.
type figure struct {
	Width, Height int
	Label         string // what it shows, for those who cannot see it
	Rects         []rect
	Lines         []segment
	Paths         []path
	Texts         []label
}

type rect struct {
	Class      string
	X, Y, W, H float64
	Title      string
}

type segment struct {
	Class          string
	X1, Y1, X2, Y2 float64
}

type path struct {
	Class, D, Title string
}

type label struct {
	Class  string
	X, Y   float64
	Anchor string // start, middle, end
	Text   string
}

func (f *figure) text(class, anchor string, x, y float64, text string) {
	f.Texts = append(f.Texts, label{class, round(x), round(y), anchor, text})
}

func (f *figure) line(class string, x1, y1, x2, y2 float64) {
	f.Lines = append(f.Lines, segment{class, round(x1), round(y1), round(x2), round(y2)})
}

func (f *figure) rect(class string, x, y, w, h float64, title string) {
	f.Rects = append(f.Rects, rect{class, round(x), round(y), round(w), round(h), title})
}

func round(x float64) float64 { return math.Round(x*10) / 10 }

// textWidth is about how wide a text of the labels' size is.
func textWidth(s string) float64 { return 6.6 * float64(len([]rune(s))) }

// plot is the part of a figure in which values are drawn.
type plot struct {
	*figure
	left, right, top, bottom float64
	from, to                 time.Time
	most                     float64 // value at the top
}

func (p *plot) x(t time.Time) float64 {
	share := float64(t.Sub(p.from)) / float64(max(p.to.Sub(p.from), 1))
	return p.left + min(max(share, 0), 1)*(p.right-p.left)
}

func (p *plot) y(v float64) float64 { return p.bottom - v/p.most*(p.bottom-p.top) }

// nice returns a step of 1, 2 or 5 times a power of ten that makes at most n
// steps up to a value.
func nice(value float64, n int) float64 {
	step := math.Pow(10, math.Floor(math.Log10(max(value, 1)/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if s := step * factor; s >= 1 && value/s <= float64(n) {
			return s
		}
	}
	return max(step*10, 1)
}

// valueAxis draws the axis of values, up to at least most, and its grid.
func (p *plot) valueAxis(most int64, unit string) {
	step := nice(float64(most), 4)
	p.most = max(math.Ceil(float64(most)/step), 1) * step
	for v := 0.0; v <= p.most; v += step {
		p.line("grid", p.left, p.y(v), p.right, p.y(v))
		p.text("tick", "end", p.left-6, p.y(v)+4, number(int64(v)))
	}
	p.text("axis", "start", p.left-48, 12, unit)
}

// timeAxis draws the axis of time. Its ticks are midnights, or full hours, as
// close as their labels can be read.
func (p *plot) timeAxis(zoneNote string) {
	span := p.to.Sub(p.from)
	format, width := "02 Jan", 52.0
	step := 24 * time.Hour
	if span <= 48*time.Hour {
		format, width = "02 Jan 15:04", 92
		step = time.Hour
	}
	fits := int((p.right - p.left) / width)
	for _, factor := range []int{1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 56, 112, 224, 448, 896} {
		if int(span/(step*time.Duration(factor))) < max(fits, 1) {
			step *= time.Duration(factor)
			break
		}
	}
	for t := p.from.UTC().Truncate(24 * time.Hour); !t.After(p.to); t = t.Add(step) {
		if t.Before(p.from) {
			continue
		}
		x := p.x(t)
		p.line("grid", x, p.top, x, p.bottom+4)
		if x+width/2 <= float64(p.Width) {
			p.text("tick", "middle", x, p.bottom+18, t.Format(format))
		}
	}
	p.text("axis", "end", p.right, p.bottom+36, zoneNote)
}

// number writes a count with a mark at each thousand.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), ",")
}
