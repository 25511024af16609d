// Package statusline shows on a terminal, in one line that replaces itself, how far
// something long has come.
package statusline

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

const (
	quiet    = 700 * time.Millisecond // what ends sooner shows nothing
	interval = 100 * time.Millisecond // between two lines
)

// Line is the line. The nil Line is silent.
type Line struct {
	out   io.Writer
	begun time.Time
	shown time.Time
	width int // of the text that stands there
}

// New returns a line on out from now on, nil unless out is a terminal.
func New(out io.Writer, terminal bool) *Line {
	if !terminal {
		return nil
	}
	return &Line{out: out, begun: time.Now()}
}

// Show replaces the text, now and then: where it is time, it asks for the text and
// says how long the line has been running.
func (l *Line) Show(text func(spent time.Duration) string) {
	if l == nil {
		return
	}
	now := time.Now()
	if now.Sub(l.begun) < quiet || now.Sub(l.shown) < interval {
		return
	}
	line := plaintext.Visible(text(now.Sub(l.begun)))
	width := plaintext.Width(line)
	fmt.Fprintf(l.out, "\r%s%s", line, strings.Repeat(" ", max(0, l.width-width)))
	l.shown, l.width = now, width
}

// Done takes the text away.
func (l *Line) Done() {
	if l != nil && l.width > 0 {
		fmt.Fprintf(l.out, "\r%s\r", strings.Repeat(" ", l.width))
		l.width = 0
	}
}
