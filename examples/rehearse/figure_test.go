package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/rollout"
)

// box is the room that a label takes.
func (l *label) box() (x1, y1, x2, y2 float64) {
	width := textWidth(l.Text)
	x1 = l.X
	switch l.Anchor {
	case "middle":
		x1 -= width / 2
	case "end":
		x1 -= width
	}
	return x1, l.Y - 9, x1 + width, l.Y + 2
}

// No two labels of a picture overlap, and none leaves it.
func TestLabelsHaveRoom(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, length := range []time.Duration{40 * time.Minute, 5 * time.Hour, 30 * time.Hour, 3 * 24 * time.Hour, 11 * 24 * time.Hour, 60 * 24 * time.Hour, 700 * 24 * time.Hour} {
		for _, hosts := range []int64{0, 1, 3, 59, 1_000, 999_999} {
			o := &rollout.Outlook{From: from, By: from.Add(length * 9 / 10), Until: from.Add(length)}
			o.Rings = []rollout.RingOutlook{{
				Ring: "first", Hosts: rollout.Amounts{Max: hosts},
				Opened: rollout.Instants{P50: from}, Passed: rollout.Instants{P50: from.Add(length * 6 / 7), P90: from.Add(length * 7 / 8)},
				Curve: []rollout.Point{{At: from}, {At: from.Add(length), P10: hosts / 2, P50: hosts, P90: hosts}},
			}}
			o.Halt.Hits = []int64{0, hosts / 3, hosts}
			for i := range 12 {
				o.Windows = append(o.Windows, rollout.WindowOutlook{Zone: "America/Argentina/Buenos_Aires", Hosts: i * 7_001})
			}
			for _, f := range []*figure{ringFigure(o, 0), windowFigure(o), hitFigure(o)} {
				requireRoom(t, f, fmt.Sprintf("%s, %d hosts over %s", f.Label, hosts, length))
			}
		}
	}
}

func requireRoom(t *testing.T, f *figure, what string) {
	t.Helper()
	for i := range f.Texts {
		a := &f.Texts[i]
		x1, y1, x2, y2 := a.box()
		require.True(t, x1 >= 0 && y1 >= 0 && x2 <= float64(f.Width)+2 && y2 <= float64(f.Height), "%s: %q leaves the picture", what, a.Text)
		for j := range i {
			b := &f.Texts[j]
			u1, v1, u2, v2 := b.box()
			require.False(t, x1 < u2 && u1 < x2 && y1 < v2 && v1 < y2, "%s: %q and %q overlap", what, a.Text, b.Text)
		}
	}
}

func TestTextForPeople(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1,234,567", number(1234567))
	require.Equal(t, "-1,000", number(-1000))
	require.Equal(t, "999", number(999))
	require.Equal(t, "0.1 %", percent(1, 100_000), "never none")
	require.Equal(t, "99.9 %", percent(99_999, 100_000), "never all")
	require.Equal(t, "0 %", percent(0, 7))
	require.Equal(t, "100 %", percent(7, 7))
	require.Equal(t, "-", percent(0, 0))
	require.Equal(t, "999 B", bytesText(999))
	require.Equal(t, "1.5 GB", bytesText(1_500_000_000))
	require.Equal(t, "1 run", plural(1, "run"))
}
