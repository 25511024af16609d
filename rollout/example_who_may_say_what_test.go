package rollout_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// A grant is signed by the region, for one host and until it has to start.
func ExampleOpenGrant() {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	region, err := fettle.NewSigner(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	sealed, err := rollout.SealGrant(&rollout.Grant{
		Op: "emea-17", Region: "emea", Epoch: 3, Host: "web-1",
		Items: []rollout.GrantItem{{
			Rollout: "openssl-1", Spec: fettle.DigestOf([]byte("spec")),
			Patches: []rollout.PatchRef{{ID: "DSA-5764-1", Payloads: []fettle.Digest{fettle.DigestOf([]byte("openssl.deb"))}}},
		}},
		Issued: noon, StartBy: noon.Add(24 * time.Hour), EndBy: noon.Add(28 * time.Hour),
	}, region)
	if err != nil {
		fmt.Println(err)
		return
	}
	trust := fettle.Trust{Keys: []ed25519.PublicKey{key.Public().(ed25519.PublicKey)}, Threshold: 1}
	try := func(host fettle.HostID, now time.Time) {
		grant, err := rollout.OpenGrant(sealed, trust, "emea", host, now)
		switch {
		case errors.Is(err, rollout.ErrMisdirected), errors.Is(err, rollout.ErrExpired):
			fmt.Println(err)
		case err == nil:
			fmt.Println("start", grant.Op, "by", grant.StartBy.Format(time.DateTime))
		}
	}
	try("web-1", noon.Add(time.Hour))
	try("web-2", noon.Add(time.Hour))
	try("web-1", noon.Add(24*time.Hour))
	// Output:
	// start emea-17 by 2026-12-02 12:00:00
	// rollout: message is for somebody else: grant emea-17 is for host "web-1" in region "emea"
	// rollout: message has expired: grant emea-17 could start until 2026-12-02T12:00:00Z
}
