package apt_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fettle-dev/fettle/feed/apt"
)

func gz(tb testing.TB, text string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// gunzip is a decompressor as the contract wants it: what is not compressed
// comes out as it is.
func gunzip(in io.Reader) (io.ReadCloser, error) {
	first := make([]byte, 2)
	n, err := io.ReadFull(in, first)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	in = io.MultiReader(bytes.NewReader(first[:n]), in)
	if string(first) != "\x1f\x8b" {
		return io.NopCloser(in), nil
	}
	return gzip.NewReader(in)
}

func opened(tb testing.TB, s suite) *apt.Release {
	tb.Helper()
	r, err := apt.OpenRelease("InRelease", s.release(), nil, november, &apt.Check{Unsigned: true})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestReadPackagesMatches(t *testing.T) {
	t.Parallel()
	text := stanza("a", "1", "amd64", "") + stanza("b", "1", "all", "")
	both := suite{debian(""), map[string]string{amd64: text, amd64 + ".gz": string(gz(t, text)), "main/binary-i386/Packages": "", "main/source/Sources": "x"}}
	packed := suite{debian(""), map[string]string{amd64 + ".gz": string(gz(t, text))}}
	var other bytes.Buffer
	w, _ := gzip.NewWriterLevel(&other, gzip.HuffmanOnly)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	options := func(entry string) *apt.ReadOptions { return &apt.ReadOptions{Decompress: gunzip, Entry: entry} }
	for name, c := range map[string]struct {
		suite suite
		file  []byte
		o     *apt.ReadOptions
		want  error
	}{
		"plain":                         {both, []byte(text), nil, nil},
		"plain, by name":                {both, []byte(text), options(amd64), nil},
		"packed":                        {both, gz(t, text), options(""), nil},
		"packed anew":                   {both, other.Bytes(), options(amd64), nil},
		"only the packed one is listed": {packed, gz(t, text), options(amd64), nil},
		"packed anew, and only the packed one is listed": {packed, other.Bytes(), options(amd64), apt.ErrMismatch},
		"plain, only the packed one is listed":           {packed, []byte(text), options(amd64), apt.ErrMismatch},
		"packed without a decoder":                       {both, gz(t, text), nil, apt.ErrRead},
		"packed without a decoder, by name":              {packed, gz(t, text), &apt.ReadOptions{Entry: amd64}, apt.ErrRead},
		"under another name":                             {both, []byte(text), options("main/binary-i386/Packages"), apt.ErrMismatch},
		"under a name that is not listed":                {both, []byte(text), options("contrib/binary-amd64/Packages"), apt.ErrNotListed},
		"not listed":                                     {both, []byte(strings.ReplaceAll(text, "b", "bb")), options(""), apt.ErrNotListed},
		"a changed letter":                               {both, []byte(strings.Replace(text, "Version: 1", "Version: 2", 1)), options(""), apt.ErrMismatch},
		"cut":                                            {both, []byte(text[:len(text)-30]), options(amd64), apt.ErrMismatch},
		"cut and packed":                                 {both, gz(t, text)[:40], options(amd64), apt.ErrRead},
		"emptied":                                        {packed, nil, options(amd64), apt.ErrMismatch},
		"too large":                                      {both, []byte(text), &apt.ReadOptions{MaxSize: int64(len(text)) - 1}, apt.ErrTooLarge},
		"too large once unpacked":                        {both, gz(t, text), &apt.ReadOptions{Decompress: gunzip, MaxSize: int64(len(text)) - 1}, apt.ErrTooLarge},
		"just as large as allowed":                       {both, []byte(text), &apt.ReadOptions{MaxSize: int64(len(text))}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := opened(t, c.suite).ReadPackages("P", bytes.NewReader(c.file), c.o)
			if c.want != nil {
				wantList(t, err, c.want)
				return
			}
			if err != nil || l.Read != 2 || l.Arch != "amd64" || l.Component != "main" || len(apt.Patches([]*apt.List{l}, nil)) != 2 {
				t.Errorf("%+v, %v", l, err)
			}
		})
	}
	broken := errors.New("broken")
	_, err := opened(t, both).ReadPackages("P", io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), nil)
	wantList(t, err, apt.ErrRead)
	if !errors.Is(err, broken) {
		t.Errorf("%v, want the input's error in it", err)
	}
}

func TestReadPackagesRefusesStanzas(t *testing.T) {
	t.Parallel()
	good := stanza("good", "1", "amd64", "")
	for name, c := range map[string]struct{ stanza, field string }{
		"no name":             {strings.Replace(good, "Package: good\n", "", 1), "Package"},
		"a name with a slash": {stanza("a/b", "1", "amd64", ""), "Package"},
		"other letters":       {stanza("b\xfcro", "1", "amd64", ""), "Package"},
		"no version":          {strings.Replace(good, "Version: 1\n", "", 1), "Version"},
		"a version of blanks": {stanza("a", "1 2", "amd64", ""), "Version"},
		"no architecture":     {strings.Replace(good, "Architecture: amd64\n", "", 1), "Architecture"},
		"source of rubbish":   {stanza("a", "1", "amd64", "@ (1)"), "Source"},
		"source's version":    {stanza("a", "1", "amd64", "b (one two)"), "Source"},
		"field twice":         {"Version: 2\n" + good, "Version"},
		"no form":             {"rubbish\n\n", ""},
		"path up":             {strings.Replace(good, "pool/", "../", 1), "Filename"},
		"contradiction":       {strings.Replace(good, "SHA256: ", "SHA256: 00", 1), "SHA256"},
	} {
		text := good + c.stanza + stanza("last", "1", "amd64", "")
		l, err := opened(t, one(debian(""), text)).ReadPackages("P", strings.NewReader(text), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if l.Read != 3 || len(l.Refused) != 1 || l.Refused[0].Field != c.field || l.Refused[0].Line < 7 || !errors.Is(l.Refused[0], apt.ErrMalformed) {
			t.Errorf("%s: read %d, refused %v", name, l.Read, l.Refused)
		}
		if n := len(apt.Patches([]*apt.List{l}, nil)); n != 2 {
			t.Errorf("%s: %d patches of the others", name, n)
		}
	}
}

func TestReadPackagesOddities(t *testing.T) {
	t.Parallel()
	good := stanza("good", "1", "amd64", "")
	phased := strings.Replace(stanza("p", "1", "amd64", ""), "\n\n", "\nPhased-Update-Percentage: 10\n\n", 1)
	text := good + good + stanza("foreign", "1", "i386", "") + phased
	l, err := opened(t, one(debian(""), text)).ReadPackages("P", strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Read != 4 || len(l.Refused) != 0 || l.Skipped["repeated"] != 1 || len(l.Skipped) != 2 || len(l.Notes) != 1 {
		t.Errorf("read %d, refused %v, skipped %v, notes %v", l.Read, l.Refused, l.Skipped, l.Notes)
	}
	rubbish := strings.Repeat("rubbish\n\n", 100)
	_, err = opened(t, one(debian(""), rubbish)).ReadPackages("P", strings.NewReader(rubbish), &apt.ReadOptions{MaxRefused: 99})
	wantList(t, err, apt.ErrMalformed)
	udebs := suite{debian(""), map[string]string{"main/debian-installer/binary-amd64/Packages": good}}
	_, err = opened(t, udebs).ReadPackages("P", strings.NewReader(good), nil)
	wantList(t, err, apt.ErrMalformed)
}

func FuzzReadPackages(f *testing.F) {
	f.Add([]byte(stanza("a", "1", "amd64", "b (2)") + stanza("c", "1:2-3+b1", "all", "")))
	f.Add([]byte("Package: a\nVersion: 1\n\nrubbish\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 20_000 {
			return // a file with more than 10,000 stanzas at fault is refused, and "x\n" is one
		}
		head := debian("") + fmt.Sprintf("SHA256:\n %x %d %s\n", sha256.Sum256(text), len(text), amd64)
		r, err := apt.OpenRelease("InRelease", []byte(head), nil, november, &apt.Check{Unsigned: true})
		if err != nil {
			t.Fatal(err)
		}
		l, err := r.ReadPackages("P", bytes.NewReader(text), nil)
		if err != nil {
			t.Fatalf("a listed file is refused: %v", err)
		}
		skipped := 0
		for _, n := range l.Skipped {
			skipped += n
		}
		stanzas := 0
		for _, p := range apt.Patches([]*apt.List{l}, nil) {
			if p.Target.IsZero() || p.Installed.IsZero() {
				t.Errorf("%+v", p)
			}
			stanzas++
		}
		if l.Read < len(l.Refused)+skipped+min(stanzas, 1) {
			t.Errorf("read %d, refused %d, skipped %d", l.Read, len(l.Refused), skipped)
		}
	})
}
