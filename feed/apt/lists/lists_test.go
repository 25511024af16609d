package lists_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/feed/apt/lists"
	"github.com/fettle-dev/fettle/feed/feedtest"
)

func now() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }

// ring is a keyring that trusts the words in its key files: a message is signed
// by the word that it begins with.
type ring struct {
	keys [][]byte
	only []string
}

func (r ring) Verify(message, signature []byte, _ time.Time) ([]byte, []feed.Signature, error) {
	signer, text, _ := bytes.Cut(message, []byte(":"))
	if signature != nil {
		signer, text = signature, message
	}
	known := slices.ContainsFunc(r.keys, func(k []byte) bool { return slices.Contains(strings.Fields(string(k)), string(signer)) })
	if !known || len(r.only) > 0 && !slices.Contains(r.only, string(signer)) {
		return nil, nil, errors.New("unknown key " + string(signer))
	}
	return text, []feed.Signature{{Key: string(signer)}}, nil
}

func keyring(keys [][]byte, only []string) (feed.Verifier, error) { return ring{keys, only}, nil }

// put adds the lists of a suite at an address to a machine.
func put(m fstest.MapFS, prefix, signer, suite string, entries ...string) {
	var head strings.Builder
	head.WriteString("Origin: Debian\nSuite: " + suite + "\nCodename: " + suite + "\nDate: Fri, 20 Nov 2026 00:00:00 UTC\nSHA256:\n")
	for _, e := range entries {
		text := "Package: p-" + strings.ReplaceAll(suite+e, "/", "-") + "\nVersion: 1\nArchitecture: all\n\n"
		fmt.Fprintf(&head, " %x %d %s\n", sha256.Sum256([]byte(text)), len(text), e)
		m["var/lib/apt/lists/"+prefix+strings.ReplaceAll(e, "/", "_")] = &fstest.MapFile{Data: []byte(text)}
	}
	m["var/lib/apt/lists/"+prefix+"InRelease"] = &fstest.MapFile{Data: []byte(signer + ":" + head.String())}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// machine has the suites that a Debian machine has, and a third party's.
func machine() fstest.MapFS {
	m := fstest.MapFS{
		"etc/apt/sources.list": file("# comment\n\ndeb-src http://deb.example.org/debian bookworm main\n" +
			"deb [arch=amd64,i386 signed-by=/usr/share/keyrings/third.gpg] https://user:word@third.example.org:8443/a~b/ stable main extra # more\n"),
		"etc/apt/sources.list.d/debian.sources": file("# comment\nTypes: deb deb-src\nURIs: http://deb.example.org/debian\nSuites: bookworm bookworm-updates\n" +
			"Components: main contrib\n\nTypes: deb\nURIs: http://deb.example.org/security\nSuites: bookworm-security\nComponents: main\nSigned-By: SEC\n\n" +
			"Enabled: no\nTypes: deb\nURIs: http://off.example.org/\nSuites: off\nComponents: main\n"),
		"etc/apt/sources.list.d/flat.list":          file("deb [trusted=yes] file:/srv/flat ./\n"),
		"etc/apt/sources.list.d/old.list.save":      file("rubbish"),
		"etc/apt/trusted.gpg.d/debian.asc":          file("DEB"),
		"etc/apt/trusted.gpg.d/security.gpg":        file("SEC"),
		"usr/share/keyrings/third.gpg":              file("THIRD"),
		"var/lib/apt/lists/lock":                    file(""),
		"var/lib/apt/lists/partial/half_InRelease":  file(""),
		"var/lib/apt/lists/stale.org_x_InRelease":   file("?"),
		"var/lib/apt/lists/stale.org_main_Packages": file("?"),
	}
	put(m, "deb.example.org_debian_dists_bookworm_", "DEB", "bookworm", "main/binary-amd64/Packages", "contrib/binary-amd64/Packages", "non-free/binary-amd64/Packages")
	put(m, "deb.example.org_security_dists_bookworm-security_", "SEC", "bookworm-security", "main/binary-amd64/Packages")
	put(m, "third.example.org:8443_a%7eb_dists_stable_", "THIRD", "stable", "main/binary-amd64/Packages", "main/binary-arm64/Packages")
	put(m, "_srv_flat_._", "NOBODY", "flat", "Packages")
	return m
}

func TestFind(t *testing.T) {
	t.Parallel()
	found, err := lists.Find(machine(), &lists.Options{Keyring: keyring})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range found.Archives {
		for _, p := range a.Packages {
			got = append(got, strings.TrimPrefix(a.Release, "var/lib/apt/lists/")+" "+p.Entry)
		}
	}
	want := []string{
		"third.example.org:8443_a%7eb_dists_stable_InRelease main/binary-amd64/Packages",
		"deb.example.org_debian_dists_bookworm_InRelease main/binary-amd64/Packages",
		"deb.example.org_debian_dists_bookworm_InRelease contrib/binary-amd64/Packages",
		"deb.example.org_security_dists_bookworm-security_InRelease main/binary-amd64/Packages",
		"_srv_flat_._InRelease Packages",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	missing := []string{"https://third.example.org:8443/a~b/ stable extra", "http://deb.example.org/debian bookworm-updates"}
	if !slices.Equal(found.Missing, missing) || len(found.Refused) != 0 {
		t.Errorf("missing %q, refused %v", found.Missing, found.Refused)
	}
}

func TestSourceKit(t *testing.T) {
	t.Parallel()
	feedtest.Run(t, func(*testing.T) feed.Source {
		m := machine()
		m["var/lib/apt/lists/_srv_flat_._InRelease"].Data = bytes.TrimPrefix(m["var/lib/apt/lists/_srv_flat_._InRelease"].Data, []byte("NOBODY:"))
		return lists.NewSource(m, now, &lists.Options{Keyring: keyring})
	})
}

func TestSourceRefuses(t *testing.T) {
	t.Parallel()
	good := func() fstest.MapFS {
		m := machine()
		delete(m, "etc/apt/sources.list.d/flat.list")
		return m
	}
	resign := func(m fstest.MapFS, name, signer string) {
		f := m["var/lib/apt/lists/"+name]
		_, text, _ := bytes.Cut(f.Data, []byte(":"))
		f.Data = append([]byte(signer+":"), text...)
	}
	for name, c := range map[string]struct {
		spoil func(fstest.MapFS)
		want  error
	}{
		"nothing amiss":      {func(fstest.MapFS) {}, nil},
		"the key of another": {func(m fstest.MapFS) { resign(m, "deb.example.org_security_dists_bookworm-security_InRelease", "DEB") }, apt.ErrSignature},
		"a key of nobody":    {func(m fstest.MapFS) { resign(m, "deb.example.org_debian_dists_bookworm_InRelease", "THIRD") }, apt.ErrSignature},
		"a suite passed off": {func(m fstest.MapFS) {
			m["var/lib/apt/lists/deb.example.org_security_dists_bookworm-security_InRelease"] = file(strings.Replace(string(m["var/lib/apt/lists/deb.example.org_debian_dists_bookworm_InRelease"].Data), "DEB", "SEC", 1))
		}, apt.ErrSuite},
		"a keyring that is gone": {func(m fstest.MapFS) { delete(m, "usr/share/keyrings/third.gpg") }, fs.ErrNotExist},
		"sources of rubbish": {func(m fstest.MapFS) {
			m["etc/apt/sources.list.d/x.list"] = file("deb [arch=amd64 http://x.example.org\n")
		}, lists.ErrSources},
		"a stanza of rubbish": {func(m fstest.MapFS) { m["etc/apt/sources.list.d/x.sources"] = file("Types: deb\nSuites: x\n") }, lists.ErrSources},
		"no apt at all":       {func(m fstest.MapFS) { clear(m) }, lists.ErrNone},
		"apt update never ran": {func(m fstest.MapFS) {
			for name := range m {
				if strings.HasPrefix(name, "var/lib") {
					delete(m, name)
				}
			}
		}, lists.ErrNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := good()
			c.spoil(m)
			_, err := feed.Collect(t.Context(), lists.NewSource(m, now, &lists.Options{Keyring: keyring}), "")
			switch {
			case name == "nothing amiss" && err != nil, !errors.Is(err, c.want):
				t.Errorf("%v, want %v", err, c.want)
			case name == "a keyring that is gone" && (err == nil || !strings.Contains(err.Error(), "third.gpg")):
				t.Errorf("%v, want the file's name", err)
			}
		})
	}
}

func TestSourceKeepsGoing(t *testing.T) {
	t.Parallel()
	m := machine()
	delete(m, "usr/share/keyrings/third.gpg")
	m["var/lib/apt/lists/_srv_flat_._InRelease"].Data = []byte("rubbish")
	o := &lists.Options{Keyring: keyring, Source: apt.SourceOptions{KeepGoing: true}}
	c, err := feed.Collect(t.Context(), lists.NewSource(m, now, o), "")
	if err != nil || c.Tally.Patches != 3 || len(c.Tally.Refused) != 2 || c.Tally.Read != 5 {
		t.Errorf("%s, refused %v, %v", c.Tally.String(), c.Tally.Refused, err)
	}
	if n := len(c.Tally.Notes); n != 1 {
		t.Errorf("notes %v, want the suite without a list", c.Tally.Notes)
	}
}

func TestSourceInsecure(t *testing.T) {
	t.Parallel()
	m := machine()
	for name, f := range m {
		if strings.HasSuffix(name, "InRelease") {
			_, f.Data, _ = bytes.Cut(f.Data, []byte(":"))
		}
	}
	if _, err := feed.Collect(t.Context(), lists.NewSource(m, now, nil), ""); !errors.Is(err, apt.ErrUnverified) {
		t.Errorf("without a keyring: %v", err)
	}
	c, err := feed.Collect(t.Context(), lists.NewSource(m, now, &lists.Options{Insecure: true}), "")
	if err != nil || c.Tally.Patches != 5 || c.Tally.Notes["the signature is not checked"] != 4 {
		t.Errorf("%s, notes %v, %v", c.Tally.String(), c.Tally.Notes, err)
	}
}

func TestReleaseBesideItsSignature(t *testing.T) {
	t.Parallel()
	m := machine()
	const name = "var/lib/apt/lists/deb.example.org_debian_dists_bookworm_"
	_, text, _ := bytes.Cut(m[name+"InRelease"].Data, []byte(":"))
	delete(m, name+"InRelease")
	delete(m, "etc/apt/sources.list.d/flat.list")
	m[name+"Release"], m[name+"Release.gpg"] = &fstest.MapFile{Data: text}, file("DEB")
	if _, err := feed.Collect(t.Context(), lists.NewSource(m, now, &lists.Options{Keyring: keyring}), ""); err != nil {
		t.Error(err)
	}
	m[name+"Release.gpg"] = file("THIRD")
	if _, err := feed.Collect(t.Context(), lists.NewSource(m, now, &lists.Options{Keyring: keyring}), ""); !errors.Is(err, apt.ErrSignature) {
		t.Error(err)
	}
}

func TestKeyInTheSources(t *testing.T) {
	t.Parallel()
	var got [][]byte
	m := fstest.MapFS{"etc/apt/sources.list.d/x.sources": file("Types: deb\nURIs: http://x.example.org\nSuites: x\nComponents: main\n" +
		"Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n")}
	put(m, "x.example.org_dists_x_", "X", "x", "main/binary-amd64/Packages")
	_, err := lists.Find(m, &lists.Options{Keyring: func(keys [][]byte, only []string) (feed.Verifier, error) {
		got = keys
		return ring{keys, only}, nil
	}})
	if want := "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"; err != nil || len(got) != 1 || string(got[0]) != want {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzSources(f *testing.F) {
	m := machine()
	f.Add(m["etc/apt/sources.list"].Data, m["etc/apt/sources.list.d/debian.sources"].Data)
	f.Add([]byte("deb [ arch=a x= ] u:// ./ \ndeb [\n"), []byte("Types: deb\nURIs: a b\nSuites: / x/\n"))
	f.Fuzz(func(t *testing.T, line, stanzas []byte) {
		m := fstest.MapFS{"etc/apt/sources.list": {Data: line}, "etc/apt/sources.list.d/x.sources": {Data: stanzas}}
		put(m, "x.example.org_dists_x_", "X", "x", "main/binary-amd64/Packages")
		found, err := lists.Find(m, &lists.Options{Insecure: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found.Refused {
			if r.Line == 0 || r.File == "" || !errors.Is(r, lists.ErrSources) {
				t.Errorf("%+v", r)
			}
		}
	})
}
