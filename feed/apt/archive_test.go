package apt_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
)

// suite is a small archive that a test makes.
type suite struct {
	head     string            // fields of its Release
	packages map[string]string // by entry: main/binary-amd64/Packages
}

const dated = "Date: Fri, 20 Nov 2026 00:00:00 UTC\n"

func debian(pocket string) string {
	return "Origin: Debian\nLabel: Debian\nSuite: oldstable" + pocket + "\nCodename: bookworm" + pocket + "\n" + dated
}

func security() string {
	return strings.Replace(debian("-security"), "Label: Debian", "Label: Debian-Security", 1)
}

// release returns the text of its Release file.
func (s suite) release() []byte {
	var b strings.Builder
	b.WriteString(s.head + "SHA256:\n")
	for name, text := range s.packages {
		fmt.Fprintf(&b, " %x %d %s\n", sha256.Sum256([]byte(text)), len(text), name)
	}
	return []byte(b.String())
}

// lists opens the suite and reads all its files.
func (s suite) lists(tb testing.TB) []*apt.List {
	tb.Helper()
	r, err := apt.OpenRelease("InRelease", s.release(), nil, november, &apt.Check{Unsigned: true})
	if err != nil {
		tb.Fatal(err)
	}
	var lists []*apt.List
	for name, text := range s.packages {
		l, err := r.ReadPackages(name, strings.NewReader(text), &apt.ReadOptions{Entry: name})
		if err != nil {
			tb.Fatal(err)
		}
		lists = append(lists, l)
	}
	return lists
}

// stanza writes one package; source may be empty.
func stanza(name, version, arch, source string) string {
	s := "Package: " + name + "\nVersion: " + version + "\nArchitecture: " + arch + "\n"
	if source != "" {
		s += "Source: " + source + "\n"
	}
	return s + fmt.Sprintf("Filename: pool/%s_%s.deb\nSize: 10\nSHA256: %x\n\n", name, arch, sha256.Sum256([]byte(name+version+arch)))
}

const amd64 = "main/binary-amd64/Packages"

func one(head string, stanzas ...string) suite {
	return suite{head, map[string]string{amd64: strings.Join(stanzas, "")}}
}

// verifier takes what begins with a mark for signed.
type verifier struct{}

const mark = "signed:"

func (verifier) Verify(message, signature []byte, _ time.Time) ([]byte, []feed.Signature, error) {
	by := []feed.Signature{{Key: "AB"}}
	if signature != nil {
		if string(signature) == mark {
			return message, by, nil
		}
		return nil, nil, errors.New("not signed")
	}
	text, ok := bytes.CutPrefix(message, []byte(mark))
	if !ok {
		return nil, nil, errors.New("not signed")
	}
	return text, by, nil
}

// files opens a test's files.
func files(f fstest.MapFS) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) { return fs.FS(f).Open(name) }
}

func now() time.Time { return november }

// wantList fails unless err is a *feed.ListError that wraps the condition and
// names the file.
func wantList(t *testing.T, err, condition error) {
	t.Helper()
	var list *feed.ListError
	if !errors.Is(err, condition) || !errors.As(err, &list) || list.File == "" {
		t.Errorf("got %v, want a *feed.ListError that wraps %v", err, condition)
	}
}
