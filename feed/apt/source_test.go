package apt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/feed/feedtest"
)

// machine holds two archives: main with three packages of which one stanza is
// rubbish, and security.
func machine() (fstest.MapFS, []apt.Archive) {
	main := one(debian(""), stanza("a", "1", "amd64", ""), "rubbish\n\n", stanza("b", "1", "all", "a"), stanza("c", "1", "amd64", ""), stanza("c", "1", "amd64", ""))
	fixes := one(security()+"Valid-Until: Fri, 27 Nov 2026 00:00:00 UTC\n", stanza("a", "2", "amd64", ""))
	f := fstest.MapFS{
		"main/InRelease":       {Data: append([]byte(mark), main.release()...)},
		"main/Packages":        {Data: []byte(main.packages[amd64])},
		"security/Release":     {Data: fixes.release()},
		"security/Release.gpg": {Data: []byte(mark)},
		"security/Packages":    {Data: []byte(fixes.packages[amd64])},
	}
	return f, []apt.Archive{
		{Release: "main/InRelease", Packages: []apt.Packages{{File: "main/Packages", Entry: amd64}}, Check: apt.Check{Verifier: verifier{}, Suite: "bookworm"}},
		{
			Release: "security/Release", Signature: "security/Release.gpg", Packages: []apt.Packages{{File: "security/Packages"}},
			Check: apt.Check{Verifier: verifier{}},
		},
	}
}

func source(tb testing.TB, f fstest.MapFS, archives []apt.Archive, o *apt.SourceOptions) *apt.Source {
	tb.Helper()
	s, err := apt.NewSource(files(f), now, archives, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestSourceKit(t *testing.T) {
	t.Parallel()
	feedtest.Run(t, func(t *testing.T) feed.Source {
		t.Helper()
		f, archives := machine()
		return source(t, f, archives, nil)
	})
}

func TestSourceNumbers(t *testing.T) {
	t.Parallel()
	f, archives := machine()
	c, err := feed.Collect(t.Context(), source(t, f, archives, nil), "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Tally.String(), "read 6, used 4 in 3 patches, refused 1, skipped 1 (repeated 1)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if r := c.Tally.Refused[0]; r.File != "main/Packages" || r.Line != 8 {
		t.Errorf("refused %v", r)
	}
}

func TestSourceRefuses(t *testing.T) {
	t.Parallel()
	flip := func(name, old, changed string) func(fstest.MapFS, []apt.Archive) {
		return func(f fstest.MapFS, _ []apt.Archive) {
			f[name].Data = []byte(strings.Replace(string(f[name].Data), old, changed, 1))
		}
	}
	for name, c := range map[string]struct {
		spoil func(fstest.MapFS, []apt.Archive)
		want  error
	}{
		"no signature":          {flip("main/InRelease", mark, ""), apt.ErrSignature},
		"bad detached":          {flip("security/Release.gpg", mark, "x"), apt.ErrSignature},
		"expired":               {flip("security/Release", "27 Nov", "19 Nov"), apt.ErrExpired},
		"from the future":       {flip("security/Release", "20 Nov", "22 Nov"), apt.ErrFuture},
		"of another suite":      {flip("main/InRelease", "bookworm", "trixie"), apt.ErrSuite},
		"Packages changed":      {flip("main/Packages", "Version: 1", "Version: 9"), apt.ErrMismatch},
		"Packages not listed":   {flip("security/Packages", "Package: a", "Package: aa"), apt.ErrNotListed},
		"Packages missing":      {func(f fstest.MapFS, _ []apt.Archive) { delete(f, "main/Packages") }, apt.ErrRead},
		"Release missing":       {func(f fstest.MapFS, _ []apt.Archive) { delete(f, "main/InRelease") }, apt.ErrRead},
		"Release.gpg missing":   {func(f fstest.MapFS, _ []apt.Archive) { delete(f, "security/Release.gpg") }, apt.ErrRead},
		"Release.gpg empty":     {flip("security/Release.gpg", mark, ""), apt.ErrSignature},
		"InRelease empty":       {func(f fstest.MapFS, _ []apt.Archive) { f["main/InRelease"].Data = nil }, apt.ErrSignature},
		"nobody may sign":       {func(_ fstest.MapFS, a []apt.Archive) { a[0].Check.Verifier = nil }, apt.ErrUnverified},
		"signed text is no one": {flip("main/InRelease", "SHA256:", "SHA:"), apt.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, archives := machine()
			c.spoil(f, archives)
			feedtest.RunRefused(t, func(t *testing.T) feed.Source {
				t.Helper()
				return source(t, f, archives, nil)
			})
			_, err := feed.Collect(t.Context(), source(t, f, archives, nil), "")
			wantList(t, err, c.want)

			kept, err := feed.Collect(t.Context(), source(t, f, archives, &apt.SourceOptions{KeepGoing: true}), "")
			if err != nil || kept.Tally.Patches == 0 || kept.Tally.Patches == 3 {
				t.Fatalf("keep going: %s, %v", kept.Tally.String(), err)
			}
			if refused := kept.Tally.Refused[0]; !errors.Is(refused, c.want) {
				t.Errorf("keep going: refused %v", refused)
			}
		})
	}
}

func TestSourceTriesAgain(t *testing.T) {
	t.Parallel()
	f, archives := machine()
	good := f["main/Packages"].Data
	f["main/Packages"].Data = nil
	s := source(t, f, archives, &apt.SourceOptions{KeepGoing: true})
	first, err := feed.Collect(t.Context(), s, "")
	if err != nil || first.Tally.Patches != 1 {
		t.Fatalf("%+v, %v", first.Tally, err)
	}
	f["main/Packages"].Data = good
	second, err := feed.Collect(t.Context(), s, first.Next)
	if err != nil || second.Tally.Patches != 3 || !second.Full {
		t.Errorf("after the repair: %s, %v", second.Tally.String(), err)
	}
	third, err := feed.Collect(t.Context(), s, second.Next)
	if err != nil || third.Tally.Patches != 0 || third.Full || third.Next != second.Next {
		t.Errorf("nothing new: %s, %v", third.Tally.String(), err)
	}
}

func TestSourceExpiresAlsoWhereNothingIsNew(t *testing.T) {
	t.Parallel()
	f, archives := machine()
	at := november
	s, err := apt.NewSource(files(f), func() time.Time { return at }, archives, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := feed.Collect(t.Context(), s, "")
	if err != nil {
		t.Fatal(err)
	}
	at = at.AddDate(0, 0, 7)
	_, err = feed.Collect(t.Context(), s, c.Next)
	wantList(t, err, apt.ErrExpired)
}

func TestSourceStopsWithItsContext(t *testing.T) {
	t.Parallel()
	f, archives := machine()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	open := files(f)
	s, err := apt.NewSource(open, func() time.Time { cancel(cause); return november }, archives, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Collect(ctx, s, ""); !errors.Is(err, cause) {
		t.Errorf("%v, want the cause", err)
	}
}

func TestNewSourceRefuses(t *testing.T) {
	t.Parallel()
	for name, archives := range map[string][]apt.Archive{
		"none": nil, "no Packages": {{Release: "InRelease"}}, "no Release": {{Packages: []apt.Packages{{File: "P"}}}},
	} {
		if _, err := apt.NewSource(files(nil), now, archives, nil); !errors.Is(err, apt.ErrNoArchive) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
