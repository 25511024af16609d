package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress is a bar on a terminal for what takes long. The nil progress is
// silent.
type progress struct {
	out   io.Writer
	begun time.Time
	shown time.Time
	width int // of the line that stands there
}

const (
	quiet    = 700 * time.Millisecond // what ends sooner shows nothing
	interval = 100 * time.Millisecond
	barWidth = 30
)

func newProgress(out io.Writer, terminal bool) *progress {
	if !terminal {
		return nil
	}
	return &progress{out: out, begun: time.Now()}
}

// show replaces the line by how much is done, and about how long the rest takes.
func (p *progress) show(done, all int) {
	if p == nil {
		return
	}
	now := time.Now()
	spent := now.Sub(p.begun)
	if spent < quiet || now.Sub(p.shown) < interval || all == 0 {
		return
	}
	full := done * barWidth / all
	line := fmt.Sprintf("simulating [%s%s] %3d %%", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done*100/all)
	if done > 0 {
		rest := time.Duration(float64(spent) / float64(done) * float64(all-done))
		line += fmt.Sprintf(", about %s left", rest.Round(time.Second))
	}
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-len(line))))
	p.shown, p.width = now, len(line)
}

// done takes the line away.
func (p *progress) done() {
	if p != nil && p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}
