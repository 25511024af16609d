package statusline_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

// TestLine: nothing for what ends soon, no line too often, no rest of a longer one,
// and nothing left behind.
func TestLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := statusline.New(&out, true)
		text := func(s string) func(time.Duration) string {
			return func(spent time.Duration) string { return s + " " + spent.String() }
		}
		l.Show(text("soon"))
		time.Sleep(time.Second)
		l.Show(text("a long text"))
		l.Show(text("too often"))
		time.Sleep(time.Second)
		l.Show(text("short"))
		l.Done()
		l.Done()
		require.Equal(t, "\ra long text 1s"+"\rshort 2s      "+"\r        \r", out.String())
	})
}

func TestSilent(t *testing.T) {
	t.Parallel()
	l := statusline.New(nil, false)
	require.Nil(t, l, "a line that is no terminal costs nothing")
	l.Show(nil)
	l.Done()
}
