package rollout_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// keyOf returns the key of a name, the same each time.
func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

func publicOf(name string) ed25519.PublicKey {
	return keyOf(name).Public().(ed25519.PublicKey)
}

func signer(tb testing.TB, name string) fettle.Signer {
	tb.Helper()
	s, err := fettle.NewSigner(keyOf(name))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func trust(threshold int, names ...string) fettle.Trust {
	t := fettle.Trust{Threshold: threshold}
	for _, name := range names {
		t.Keys = append(t.Keys, publicOf(name))
	}
	return t
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func digest(text string) fettle.Digest { return fettle.DigestOf([]byte(text)) }

func openssl() rollout.PatchRef {
	return rollout.PatchRef{ID: "DSA-5764-1", Payloads: []fettle.Digest{digest("openssl"), digest("libssl3")}}
}

func fullSpec() *rollout.Spec {
	none := 0
	return &rollout.Spec{
		ID: "2026-w49", Title: "monthly <all> & more", Patches: []rollout.PatchRef{openssl()},
		Catalog: rollout.CatalogRef{Revision: 412, Digest: digest("catalogue")}, Target: applicability.MustParse("os.id = debian"),
		Rings: []rollout.Ring{
			{
				Name: "canary", Eligible: applicability.MustParse("not label.role = trading"), Pins: []fettle.HostID{"h1"}, Count: 100,
				NotBefore: at("2026-12-01T00:00:00Z"), Close: rollout.Duration(72 * time.Hour),
				Gates: []rollout.Gate{
					{Rate: &rollout.RateGate{Limit: rollout.Percent(5), PassError: rollout.Percent(1), HaltError: rollout.Percent(2), Pool: true}},
					{Raw: &rollout.RawGate{Count: &none, Min: 5}},
					{Reach: &rollout.RawGate{Share: rollout.Percent(20)}},
					{Bake: &rollout.BakeGate{For: rollout.Duration(24 * time.Hour)}},
					{Approval: &rollout.Approval{Need: 2, From: []string{"ann", "bob", "eve"}, Expires: rollout.Duration(time.Hour), StepUp: true}},
					{Signal: &rollout.SignalGate{Name: "issues", Want: "none", Halt: "severity-1", Quiet: rollout.Duration(time.Hour)}},
					{Permit: &rollout.PermitGate{}},
				},
			},
			{Name: "half", Share: rollout.Percent(50), Gates: []rollout.Gate{{Raw: &rollout.RawGate{Share: rollout.Percent(5)}}}},
			{Name: "rest", Rest: true},
		},
		Budgets: []rollout.BudgetRef{{Budget: "cluster", Units: 1}},
		Backout: &rollout.Backout{
			Patches:  []rollout.BackoutPatch{{PatchRef: rollout.PatchRef{ID: "openssl@before", Payloads: []fettle.Digest{digest("before")}}, Undoes: []fettle.PatchID{"DSA-5764-1"}}},
			Required: true, Auto: true, Hit: 20, Gates: []rollout.Gate{{Raw: &rollout.RawGate{Share: rollout.Percent(10), Min: 5}}},
		},
		Approval: rollout.Approval{Need: 2, From: []string{"ann", "bob", "eve"}}, Lane: rollout.Emergency, Mode: rollout.Act,
		Silence: rollout.Duration(8 * time.Hour), Grant: rollout.Duration(48 * time.Hour), Run: rollout.Duration(4 * time.Hour),
		Retry: rollout.Retry{
			Attempts: map[rollout.Class]int{rollout.ClassDisk: 3, rollout.ClassNetwork: 5},
			Backoff:  rollout.Duration(time.Hour), MaxBackoff: rollout.Duration(24 * time.Hour), Quarantine: 4,
		},
		Growth: rollout.Percent(10), Coverage: []string{"os", "label.app"}, Strata: []string{"model"}, Salt: "5f2c",
		Replaces: []rollout.ID{"2026-w45"}, NotAfter: at("2027-01-31T00:00:00Z"),
	}
}

func fullGrant() *rollout.Grant {
	return &rollout.Grant{
		Op: "emea-17-h1", Region: "emea", Epoch: 3, Host: "h1",
		Items:  []rollout.GrantItem{{Rollout: "2026-w49~backout", Spec: digest("spec"), Patches: []rollout.PatchRef{openssl()}}},
		Issued: at("2026-12-01T00:00:00Z"), StartBy: at("2026-12-02T00:00:00Z"), EndBy: at("2026-12-02T04:00:00Z"), PreIssued: true, Backout: true,
	}
}

func fullReport() *rollout.Report {
	return &rollout.Report{
		Host: "h1", Region: "emea", Seq: 9, Boot: "b-1", At: at("2026-12-01T01:00:00Z"),
		Ready: &rollout.Readiness{Needs: []fettle.PatchID{"DSA-5764-1"}, Away: at("2026-12-03T00:00:00Z")},
		Results: []rollout.Result{{
			Rollout: "2026-w49", Op: "emea-17-h1", Outcome: rollout.Failed, Class: rollout.ClassHealth, Reason: "service-down", Until: at("2026-12-04T00:00:00Z"),
			Patches: []rollout.PatchState{{Patch: "DSA-5764-1", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.No}},
		}},
	}
}

func fullPolicySet() *rollout.PolicySet {
	return &rollout.PolicySet{
		Region: "emea", Epoch: 7, Expires: at("2027-01-01T00:00:00Z"),
		Layers: []json.RawMessage{json.RawMessage(`{"version":1,"level":"global","name":"firm","windows":{"night":"daily 22:00 for 8h UTC"},"rules":{"all":{"windows":["night","always"]}}}`)},
		Sites:  []rollout.SiteKey{{Site: "london", Key: publicOf("london"), Hosts: []schedule.Selector{"site=london"}, Required: true}},
	}
}

func fullSitePolicy() *rollout.SitePolicy {
	return &rollout.SitePolicy{
		Region: "emea", Site: "london", Epoch: 2, Expires: at("2027-01-01T00:00:00Z"),
		Layers: []json.RawMessage{json.RawMessage(`{"version":1,"level":"site","name":"london","rules":{"all":{"windows":["night"]}}}`)},
	}
}

func fullEnrolment() *rollout.Enrolment {
	return &rollout.Enrolment{
		Host: "h1", Region: "emea", Key: publicOf("h1"), Name: "web-1", Site: "london", Zone: "Europe/London",
		Labels: map[string]string{"role": "web", "app": "shop"}, Ephemeral: true, Issued: at("2026-11-01T00:00:00Z"), Expires: at("2027-11-01T00:00:00Z"),
	}
}

func fullAsk() *rollout.Ask {
	return &rollout.Ask{Host: "h1", Seen: 4, Policy: 7, Ops: []rollout.Op{"emea-17-h1"}}
}

func fullOffer(t *testing.T) *rollout.Offer {
	t.Helper()
	sealed, err := rollout.SealGrant(fullGrant(), signer(t, "region"))
	if err != nil {
		t.Fatal(err)
	}
	return &rollout.Offer{
		Host: "h1", Generation: 5, Unchanged: true, Now: at("2026-12-01T00:00:00Z"), PollAfter: at("2026-12-01T00:15:00Z"),
		Sealed: []fettle.Envelope{sealed}, Policy: []rollout.PolicyRef{{Site: "london", Epoch: 2, Digest: digest("policy")}},
		Due: []rollout.Due{{
			Rollout: "2026-w49", Spec: digest("spec"), Catalog: rollout.CatalogRef{Revision: 412, Digest: digest("catalogue")},
			Patches: []rollout.PatchRef{openssl()}, Mode: rollout.Act, Lane: rollout.Emergency,
		}},
		Withdrawn: []rollout.Op{"emea-11-h1"},
		Reasons:   []fettle.Reason{{Code: "waiting", Args: map[string]string{"ring": "half"}, Until: at("2026-12-02T00:00:00Z")}},
	}
}

func fullAck() *rollout.Ack {
	return &rollout.Ack{Host: "h1", Seq: 9, Taken: true, Reasons: []fettle.Reason{{Code: "late"}}}
}

// TestWireFormsAreFrozen holds every message to a file with its payload: old
// agents, journals and relays read these bytes. FETTLE_WRITE=1 rewrites them.
func TestWireFormsAreFrozen(t *testing.T) {
	t.Parallel()
	now := at("2026-12-01T12:00:00Z")
	set := fullPolicySet()
	for _, c := range []struct {
		name  string
		value any
		read  func(data []byte) (any, error)
	}{
		{"spec", fullSpec(), func(data []byte) (any, error) {
			s, d, err := rollout.OpenSpec(sealed(t, rollout.SpecType, data, "ann", "bob"), trust(2, "ann", "bob", "eve"))
			if err == nil && d != fettle.DigestOf(data) {
				t.Errorf("digest %s", d)
			}
			return s, err
		}},
		{"grant", fullGrant(), func(data []byte) (any, error) {
			return rollout.OpenGrant(sealed(t, rollout.GrantType, data, "region"), trust(1, "region"), "emea", "h1", now)
		}},
		{"report", fullReport(), func(data []byte) (any, error) {
			return rollout.OpenReport(sealed(t, rollout.ReportType, data, "h1"), "emea", hostKeys)
		}},
		{"policy-set", set, func(data []byte) (any, error) {
			return rollout.OpenPolicySet(sealed(t, rollout.PolicySetType, data, "ann", "bob"), trust(2, "ann", "bob"), "emea", 7, now)
		}},
		{"site-policy", fullSitePolicy(), func(data []byte) (any, error) {
			return rollout.OpenSitePolicy(sealed(t, rollout.SitePolicyType, data, "london"), set, 2, now)
		}},
		{"enrolment", fullEnrolment(), func(data []byte) (any, error) {
			return rollout.OpenEnrolment(sealed(t, rollout.EnrolmentType, data, "ca"), trust(1, "ca"), "emea", now)
		}},
		{"ask", fullAsk(), func(data []byte) (any, error) { return rollout.ParseAsk(data) }},
		{"offer", fullOffer(t), func(data []byte) (any, error) { return rollout.ParseOffer(data) }},
		{"ack", fullAck(), func(data []byte) (any, error) { return rollout.ParseAck(data) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(c.value); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "wire", c.name+".json")
			if os.Getenv("FETTLE_WRITE") != "" {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got  %s\nwant %s", got.String(), want)
			}
			read, err := c.read(bytes.TrimSuffix(want, []byte("\n")))
			if err != nil {
				t.Fatal(err)
			}
			same := cmp.Comparer(func(a, b applicability.Footprint) bool { return a.String() == b.String() })
			if diff := cmp.Diff(c.value, read, same, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func sealed(tb testing.TB, payloadType string, payload []byte, names ...string) fettle.Envelope {
	tb.Helper()
	var signers []fettle.Signer
	for _, name := range names {
		signers = append(signers, signer(tb, name))
	}
	e, err := fettle.Seal(payloadType, payload, signers...)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// hostKeys knows h1 and h2.
func hostKeys(host fettle.HostID) (ed25519.PublicKey, bool) {
	if host != "h1" && host != "h2" {
		return nil, false
	}
	return publicOf(string(host)), true
}
