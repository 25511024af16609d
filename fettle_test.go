package fettle_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
)

func TestTruthIsKleene(t *testing.T) {
	t.Parallel()
	u, n, y := fettle.Unknown, fettle.No, fettle.Yes
	for _, c := range []struct{ a, b, and, or fettle.Truth }{
		{u, u, u, u},
		{u, n, n, u},
		{u, y, u, y},
		{n, u, n, u},
		{n, n, n, n},
		{n, y, n, y},
		{y, u, u, y},
		{y, n, n, y},
		{y, y, y, y},
	} {
		if got := c.a.And(c.b); got != c.and {
			t.Errorf("%s and %s = %s, want %s", c.a, c.b, got, c.and)
		}
		if got := c.a.Or(c.b); got != c.or {
			t.Errorf("%s or %s = %s, want %s", c.a, c.b, got, c.or)
		}
	}
	var zero fettle.Truth
	if zero != u || u.Not() != u || n.Not() != y || y.Not() != n {
		t.Error("the zero value must be unknown, and not must swap no and yes only")
	}
}

func TestWordsRoundTrip(t *testing.T) {
	t.Parallel()
	type all struct {
		T fettle.Truth
		S fettle.Severity
		C fettle.Class
		R fettle.Restart
	}
	for i := range uint8(10) {
		in := all{fettle.Truth(i % 3), fettle.Severity(i % 6), fettle.Class(i), fettle.Restart(i % 5)}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out all
		if err := json.Unmarshal(text, &out); err != nil || out != in {
			t.Errorf("%s came back as %+v, %v", text, out, err)
		}
	}
	if _, err := fettle.Severity(99).MarshalText(); err == nil {
		t.Error("severity 99 was written")
	}
	var s fettle.Severity
	err := s.UnmarshalText([]byte("Important"))
	if err == nil || !strings.Contains(err.Error(), `"Important"`) || !strings.Contains(err.Error(), "critical") {
		t.Errorf("an unknown word must be named beside the words that are known: %v", err)
	}
}

func TestDigestCheck(t *testing.T) {
	t.Parallel()
	// SHA-256 of the empty string: FIPS 180-4 example, RFC 6234 section 8.5.
	empty := fettle.Digest("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if got := fettle.DigestOf(nil); got != empty {
		t.Errorf("DigestOf(nil) = %s, want %s", got, empty)
	}
	if err := empty.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []fettle.Digest{
		"", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e", empty[:70], empty + "0",
		"sha256:" + fettle.Digest(strings.Repeat("A", 64)),
	} {
		if bad.Check() == nil {
			t.Errorf("digest %q was accepted", bad)
		}
	}
}

func keys(t *testing.T, n int) (pub []ed25519.PublicKey, signers []fettle.Signer) {
	t.Helper()
	for i := range n {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i + 1)
		key := ed25519.NewKeyFromSeed(seed)
		s, err := fettle.NewSigner(key)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
		pub = append(pub, key.Public().(ed25519.PublicKey))
	}
	return pub, signers
}

func TestOpenCountsDistinctKeys(t *testing.T) {
	t.Parallel()
	pub, signers := keys(t, 3)
	const kind = "application/vnd.fettle.test+json"
	seal := func(s ...fettle.Signer) fettle.Envelope {
		e, err := fettle.Seal(kind, []byte(`{"a":1}`), s...)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	two := seal(signers[0], signers[1])
	tampered := seal(signers[0], signers[1])
	tampered.Payload[0] ^= 1
	twice := seal(signers[0], signers[0])
	renamed := seal(signers[0], signers[0])
	renamed.Signatures[1].KeyID = fettle.KeyID(pub[1])
	anonymous := seal(signers[0], signers[1])
	anonymous.Signatures[0].KeyID, anonymous.Signatures[1].KeyID = "", ""
	flood := seal(signers[0], signers[1])
	flood.Signatures = append(flood.Signatures, make([]fettle.Signature, fettle.MaxSignatures)...)

	for name, c := range map[string]struct {
		e     fettle.Envelope
		kind  string
		trust fettle.Trust
		ok    bool
	}{
		"two of two":                  {two, kind, fettle.Trust{Keys: pub[:2], Threshold: 2}, true},
		"two of three":                {two, kind, fettle.Trust{Keys: pub, Threshold: 2}, true},
		"no key id":                   {anonymous, kind, fettle.Trust{Keys: pub, Threshold: 2}, true},
		"three wanted":                {two, kind, fettle.Trust{Keys: pub, Threshold: 3}, false},
		"other keys":                  {two, kind, fettle.Trust{Keys: pub[2:], Threshold: 1}, false},
		"another type":                {two, kind + "x", fettle.Trust{Keys: pub, Threshold: 1}, false},
		"tampered":                    {tampered, kind, fettle.Trust{Keys: pub, Threshold: 1}, false},
		"one key signs twice":         {twice, kind, fettle.Trust{Keys: pub, Threshold: 2}, false},
		"one key under another's id":  {renamed, kind, fettle.Trust{Keys: pub, Threshold: 2}, false},
		"one key listed twice":        {twice, kind, fettle.Trust{Keys: append(pub[:1:1], pub[0]), Threshold: 2}, false},
		"zero trust":                  {two, kind, fettle.Trust{}, false},
		"keys but no threshold":       {two, kind, fettle.Trust{Keys: pub}, false},
		"a trusted key of wrong size": {two, kind, fettle.Trust{Keys: []ed25519.PublicKey{{1}}, Threshold: 1}, false},
		"too many signatures":         {flood, kind, fettle.Trust{Keys: pub, Threshold: 2}, false},
	} {
		payload, err := c.e.Open(c.kind, c.trust)
		if c.ok && (err != nil || string(payload) != `{"a":1}`) {
			t.Errorf("%s: got %q, %v", name, payload, err)
		}
		if !c.ok && (!errors.Is(err, fettle.ErrUntrusted) || payload != nil) {
			t.Errorf("%s: got %q, %v; want ErrUntrusted and no payload", name, payload, err)
		}
	}
}

func TestEnvelopeJSONIsDSSE(t *testing.T) {
	t.Parallel()
	_, signers := keys(t, 1)
	e, err := fettle.Seal("http://example.com/HelloWorld", []byte("hello world"), signers[0])
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	// The payload of the DSSE protocol document's own example.
	if !strings.HasPrefix(string(text), `{"payloadType":"http://example.com/HelloWorld","payload":"aGVsbG8gd29ybGQ=","signatures":[{"keyid":"`) {
		t.Errorf("JSON form: %s", text)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	_, signers := keys(t, 1)
	if _, err := fettle.Seal("", nil, signers[0]); err == nil {
		t.Error("sealed without a payload type")
	}
	if _, err := fettle.Seal("x", nil); err == nil {
		t.Error("sealed without a signer")
	}
	if _, err := fettle.NewSigner(make([]byte, 3)); err == nil {
		t.Error("a key of 3 bytes was accepted")
	}
}
