package oval

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What patterns find in texts as PCRE does it, whose results these are.
func TestPatterns(t *testing.T) {
	t.Parallel()
	const multi = "(?m)"
	for _, c := range []struct {
		flags, pattern, text string
		want                 []found
	}{
		{"", `b$`, "a\nb\n", []found{{text: "b"}}},
		{"", `b$`, "a\nb\n\n", nil},
		{"", `b\Z`, "a\nb\n", []found{{text: "b"}}},
		{"", `b\z`, "a\nb\n", nil},
		{multi, `^.$`, "a\nb\n", []found{{text: "a"}, {text: "b"}}},
		{multi, `^.*$`, "a\n\n", []found{{text: "a"}, {text: ""}}},
		{multi, `^$`, "a\n", nil},
		{multi, `^$`, "\n", []found{{text: ""}}},
		{"", `^$`, "\n", []found{{text: ""}}},
		{"", `(\S+)\s*$`, "x \n", []found{{text: "x \n", groups: []string{"x"}}}},
		{multi, `(a)|(b)|(c)?=`, "ab=c=", []found{{text: "a", groups: []string{"a"}}, {text: "b", groups: []string{"b"}}, {text: "="}, {text: "c=", groups: []string{"c"}}}},
		{"", `a[\s]b`, "a\vb", []found{{text: "a\vb"}}},
		{"", `\h\v`, "\u00a0\u2028", []found{{text: "\u00a0\u2028"}}},
		{"", `\Q$\E$`, "$\n", []found{{text: "$"}}},
		{"", `[$]$`, "$\n", []found{{text: "$"}}},
		{"", `[]$]\$`, "]$", []found{{text: "]$"}}},
		{"", `[[:alpha:]]$`, "a\n", []found{{text: "a"}}},
		{"", `(?m)a$`, "a\na\n", []found{{text: "a"}, {text: "a"}}},
		{"", `a\Nb`, "a\nb a b", []found{{text: "a b"}}},
	} {
		p, err := compile(c.flags, c.pattern)
		require.NoError(t, err, c.pattern)
		got, complete := p.find(c.text, 10)
		require.True(t, complete)
		require.Equal(t, c.want, got, "%q in %q", c.pattern, c.text)
		require.Equal(t, len(c.want) > 0, p.matches(c.text), "%q in %q", c.pattern, c.text)
	}
	for _, pattern := range []string{`(?=a)`, `(?<!a)b`, `(a)\1`, `a*+`, `(?>a)`, `\K`, `(`, `[a`, `\`} {
		_, err := compile("", pattern)
		require.Error(t, err, pattern)
	}
	p, err := compile("", "a")
	require.NoError(t, err)
	_, complete := p.find("aaa", 2)
	require.False(t, complete)
}

// Paths that patterns can match, for a collector.
func TestGlobs(t *testing.T) {
	t.Parallel()
	const deep = "/etc/x.d/*,/etc/x.d/*/*,/etc/x.d/*/*/*,/etc/x.d/*/*/*/*"
	for pattern, want := range map[string]string{
		`^/etc/x\.conf$`:             "/etc/x.conf",
		`^/etc/(aa|b)\.conf$`:        "/etc/aa.conf,/etc/b.conf",
		`^/etc/x(\.d/[^/]+\.conf)?$`: "/etc/x.d/*.conf,/etc/x",
		`^/etc/x\.d/.*$`:             deep,
		`^/etc/x\.d/`:                deep,
		`^/etc/a$|^/srv/b$`:          "/etc/a,/srv/b",
		`^/etc/a.b$`:                 "/etc/a?b,/etc/a/b",
		`/etc/a`:                     "", // anywhere
		`^/.*$`:                      "",
		`^/usr/.*$`:                  "",
		`^(/etc/a|b)$`:               "",
	} {
		o := &object{kind: "file", entities: []entity{{name: "filepath", op: "pattern match", values: []string{pattern}}}}
		all, deepest, bounded := globs(o)
		require.Equal(t, want != "", bounded, pattern)
		if !bounded {
			continue
		}
		require.ElementsMatch(t, strings.Split(want, ","), all, pattern)
		require.Equal(t, want == deep, len(deepest) > 0)
	}
}
