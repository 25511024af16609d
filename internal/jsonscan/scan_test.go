package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// build reads any value into what encoding/json would make of it, numbers
// apart.
func build(s *jsonscan.Scanner) (any, error) {
	switch s.Kind() {
	case jsonscan.Object:
		m := map[string]any{}
		return m, s.Object(func(name []byte) error {
			v, err := build(s)
			m[string(name)] = v
			return err
		})
	case jsonscan.Array:
		a := []any{}
		return a, s.Array(func(int) error {
			v, err := build(s)
			a = append(a, v)
			return err
		})
	case jsonscan.String:
		b, err := s.Bytes()
		return string(b), err
	default:
		return nil, s.Skip()
	}
}

func scan(data []byte) (built any, read, skipped error) {
	s, err := jsonscan.New(data)
	if err != nil {
		return nil, err, err
	}
	if built, read = build(s); read == nil {
		read = s.Close()
	}
	s, _ = jsonscan.New(data)
	if skipped = s.Skip(); skipped == nil {
		skipped = s.Close()
	}
	return built, read, skipped
}

var documents = []string{
	`{}`, `[]`, `null`, `true`, `false`, `""`, `0`, `-0.5e+10`, `1E9`, ` { "a" : [ 1 , 2 , { } ] } `,
	`{"a":"\u00e9\ud83d\ude00\ud83d\n\"\\\/"}`, `"` + strings.Repeat("x", 70) + `\u0041"`, `[[],[{}],{"a":{"b":[]}}]`,
	`{`, `[`, `[1`, `[1,`, `[1,]`, `{"a"`, `{"a":`, `{"a":1,}`, `{"a" 1}`, `{1:2}`, `nul`, `nulx`, `tru`, `-`, `01`, `1.`, `1e`, `.5`,
	`1e400`, `[2` + strings.Repeat("0", 400) + `]`,
	`"abc`, `"a` + "\n" + `b"`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\`, `{} {}`, `[}`, `{]`, "", " ", "\xff", "\"\xff\"", `{"a":1,"a":2}`,
	"\ufeff{}", `{"":0}`, `[1 2]`,
}

func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range documents {
		checkDocument(t, []byte(text))
	}
}

func checkDocument(t *testing.T, data []byte) {
	t.Helper()
	built, read, skipped := scan(data)
	if errors.Is(read, jsonscan.ErrDuplicate) || errors.Is(read, jsonscan.ErrDepth) || errors.Is(read, jsonscan.ErrUTF8) {
		return // stricter than encoding/json, on purpose
	}
	valid := json.Valid(data)
	if valid != (read == nil) || valid != (skipped == nil) {
		t.Fatalf("%q: encoding/json valid=%v, read %v, skipped %v", data, valid, read, skipped)
	}
	if !valid {
		var e *jsonscan.Error
		require.ErrorAs(t, read, &e)
		require.GreaterOrEqual(t, e.Offset, 0)
		require.LessOrEqual(t, e.Offset, len(data))
		return
	}
	// A number is kept as text: a float64 has a range, the grammar has none.
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var want any
	require.NoError(t, decoder.Decode(&want))
	if got := built; !reflect.DeepEqual(got, plainer(want)) {
		t.Fatalf("%q: got %#v, want %#v", data, got, want)
	}
}

// plainer drops what build does not keep.
func plainer(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainer(v[k])
		}
		return v
	case []any:
		for i := range v {
			v[i] = plainer(v[i])
		}
		return v
	case string:
		return v
	default:
		return nil
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range documents {
		f.Add([]byte(text))
	}
	f.Fuzz(checkDocument)
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	for _, c := range []struct {
		text   string
		err    error
		offset int
	}{
		{`{"a":1,"b":2,"a":3}`, jsonscan.ErrDuplicate, 13},
		{`{"a":"x`, jsonscan.ErrTruncated, 7},
		{`{"a":tru`, jsonscan.ErrTruncated, 8},
		{`{"a":"x` + "\x01" + `"}`, jsonscan.ErrSyntax, 7},
		{`{"a":"` + "\xc3\x28" + `"}`, jsonscan.ErrUTF8, 6},
		{deep, jsonscan.ErrDepth, jsonscan.MaxDepth * 5},
	} {
		_, err, skipped := scan([]byte(c.text))
		require.ErrorIs(t, err, c.err, c.text)
		var e *jsonscan.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.offset, e.Offset, c.text)
		if !errors.Is(c.err, jsonscan.ErrDuplicate) {
			require.ErrorIs(t, skipped, c.err, c.text)
		}
	}
}

// split returns the values of a stream, and every error as text.
func split(r io.Reader, limit int) (values []string, faults []error) {
	s := jsonscan.NewSplitter(r, limit)
	for {
		v, err := s.Next()
		if errors.Is(err, io.EOF) {
			return values, faults
		}
		if err != nil {
			faults = append(faults, err)
			if len(faults) > 1000 {
				return values, faults
			}
			continue
		}
		values = append(values, string(v.Data))
	}
}

func TestSplitterForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
		fault      error
	}{
		{"one document", "\ufeff {\n \"a\": \"]}\\\"\" }\n", []string{"{\n \"a\": \"]}\\\"\" }"}, nil},
		{"array", "[ {\"a\":1} , {\"b\":[{}]}\n]\n", []string{`{"a":1}`, `{"b":[{}]}`}, nil},
		{"empty array", "[]", nil, nil},
		{"lines", "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\"", []string{`{"a":1}`, `{"b":2}`, `{"c"`}, nil},
		{"documents", "{\n}\n{\n}", []string{"{\n}", "{\n}"}, nil},
		{"empty", "", nil, nil},
		{"cut document", "{\n\"a\":", nil, jsonscan.ErrTruncated},
		{"cut array", `[{"a":1},`, []string{`{"a":1}`}, jsonscan.ErrTruncated},
		{"array without end", `[{"a":1}`, []string{`{"a":1}`}, jsonscan.ErrTruncated},
		{"text behind the array", `[{"a":1}] x`, []string{`{"a":1}`}, jsonscan.ErrSyntax},
		{"no comma", `[{"a":1}{"b":2}]`, []string{`{"a":1}`}, jsonscan.ErrSyntax},
		{"garbage", `hello`, nil, jsonscan.ErrSyntax},
		{"large item", `[{"a":"` + strings.Repeat("x", 300_000) + `"},{"b":2}]`, []string{`{"b":2}`}, jsonscan.ErrTooLarge},
		{"large line", "{}\n{\"a\":\"" + strings.Repeat("x", 300_000) + "\"}\n{\"b\":2}\n", []string{"{}", `{"b":2}`}, jsonscan.ErrTooLarge},
		{"large document", "{\n\"a\":\"" + strings.Repeat("x", 300_000) + "\"}", nil, jsonscan.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.HalfReader(strings.NewReader(c.text)), iotest.OneByteReader(strings.NewReader(c.text))} {
				values, faults := split(r, 1000)
				require.Equal(t, c.want, values)
				if c.fault == nil {
					require.Empty(t, faults)
				} else {
					require.Len(t, faults, 1)
					require.ErrorIs(t, faults[0], c.fault)
				}
			}
		})
	}
}

func TestSplitterSaysWhereAValueBegins(t *testing.T) {
	t.Parallel()
	s := jsonscan.NewSplitter(strings.NewReader("[\n {\"a\":\n1},\n\n {\"b\":2}]"), 100)
	v, err := s.Next()
	require.NoError(t, err)
	require.Equal(t, int64(3), v.Offset)
	require.Equal(t, 2, v.Line)
	v, err = s.Next()
	require.NoError(t, err)
	require.Equal(t, int64(15), v.Offset)
	require.Equal(t, 5, v.Line)
	require.True(t, s.Array())
}

// The pieces in which a stream arrives change nothing, and every value of a
// well-formed stream is there.
func TestSplitterTwin(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var want []string
		for range rng.IntN(20) {
			v := map[string]any{"s": strings.Repeat("\\\"[{", rng.IntN(50)), "n": []any{rng.IntN(9), map[string]any{}}}
			text, err := json.Marshal(v)
			require.NoError(t, err)
			want = append(want, string(text))
		}
		for _, text := range []string{"[" + strings.Join(want, " ,\n") + "]", strings.Join(want, "\n"), strings.Join(want, "")} {
			got, faults := split(iotest.HalfReader(strings.NewReader(text)), 1<<20)
			require.Empty(t, faults)
			require.Equal(t, want, got)
		}
	}
}

func FuzzSplitter(f *testing.F) {
	for _, text := range documents {
		f.Add([]byte(text))
		f.Add([]byte(text + "\n" + text))
		f.Add([]byte("[" + text + "," + text + "]"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, faults := split(bytes.NewReader(data), 64)
		pieces, faults2 := split(iotest.OneByteReader(bytes.NewReader(data)), 64)
		require.Equal(t, whole, pieces)
		require.Equal(t, faults, faults2)
	})
}

func BenchmarkSkip(b *testing.B) {
	doc, err := json.Marshal(map[string]any{"details": strings.Repeat("Some prose, as advisories have. ", 60), "refs": []string{"a", "b", "c"}})
	require.NoError(b, err)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		s, _ := jsonscan.New(doc)
		if err := s.Skip(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHeadEndsWithACharacter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"short"`:         "short",
		`"1234567é9"`:     "1234567é",
		`"1234567\u00e9"`: "1234567é",
		`"1234567\n9"`:    "1234567\n",
		`"12345678\n"`:    "12345678",
	} {
		s, err := jsonscan.New([]byte(text))
		require.NoError(t, err)
		got, err := s.Head(8)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		require.NoError(t, s.Close())
	}
}
