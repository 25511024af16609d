package deb822_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fettle-dev/fettle/internal/deb822"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// read renders what a Reader makes of text: one line a field, a fault as it is.
func read(in io.Reader, o *deb822.Options) string {
	var out strings.Builder
	for r := deb822.NewReader(in, o); ; {
		s, err := r.Next()
		var fault *deb822.Error
		switch {
		case errors.As(err, &fault):
			fmt.Fprintf(&out, "! %v\n", fault)
		case errors.Is(err, io.EOF):
			return out.String()
		case err != nil:
			return out.String() + err.Error()
		default:
			fmt.Fprintf(&out, "@ %d,%d\n", s.Line, s.Offset)
			for name, value := range s.Fields() {
				fmt.Fprintf(&out, "%s=%q\n", name, value)
			}
		}
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	small := &deb822.Options{MaxStanza: 40, MaxFields: 2}
	cases := []struct {
		name, in, want string
		options        *deb822.Options
	}{
		{"empty", "", "", nil},
		{"only blank lines", "\n\n\r\n", "", nil},
		{"two stanzas", "A: 1\nB:2 \n\n\nC: 3\n", "@ 1,0\nA=\"1\"\nB=\"2\"\n@ 5,12\nC=\"3\"\n", nil},
		{"continuation", "A: one\n two\n\tthree\nB:\n x\n", "@ 1,0\nA=\"one\\n two\\n\\tthree\"\nB=\"\\n x\"\n", nil},
		{"blank continuation", "A: one\n \n .\n two\n", "@ 1,0\nA=\"one\\n \\n .\\n two\"\n", nil},
		{"carriage returns", "A: one\r\n two\r\n\r\nB: 2\r\n", "@ 1,0\nA=\"one\\n two\"\n@ 4,16\nB=\"2\"\n", nil},
		{"no newline at the end", "A: 1\n\nB: 2\nC: 3", "@ 1,0\nA=\"1\"\n! line 4: the last line has no newline: the file is cut\n", nil},
		{"goes on behind a fault", "A: 1\nrubbish\nB: 2\n\nC: 3\n", "! line 2: want \"Field: value\"\n@ 5,19\nC=\"3\"\n", nil},
		{"fault at the end", "A: 1\nrubbish\n", "! line 2: want \"Field: value\"\n", nil},
		{"begins with a continuation", " x\nA: 1\n\nB: 2\n", "! line 1: a stanza cannot begin with a continuation line\n@ 4,9\nB=\"2\"\n", nil},
		{"twice, case apart", "A: 1\na: 2\n", "! line 2: field a: stated twice in one stanza\n", nil},
		{"no name", ": 1\n", "! line 1: want \"Field: value\"\n", nil},
		{"name with a blank", "A B: 1\n", "! line 1: want \"Field: value\"\n", nil},
		{"name with a NUL", "A\x00: 1\n", "! line 1: want \"Field: value\"\n", nil},
		{"byte order mark", "\ufeffA: 1\n", "! line 1: want \"Field: value\"\n", nil},
		{"comment refused", "# c\nA: 1\n", "! line 1: want \"Field: value\"\n", nil},
		{"comment taken", "# c\n\nA: 1\n# d\n 2\n", "@ 3,5\nA=\"1\\n 2\"\n", &deb822.Options{Comments: true}},
		{"other bytes in a value", "A: \xff\x00\n", "@ 1,0\nA=\"\\xff\\x00\"\n", nil},
		{"too many fields", "A: 1\nB: 2\nC: 3\n\nA: 4\n", "! line 3: stanza of more than 2 fields\n@ 5,16\nA=\"4\"\n", small},
		{"too many bytes", "A: " + strings.Repeat("x", 50) + "\nB: 1\n\nC: 1\n", "! line 1: stanza of more than 40 bytes\n@ 4,60\nC=\"1\"\n", small},
		{"a long line in pieces", "A: " + strings.Repeat("x", 70000) + "\nB: 1\n\nC: 1\n", "! line 1: stanza of more than 40 bytes\n@ 4,70010\nC=\"1\"\n", small},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := read(strings.NewReader(c.in), c.options); got != c.want {
				t.Errorf("%q\ngot:\n%s\nwant:\n%s", c.in, got, c.want)
			}
			if got := read(iotest.OneByteReader(strings.NewReader(c.in)), c.options); got != c.want {
				t.Errorf("byte by byte: %q\ngot:\n%s\nwant:\n%s", c.in, got, c.want)
			}
		})
	}
}

func TestReaderFailureOfInput(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := deb822.NewReader(io.MultiReader(strings.NewReader("A: 1\n\nB: 2\n"), iotest.ErrReader(broken)), nil)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, err := r.Next(); !errors.Is(err, broken) {
			t.Fatalf("got %v, %v, want the input's error: half a stanza is none", s, err)
		}
	}
}

func TestStanzaLookup(t *testing.T) {
	t.Parallel()
	s, err := deb822.NewReader(strings.NewReader("Package: a\nVersion:\nArchitecture: all\n"), nil).Next()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Get("package"); got != "a" {
		t.Errorf("Get in another case: %q", got)
	}
	if !s.Has("Version") || s.Get("Version") != "" || s.Has("Source") || s.Bytes("Source") != nil || s.Has("") {
		t.Error("an empty field and a missing one are told apart wrongly")
	}
	if s.LineOf("Architecture") != 3 || s.LineOf("Source") != 1 {
		t.Errorf("LineOf: %d, %d", s.LineOf("Architecture"), s.LineOf("Source"))
	}
}

// TestArchive counts a real archive's stanzas as grep -c ^Package: does.
func TestArchive(t *testing.T) {
	t.Parallel()
	data := oracle.Read(t, "apt/bookworm-security/Packages.xz")
	want := bytes.Count(data, []byte("\nPackage: ")) + 1
	got := 0
	for r := deb822.NewReader(bytes.NewReader(data), nil); ; got++ {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s.Get("Package") == "" || s.Get("SHA256") == "" {
			t.Fatalf("line %d: a stanza without Package or SHA256", s.Line)
		}
	}
	if got != want {
		t.Errorf("%d stanzas, want %d", got, want)
	}
}

// FuzzReader compares with a twin that splits the whole text.
func FuzzReader(f *testing.F) {
	f.Add([]byte("Package: a\nVersion: 1\nDescription: x\n y\n .\n\nPackage: b\n"))
	f.Add([]byte("A: 1\nrubbish\n\n B: 2\r\n\r\nC: 3"))
	f.Add([]byte("\n\nA:\na: \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, want := read(bytes.NewReader(data), nil), slow(data)
		if got != want {
			t.Errorf("%q\ngot:\n%s\nwant:\n%s", data, got, want)
		}
	})
}

// slow is the twin of read: it takes the whole text apart at once.
func slow(data []byte) string {
	var out strings.Builder
	lines := strings.SplitAfter(string(data), "\n")
	offset := 0
	for i := 0; i < len(lines); {
		fields, names := "", map[string]bool{}
		fault, last, head := "", "", ""
		for ; i < len(lines); i++ {
			whole := lines[i]
			line, ended := strings.CutSuffix(whole, "\n")
			line = strings.TrimSuffix(line, "\r")
			if ended && line == "" || whole == "" {
				offset += len(whole)
				i++
				break
			}
			name, value, colon := strings.Cut(line, ":")
			switch {
			case fault != "":
			case !ended:
				fault = fmt.Sprintf("! line %d: the last line has no newline: the file is cut\n", i+1)
			case line[0] == ' ' || line[0] == '\t':
				if head == "" {
					fault = fmt.Sprintf("! line %d: a stanza cannot begin with a continuation line\n", i+1)
				}
				last += "\n" + line
			case !colon || name == "" || strings.ContainsAny(name[:1], "#-") || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }):
				fault = fmt.Sprintf("! line %d: want \"Field: value\"\n", i+1)
			case len(names) == 1024:
				fault = fmt.Sprintf("! line %d: stanza of more than 1024 fields\n", i+1)
			case names[strings.ToLower(name)]:
				fault = fmt.Sprintf("! line %d: field %s: stated twice in one stanza\n", i+1, name)
			default:
				if head == "" {
					head = fmt.Sprintf("@ %d,%d\n", i+1, offset)
				} else {
					fields += fmt.Sprintf("%q\n", strings.TrimRight(last, " \t\r"))
				}
				names[strings.ToLower(name)] = true
				fields += name + "="
				last = strings.TrimLeft(value, " \t")
			}
			offset += len(whole)
		}
		switch {
		case fault != "":
			out.WriteString(fault)
		case head != "":
			fmt.Fprintf(&out, "%s%s%q\n", head, fields, strings.TrimRight(last, " \t\r"))
		}
	}
	return out.String()
}

func BenchmarkReader(b *testing.B) {
	data := oracle.Read(b, "apt/bookworm/Packages.xz")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for r := deb822.NewReader(bytes.NewReader(data), nil); ; n++ {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if len(s.Bytes("Package")) == 0 || len(s.Bytes("Version")) == 0 {
				b.Fatal("no name or version")
			}
		}
		b.ReportMetric(float64(n), "stanzas")
	}
}
