package cmdline_test

import (
	"flag"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/examples/internal/cmdline"
)

func TestCommandLines(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		args  []string
		host  string
		at    string
		wrong string
	}{
		"a text and an instant":       {args: []string{"-host", "a", "-at", "2026-03-01T01:00:00+01:00"}, host: "a", at: "2026-03-01T00:00:00Z"},
		"a date":                      {args: []string{"-at", "2026-03-01"}, at: "2026-03-01T00:00:00Z"},
		"a file like a flag":          {args: []string{"-host", "./-at"}, host: "./-at"},
		"a dash is no flag":           {args: []string{"-host", "-"}, host: "-"},
		"a variable that is not set":  {args: []string{"-host", ""}, wrong: `invalid value "" for flag -host: is empty`},
		"twice":                       {args: []string{"-host", "a", "-host=b"}, wrong: `invalid value "b" for flag -host: is there twice, "a" before`},
		"a forgotten value":           {args: []string{"-host", "-at"}, wrong: `invalid value "-at" for flag -host: its value is missing: what follows is the flag -at (for a file of this name: ./-at)`},
		"no instant":                  {args: []string{"-at", "soon"}, wrong: `invalid value "soon" for flag -at: want an instant such as 2026-01-31T00:00:00Z, or a date`},
		"one letter too many":         {args: []string{"-hosts"}, wrong: "there is no flag -hosts; there is -host"},
		"letters changed about":       {args: []string{"-sumamry"}, wrong: "there is no flag -sumamry; there is -summary"},
		"the beginning of one":        {args: []string{"-summ"}, wrong: "there is no flag -summ; there is -summary"},
		"as near to two":              {args: []string{"-sped"}, wrong: "there is no flag -sped; there is -seed and -spec"},
		"nothing like any":            {args: []string{"-frobnicate"}, wrong: "there is no flag -frobnicate"},
		"two letters are not for two": {args: []string{"-zz"}, wrong: "there is no flag -zz"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := flag.NewFlagSet("test", flag.ContinueOnError)
			fs.SetOutput(io.Discard)
			var host string
			var at time.Time
			cmdline.Once(fs, &host, "host", "")
			cmdline.Instant(fs, &at, "at", "")
			fs.Bool("summary", false, "")
			fs.Bool("seed", false, "")
			fs.Bool("spec", false, "")
			err := cmdline.Explain(fs, fs.Parse(c.args))
			if c.wrong != "" {
				require.EqualError(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.host, host)
			if c.at != "" {
				require.Equal(t, c.at, at.Format(time.RFC3339))
			}
		})
	}
}
