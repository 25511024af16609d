package pgp_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/feed/pgp"
)

// shared reads a file of the shared test data, as the root module's tests do.
func shared(tb testing.TB, name string) []byte {
	tb.Helper()
	top := os.Getenv("FETTLE_TESTDATA")
	if top == "" {
		top = filepath.Join("..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("FETTLE_TESTDATA_REQUIRED") != "" {
			tb.Fatal(err)
		}
		tb.Skipf("shared test data: %v (set FETTLE_TESTDATA)", err)
	}
	return data
}

var november = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// TestDebian verifies real InRelease files with Debian's own keys.
func TestDebian(t *testing.T) {
	t.Parallel()
	keys, err := pgp.NewKeyring(shared(t, "apt/debian-archive-keyring.gpg"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys, %d skipped", len(keys.Keys()), keys.Skipped())
	stranger := newMaker(t, 0).keyring()
	for _, suite := range []string{"bookworm", "bookworm-security", "bookworm-updates"} {
		message := shared(t, "apt/"+suite+"/InRelease")
		text, by, err := keys.Verify(message, nil, november)
		if err != nil {
			t.Errorf("%s: %v", suite, err)
			continue
		}
		t.Logf("%s: %d bytes of %d, %v", suite, len(text), len(message), by)
		if !bytes.HasPrefix(text, []byte("Origin: Debian\n")) || bytes.Contains(text, []byte("PGP")) {
			t.Errorf("%s: the text begins %.40q", suite, text)
		}
		if _, _, err := stranger.Verify(message, nil, november); !errors.Is(err, pgp.ErrUnknown) {
			t.Errorf("%s with a stranger's key: %v", suite, err)
		}
		for _, at := range []int{100, len(text) / 2, len(text)} {
			flipped := bytes.Clone(message)
			flipped[at] ^= 1
			if _, _, err := keys.Verify(flipped, nil, november); err == nil {
				t.Errorf("%s with a bit flipped at %d is good", suite, at)
			}
		}
		if _, _, err := keys.Verify(message, nil, november.AddDate(30, 0, 0)); !errors.Is(err, pgp.ErrExpired) {
			t.Errorf("%s in thirty years: %v", suite, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	keys, err := pgp.NewKeyring(shared(b, "apt/debian-archive-keyring.gpg"))
	if err != nil {
		b.Fatal(err)
	}
	message := shared(b, "apt/bookworm/InRelease")
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := keys.Verify(message, nil, november); err != nil {
			b.Fatal(err)
		}
	}
}
