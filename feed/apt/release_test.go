package apt_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/internal/oracle"
)

const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestParseReleaseRefuses(t *testing.T) {
	t.Parallel()
	good := debian("") + "SHA256:\n " + emptySum + " 0 main/binary-amd64/Packages\n"
	if _, err := apt.ParseRelease("Release", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, names string }{
		"empty":               {"", "empty"},
		"cut":                 {good[:len(good)-5], "cut"},
		"two stanzas":         {good + "\nOrigin: Evil\n", "single stanza"},
		"no date":             {strings.Replace(good, dated, "", 1), "Date"},
		"local date":          {strings.Replace(good, "00:00:00 UTC", "00:00:00 CET", 1), `"Fri, 20 Nov 2026 00:00:00 CET"`},
		"rubbish Valid-Until": {"Valid-Until: soon\n" + good, "Valid-Until"},
		"no suite":            {dated + "SHA256:\n", "Suite"},
		"suite with a slash":  {strings.Replace(good, "Suite: oldstable", "Suite: old stable", 1), `Suite "old stable"`},
		"weak sums only":      {debian("") + "MD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Packages\n", "SHA256"},
		"short sum":           {strings.Replace(good, "e3b0", "", 1), "64 hexadecimal digits"},
		"no size":             {strings.Replace(good, " 0 main", " main", 1), "want sum, size and path"},
		"negative size":       {strings.Replace(good, " 0 main", " -1 main", 1), `"-1"`},
		"contradiction":       {good + " " + strings.Replace(emptySum, "e3", "e4", 1) + " 0 main/binary-amd64/Packages\n", "stated twice"},
		"field twice":         {"Date: Fri, 20 Nov 2026 00:00:00 UTC\n" + good, "twice"},
	} {
		_, err := apt.ParseRelease("Release", []byte(c.text))
		wantList(t, err, apt.ErrMalformed)
		if err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v does not name %s", name, err, c.names)
		}
	}
}

func TestReleaseNames(t *testing.T) {
	t.Parallel()
	for want, head := range map[string]string{
		"bookworm":              debian(""),
		"bookworm-security":     security(),
		"bookworm-backports":    "Origin: Debian Backports\nSuite: oldstable-backports\nCodename: bookworm-backports\n",
		"buster-security":       "Origin: Debian\nLabel: Debian-Security\nSuite: oldoldstable\nCodename: buster\n",
		"jammy":                 "Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy\nCodename: jammy\n",
		"jammy-security":        "Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-security\nCodename: jammy\n",
		"jammy-infra-security":  "Origin: UbuntuESM\nLabel: UbuntuESM\nSuite: jammy-infra-security\nCodename: jammy\n",
		"docker:bookworm":       "Origin: Docker\nLabel: Docker CE\nSuite: bookworm\n",
		"node-source:nodistro":  "Origin: . node source\nSuite: nodistro\nCodename: nodistro\n",
		"stable":                "Suite: stable\n",
		"postgresql:pgdg-12":    "Origin: PostgreSQL\nSuite: pgdg-12\nCodename: pgdg-12\n",
		"stable/updates-x":      "Suite: stable/updates-x\n",
		"evil-corp:bookworm-x":  "Origin: EVIL/Corp\nSuite: bookworm-x\nCodename: bookworm\n",
		"debian-kernel-team:13": "Origin: Debian Kernel Team\nCodename: 13\n",
	} {
		if !strings.Contains(head, "Date:") {
			head += dated
		}
		r, err := apt.ParseRelease("Release", []byte(head+"SHA256:\n"))
		if err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		if got := r.Name(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestOpenRelease(t *testing.T) {
	t.Parallel()
	valid := one(security()+"Valid-Until: Fri, 27 Nov 2026 00:00:00 UTC\n", stanza("a", "1", "amd64", "")).release()
	signed := append([]byte(mark), valid...)
	until := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	date := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		message, signature []byte
		at                 time.Time
		check              *apt.Check
		want               error
	}{
		"signed":                     {signed, nil, november, &apt.Check{Verifier: verifier{}}, nil},
		"detached":                   {valid, []byte(mark), november, &apt.Check{Verifier: verifier{}}, nil},
		"no verifier":                {signed, nil, november, nil, apt.ErrUnverified},
		"unsigned":                   {valid, nil, november, &apt.Check{Verifier: verifier{}}, apt.ErrSignature},
		"empty detached":             {valid, []byte{}, november, &apt.Check{Verifier: verifier{}}, apt.ErrSignature},
		"unsigned is asked for":      {valid, nil, november, &apt.Check{Unsigned: true}, nil},
		"last instant":               {valid, nil, until, &apt.Check{Unsigned: true}, nil},
		"expired":                    {valid, nil, until.Add(time.Second), &apt.Check{Unsigned: true}, apt.ErrExpired},
		"expired, insecure":          {valid, nil, until.Add(time.Second), &apt.Check{Insecure: true}, nil},
		"dated a little ahead":       {valid, nil, date.Add(-apt.MaxFuture), &apt.Check{Unsigned: true}, nil},
		"dated in the future":        {valid, nil, date.Add(-apt.MaxFuture - time.Second), &apt.Check{Unsigned: true}, apt.ErrFuture},
		"too old for us":             {valid, nil, november, &apt.Check{Unsigned: true, MaxAge: 23 * time.Hour}, apt.ErrExpired},
		"not too old for us":         {valid, nil, november, &apt.Check{Unsigned: true, MaxAge: 24 * time.Hour}, nil},
		"its codename":               {valid, nil, november, &apt.Check{Unsigned: true, Suite: "bookworm-security"}, nil},
		"its suite":                  {valid, nil, november, &apt.Check{Unsigned: true, Suite: "oldstable-security"}, nil},
		"another suite":              {valid, nil, november, &apt.Check{Unsigned: true, Suite: "bookworm"}, apt.ErrSuite},
		"another suite and insecure": {valid, nil, november, &apt.Check{Insecure: true, Suite: "bookworm"}, apt.ErrSuite},
		"cut clear-signed, insecure": {[]byte("-----BEGIN PGP SIGNED MESSAGE-----\n\nOrigin: x\n"), nil, november, &apt.Check{Insecure: true}, apt.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := apt.OpenRelease("InRelease", c.message, c.signature, c.at, c.check)
			if c.want != nil {
				wantList(t, err, c.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if unchecked := len(r.SignedBy) == 0; unchecked != (len(r.Notes) > 0) {
				t.Errorf("signed by %v, notes %v", r.SignedBy, r.Notes)
			}
		})
	}
}

// TestUnsignedText takes the text out of a clear-signed file as it stands.
func TestUnsignedText(t *testing.T) {
	t.Parallel()
	message := "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- Dash: x\n" + debian("") + "SHA256:\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
	message = strings.Replace(message, "- Dash: x\n", "", 1)
	r, err := apt.OpenRelease("InRelease", []byte(message), nil, november, &apt.Check{Insecure: true})
	if err != nil || r.Codename != "bookworm" {
		t.Errorf("%+v, %v", r, err)
	}
}

func FuzzParseRelease(f *testing.F) {
	f.Add([]byte(debian("") + "SHA256:\n " + emptySum + " 0 main/binary-amd64/Packages\n"))
	f.Add([]byte("Suite: x\nDate: Fri, 20 Nov 2026 00:00:00 UTC\nSHA256:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := apt.ParseRelease("Release", text)
		if err != nil && !errors.Is(err, apt.ErrMalformed) {
			t.Errorf("%v", err)
		}
		if err == nil && (r.Date.IsZero() || r.Name() == "") {
			t.Errorf("%+v", r)
		}
	})
}

func TestParseReleaseOfDebian(t *testing.T) {
	t.Parallel()
	r, err := apt.OpenRelease("InRelease", oracle.Read(t, "apt/bookworm-security/InRelease"), nil, november, &apt.Check{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 27, 0, 12, 41, 0, time.UTC); !r.ValidUntil.Equal(want) || r.Name() != "bookworm-security" || len(r.Components) != 4 || r.NotAutomatic {
		t.Errorf("%+v", r)
	}
	late, err := apt.OpenRelease("InRelease", oracle.Read(t, "apt/bookworm-security/InRelease"), nil, november.AddDate(0, 0, 7), &apt.Check{Unsigned: true})
	if late != nil {
		t.Error("a week later it is still good")
	}
	wantList(t, err, apt.ErrExpired)
}
