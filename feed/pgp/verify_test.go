package pgp_test

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/fettle-dev/fettle/feed/pgp"
)

// born is when the keys of these tests are made, now when they are used.
var (
	born = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now  = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
)

const text = "Origin: Example\nSuite: test\n- a dash\n\nFrom here\n"

// maker is a key that can sign.
type maker struct {
	t      testing.TB
	entity *openpgp.Entity
}

func configAt(at time.Time) *packet.Config {
	return &packet.Config{Time: func() time.Time { return at }, Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256}
}

func newMaker(tb testing.TB, lifetime time.Duration) maker {
	tb.Helper()
	config := configAt(born)
	config.KeyLifetimeSecs = uint32(lifetime / time.Second)
	e, err := openpgp.NewEntity("test", "", "test@example.org", config)
	if err != nil {
		tb.Fatal(err)
	}
	return maker{tb, e}
}

func (m maker) public() []byte {
	m.t.Helper()
	var b bytes.Buffer
	if err := m.entity.Serialize(&b); err != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

func (m maker) keyring() *pgp.Keyring { return keyring(m.t, m.public()) }

func (m maker) clear(text string, config *packet.Config) []byte {
	m.t.Helper()
	return clearBy(m.t, text, config, m)
}

func clearBy(tb testing.TB, text string, config *packet.Config, makers ...maker) []byte {
	tb.Helper()
	var b bytes.Buffer
	var keys []*packet.PrivateKey
	for _, m := range makers {
		keys = append(keys, m.entity.PrivateKey)
	}
	w, err := clearsign.EncodeMulti(&b, keys, config)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func keyring(tb testing.TB, blocks ...[]byte) *pgp.Keyring {
	tb.Helper()
	k, err := pgp.NewKeyring(blocks...)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func armored(tb testing.TB, kind string, packets []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(packets); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestVerifyClearSigned(t *testing.T) {
	t.Parallel()
	m := newMaker(t, 0)
	message := m.clear(text, configAt(now))
	got, by, err := m.keyring().Verify(message, nil, now)
	if err != nil || string(got) != text {
		t.Fatalf("got %q, %v", got, err)
	}
	key := m.keyring().Keys()[0].Fingerprint
	if len(by) != 1 || by[0].Key != key || by[0].By != key || !by[0].Made.Equal(now) {
		t.Errorf("signed by %+v, want %s at %s", by, key, now)
	}
	crlf := bytes.ReplaceAll(message, []byte("\n"), []byte("\r\n"))
	if got, _, err := m.keyring().Verify(crlf, nil, now); err != nil || string(got) != text {
		t.Errorf("with CRLF: %q, %v", got, err)
	}
}

func TestVerifyDetached(t *testing.T) {
	t.Parallel()
	m := newMaker(t, 0)
	var sig bytes.Buffer
	if err := openpgp.DetachSign(&sig, []*openpgp.Entity{m.entity}, strings.NewReader(text), configAt(now)); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string][]byte{"binary": sig.Bytes(), "armored": armored(t, openpgp.SignatureType, sig.Bytes())} {
		got, by, err := m.keyring().Verify([]byte(text), s, now)
		if err != nil || string(got) != text || len(by) != 1 {
			t.Errorf("%s: %q, %v, %v", name, got, by, err)
		}
		if _, _, err := m.keyring().Verify([]byte(text+" "), s, now); !errors.Is(err, pgp.ErrBad) {
			t.Errorf("%s: one more blank: %v", name, err)
		}
	}
	for name, s := range map[string][]byte{"empty": {}, "rubbish": []byte("rubbish"), "a key": m.public(), "cut": sig.Bytes()[:sig.Len()-3]} {
		if got, _, err := m.keyring().Verify([]byte(text), s, now); err == nil {
			t.Errorf("%s as a signature: %q is good", name, got)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	m, other, short := newMaker(t, 0), newMaker(t, 0), newMaker(t, 24*time.Hour)
	good := m.clear(text, configAt(now))
	expiring := configAt(now)
	expiring.SigLifetimeSecs = 60
	revoked := newMaker(t, 0)
	beforeRevocation := revoked.clear(text, configAt(now))
	if err := revoked.entity.Revoke(packet.KeyRetired, "", configAt(now.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		keys    *pgp.Keyring
		message []byte
		at      time.Time
		want    error
	}{
		{"another key", other.keyring(), good, now, pgp.ErrUnknown},
		{"a changed letter", m.keyring(), bytes.Replace(good, []byte("Suite"), []byte("suite"), 1), now, pgp.ErrBad},
		{"text before", m.keyring(), append([]byte("Suite: evil\n"), good...), now, pgp.ErrOutside},
		{"text behind", m.keyring(), append(bytes.Clone(good), "Suite: evil\n"...), now, pgp.ErrOutside},
		{"a second message behind", m.keyring(), append(bytes.Clone(good), good...), now, pgp.ErrOutside},
		{"no signature", m.keyring(), []byte(text), now, pgp.ErrUnsigned},
		{"empty", m.keyring(), nil, now, pgp.ErrUnsigned},
		{"cut", m.keyring(), good[:len(good)-40], now, pgp.ErrUnsigned},
		{"from the future", m.keyring(), good, now.Add(-pgp.Skew - time.Second), pgp.ErrFuture},
		{"expired signature", m.keyring(), m.clear(text, expiring), now.Add(2 * time.Minute), pgp.ErrExpired},
		{"signed by an expired key", short.keyring(), short.clear(text, configAt(born.Add(48*time.Hour))), born.Add(48 * time.Hour), pgp.ErrExpired},
		{"key expired since", short.keyring(), short.clear(text, configAt(born.Add(time.Hour))), born.Add(48 * time.Hour), pgp.ErrExpired},
		{"key revoked since", revoked.keyring(), beforeRevocation, now.Add(2 * time.Hour), pgp.ErrRevoked},
		{"not the key that Signed-By names", keyring(t, m.public(), other.public()).Only(other.keyring().Keys()[0].Fingerprint), good, now, pgp.ErrUnknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, by, err := c.keys.Verify(c.message, nil, c.at)
			if !errors.Is(err, c.want) || got != nil || by != nil {
				t.Errorf("got %q, %v, %v; want %v", got, by, err, c.want)
			}
		})
	}
}

func TestVerifyAtTheEdges(t *testing.T) {
	t.Parallel()
	m := newMaker(t, 24*time.Hour)
	message := m.clear(text, configAt(born.Add(time.Hour)))
	k := m.keyring()
	for _, at := range []time.Time{born.Add(time.Hour - pgp.Skew), born.Add(24 * time.Hour)} {
		if _, _, err := k.Verify(message, nil, at); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	// What was answered at one instant does not colour the answer at another.
	if _, _, err := k.Verify(message, nil, born.Add(25*time.Hour)); !errors.Is(err, pgp.ErrExpired) {
		t.Error(err)
	}
	if _, _, err := k.Verify(message, nil, born.Add(2*time.Hour)); err != nil {
		t.Errorf("after an answer at a later instant: %v", err)
	}
}

func TestVerifyTwoSigners(t *testing.T) {
	t.Parallel()
	m, other, short := newMaker(t, 0), newMaker(t, 0), newMaker(t, 24*time.Hour)
	message := clearBy(t, text, configAt(born.Add(time.Hour)), short, m)
	if _, by, err := keyring(t, m.public(), other.public()).Verify(message, nil, now); err != nil || len(by) != 1 {
		t.Errorf("one of two signers is trusted: %v, %v", by, err)
	}
	if _, by, err := keyring(t, m.public(), short.public()).Verify(message, nil, now); err != nil || len(by) != 1 || by[0].Key != m.keyring().Keys()[0].Fingerprint {
		t.Errorf("one of two signers has expired: %v, %v", by, err)
	}
	if _, by, err := keyring(t, m.public(), short.public()).Verify(message, nil, born.Add(2*time.Hour)); err != nil || len(by) != 2 {
		t.Errorf("two good signers: %v, %v", by, err)
	}
	if _, _, err := keyring(t, short.public(), other.public()).Verify(message, nil, now); !errors.Is(err, pgp.ErrUnknown) || !errors.Is(err, pgp.ErrExpired) {
		t.Errorf("an unknown and an expired signer: %v, want both named", err)
	}
}

// TestWeak uses keys and messages that GnuPG 2.2 made.
func TestWeak(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	k := keyring(t, read("keys.asc"))
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]error{
		"by-sound.asc":        nil,
		"by-sha1.asc":         pgp.ErrWeak,
		"by-short.asc":        pgp.ErrWeak,
		"by-dsa.asc":          pgp.ErrWeak,
		"sound-with-sha1.asc": pgp.ErrWeak,
	} {
		if _, _, err := k.Verify(read(name), nil, at); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestKeyring(t *testing.T) {
	t.Parallel()
	m, other := newMaker(t, 0), newMaker(t, 0)
	asText := func(m maker) []byte { return armored(t, openpgp.PublicKeyType, m.public()) }
	both := append(append([]byte("my keys\n"), asText(m)...), asText(other)...)
	for name, blocks := range map[string][][]byte{
		"binary":                  {append(m.public(), other.public()...)},
		"armored":                 {both},
		"one of each and nothing": {m.public(), nil, asText(other)},
	} {
		k, err := pgp.NewKeyring(blocks...)
		if err != nil || len(k.Keys()) != 2 || k.Skipped() != 0 || k.Keys()[0].Names[0] != "test <test@example.org>" {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	keybox := append(make([]byte, 8), "KBXf                            "...)
	for name, block := range map[string][]byte{
		"nothing": nil, "rubbish": []byte("rubbish"), "keybox": keybox, "cut armor": asText(m)[:200],
		"cut": m.public()[:40], "a signed message": m.clear(text, configAt(now)),
	} {
		if k, err := pgp.NewKeyring(block); !errors.Is(err, pgp.ErrKeyring) {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	unknown := bytes.Clone(other.public())
	unknown[bytes.IndexByte(unknown, 22)] = 99 // the algorithm of the primary key
	if k, err := pgp.NewKeyring(m.public(), unknown); err != nil || len(k.Keys()) != 1 || k.Skipped() != 1 {
		t.Errorf("a key of an unknown algorithm: %+v, %v", k, err)
	}
}

func FuzzVerify(f *testing.F) {
	m := newMaker(f, 0)
	k := m.keyring()
	good := m.clear(text, configAt(now))
	f.Add(good)
	f.Add(append([]byte("x\n"), good...))
	f.Fuzz(func(t *testing.T, message []byte) {
		got, _, err := k.Verify(message, nil, now)
		if (err == nil) != (got != nil) {
			t.Fatalf("%q, %v", got, err)
		}
		if err == nil && string(got) != text {
			t.Errorf("another text is good: %q of %q", got, message)
		}
		_, _, _ = k.Verify([]byte(text), message, now)
	})
}

func FuzzNewKeyring(f *testing.F) {
	m := newMaker(f, 0)
	f.Add(m.public())
	f.Add(armored(f, openpgp.PublicKeyType, m.public()))
	f.Fuzz(func(t *testing.T, block []byte) {
		if k, err := pgp.NewKeyring(block); err == nil && len(k.Keys()) == 0 {
			t.Error("a keyring without keys")
		}
	})
}
