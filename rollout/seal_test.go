package rollout_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// payloadOf is a message as SealX writes it.
func payloadOf(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestOpenNamesWhyItRefuses: one thing wrong at a time.
func TestOpenNamesWhyItRefuses(t *testing.T) {
	t.Parallel()
	now := at("2026-12-01T12:00:00Z")
	set := fullPolicySet()
	grant := func(e fettle.Envelope, host fettle.HostID, now time.Time) error {
		_, err := rollout.OpenGrant(e, trust(1, "region"), "emea", host, now)
		return err
	}
	report := func(e fettle.Envelope) error {
		_, err := rollout.OpenReport(e, "emea", hostKeys)
		return err
	}
	policy := func(e fettle.Envelope, least uint64, now time.Time) error {
		_, err := rollout.OpenPolicySet(e, trust(2, "ann", "bob", "eve"), "emea", least, now)
		return err
	}
	site := func(e fettle.Envelope, least uint64) error {
		_, err := rollout.OpenSitePolicy(e, set, least, now)
		return err
	}
	enrolment := func(e fettle.Envelope, now time.Time) error {
		_, err := rollout.OpenEnrolment(e, trust(1, "ca"), "emea", now)
		return err
	}
	grantOf := func(change func(*rollout.Grant)) []byte {
		g := fullGrant()
		change(g)
		return payloadOf(t, g)
	}
	reportOf := func(change func(*rollout.Report)) []byte {
		r := fullReport()
		change(r)
		return payloadOf(t, r)
	}
	siteOf := func(change func(*rollout.SitePolicy)) []byte {
		p := fullSitePolicy()
		change(p)
		return payloadOf(t, p)
	}
	changed := sealed(t, rollout.GrantType, payloadOf(t, fullGrant()), "region")
	changed.Payload[10] ^= 1
	_, oneSigned := openSpec(sealed(t, rollout.SpecType, payloadOf(t, fullSpec()), "ann"))
	_, stranger := openSpec(sealed(t, rollout.SpecType, payloadOf(t, fullSpec()), "ann", "mallory"))
	_, twice := openSpec(sealed(t, rollout.SpecType, payloadOf(t, fullSpec()), "ann", "ann"))
	_, newer := openSpec(sealed(t, "application/vnd.fettle.spec.v2+json", payloadOf(t, fullSpec()), "ann", "bob"))
	_, member := openSpec(sealed(t, rollout.SpecType, []byte(`{"id":"a","colour":"red"}`), "ann", "bob"))
	for _, c := range []struct {
		name string
		err  error
		want error
		word string
	}{
		{"a spec that one has signed", oneSigned, fettle.ErrUntrusted, "signed by 1"},
		{"a spec that a stranger has signed", stranger, fettle.ErrUntrusted, "signed by 1"},
		{"a spec that one has signed twice", twice, fettle.ErrUntrusted, "signed by 1"},
		{"a spec of the next form", newer, rollout.ErrNewer, "spec.v2"},
		{"a spec with an unknown member", member, rollout.ErrInvalid, "colour"},
		{"a grant that was changed", grant(changed, "h1", now), fettle.ErrUntrusted, ""},
		{"a grant by another key", grant(sealed(t, rollout.GrantType, payloadOf(t, fullGrant()), "mallory"), "h1", now), fettle.ErrUntrusted, ""},
		{"a report as a grant", grant(sealed(t, rollout.ReportType, payloadOf(t, fullReport()), "region"), "h1", now), fettle.ErrUntrusted, "payload type"},
		{"a grant for another host", grant(sealed(t, rollout.GrantType, payloadOf(t, fullGrant()), "region"), "h2", now), rollout.ErrMisdirected, `"h1"`},
		{"a grant of another region", grant(sealed(t, rollout.GrantType, grantOf(func(g *rollout.Grant) { g.Region = "apac" }), "region"), "h1", now), rollout.ErrMisdirected, "apac"},
		{"a grant too late", grant(sealed(t, rollout.GrantType, payloadOf(t, fullGrant()), "region"), "h1", at("2026-12-02T00:00:00Z")), rollout.ErrExpired, "2026-12-02"},
		{"a grant of nothing", grant(sealed(t, rollout.GrantType, grantOf(func(g *rollout.Grant) { g.Items = nil }), "region"), "h1", now), rollout.ErrInvalid, "items"},
		{"a grant of two for one", grant(sealed(t, rollout.GrantType, grantOf(func(g *rollout.Grant) { g.Items = append(g.Items, g.Items[0]) }), "region"), "h1", now), rollout.ErrInvalid, "items[1].rollout"},
		{"a grant that ends before it starts", grant(sealed(t, rollout.GrantType, grantOf(func(g *rollout.Grant) { g.EndBy = g.Issued }), "region"), "h1", now), rollout.ErrInvalid, "endBy"},
		{"a report by another host's key", report(sealed(t, rollout.ReportType, payloadOf(t, fullReport()), "h2")), fettle.ErrUntrusted, `"h1"`},
		{"a report of a host that nobody enrolled", report(sealed(t, rollout.ReportType, reportOf(func(r *rollout.Report) { r.Host = "h3" }), "h3")), fettle.ErrUntrusted, `no key is enrolled for host "h3"`},
		{"a report to another region", report(sealed(t, rollout.ReportType, reportOf(func(r *rollout.Report) { r.Region = "apac" }), "h1")), rollout.ErrMisdirected, "apac"},
		{"a report without a number", report(sealed(t, rollout.ReportType, reportOf(func(r *rollout.Report) { r.Seq = 0 }), "h1")), rollout.ErrInvalid, "seq"},
		{"a report with a number that not every reader keeps", report(sealed(t, rollout.ReportType, reportOf(func(r *rollout.Report) { r.Seq = 1 << 53 }), "h1")), rollout.ErrInvalid, "9007199254740991"},
		{"a report with a result twice", report(sealed(t, rollout.ReportType, reportOf(func(r *rollout.Report) { r.Results = append(r.Results, r.Results[0]) }), "h1")), rollout.ErrInvalid, "results[1].rollout"},
		{"a report that is none", report(sealed(t, rollout.ReportType, []byte(`{"host":"h1"`), "h1")), rollout.ErrInvalid, "not JSON"},
		{"a report of the next form", report(sealed(t, "application/vnd.fettle.report.v2+json", []byte(`{}`), "h1")), rollout.ErrNewer, ""},
		{"an older policy", policy(sealed(t, rollout.PolicySetType, payloadOf(t, set), "ann", "bob"), 8, now), rollout.ErrStale, "epoch 7, 8 was taken"},
		{"a policy past its time", policy(sealed(t, rollout.PolicySetType, payloadOf(t, set), "ann", "bob"), 7, set.Expires), rollout.ErrExpired, ""},
		{"a policy that one has signed", policy(sealed(t, rollout.PolicySetType, payloadOf(t, set), "ann"), 7, now), fettle.ErrUntrusted, ""},
		{"a site's policy by another site", site(sealed(t, rollout.SitePolicyType, payloadOf(t, fullSitePolicy()), "paris"), 2), fettle.ErrUntrusted, `"london"`},
		{"a policy of a site that nobody named", site(sealed(t, rollout.SitePolicyType, siteOf(func(p *rollout.SitePolicy) { p.Site = "paris" }), "paris"), 2), fettle.ErrUntrusted, `no site "paris"`},
		{"an older site's policy", site(sealed(t, rollout.SitePolicyType, payloadOf(t, fullSitePolicy()), "london"), 3), rollout.ErrStale, ""},
		{"a site's policy with a global layer", site(sealed(t, rollout.SitePolicyType, siteOf(func(p *rollout.SitePolicy) {
			p.Layers[0] = json.RawMessage(`{"version":1,"level":"global","name":"x"}`)
		}), "london"), 2), rollout.ErrInvalid, "layers[0].level"},
		{"a site's policy with a lock", site(sealed(t, rollout.SitePolicyType, siteOf(func(p *rollout.SitePolicy) {
			p.Layers[0] = json.RawMessage(`{"version":1,"level":"site","name":"x","locks":{"rules":"locked"}}`)
		}), "london"), 2), rollout.ErrInvalid, "layers[0].locks"},
		{"a layer with an unknown field", site(sealed(t, rollout.SitePolicyType, siteOf(func(p *rollout.SitePolicy) {
			p.Layers[0] = json.RawMessage(`{"version":1,"level":"site","name":"x","rules":{"all":{"hrad":"7d"}}}`)
		}), "london"), 2), rollout.ErrInvalid, "did you mean hard"},
		{"an enrolment past its time", enrolment(sealed(t, rollout.EnrolmentType, payloadOf(t, fullEnrolment()), "ca"), at("2027-11-01T00:00:00Z")), rollout.ErrExpired, ""},
		{"an enrolment by a host", enrolment(sealed(t, rollout.EnrolmentType, payloadOf(t, fullEnrolment()), "h1"), now), fettle.ErrUntrusted, ""},
	} {
		if !errors.Is(c.err, c.want) || !strings.Contains(c.err.Error(), c.word) {
			t.Errorf("%s: %v, want %v with %q", c.name, c.err, c.want, c.word)
		} else {
			t.Logf("%s: %v", c.name, c.err)
		}
	}
}

func openSpec(e fettle.Envelope) (*rollout.Spec, error) {
	s, _, err := rollout.OpenSpec(e, trust(2, "ann", "bob", "eve"))
	return s, err
}

func TestSealRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, g, r, p, n := fullSpec(), fullGrant(), fullReport(), fullPolicySet(), fullEnrolment()
	s.Salt, g.Epoch, r.Boot, n.Key = "", 0, "", n.Key[1:]
	p.Sites[0].Hosts = []schedule.Selector{"london"}
	site := fullSitePolicy()
	site.Layers = append(site.Layers, json.RawMessage(`{}`))
	key := signer(t, "ann")
	_, spec := rollout.SealSpec(s, key)
	_, grant := rollout.SealGrant(g, key)
	_, report := rollout.SealReport(r, key)
	_, policy := rollout.SealPolicySet(p, key)
	_, narrower := rollout.SealSitePolicy(site, key)
	_, enrolment := rollout.SealEnrolment(n, key)
	for want, err := range map[string]error{
		"salt": spec, "epoch": grant, "boot": report, "sites[0].hosts[0]": policy, "layers[1].version": narrower, "key": enrolment,
	} {
		if !errors.Is(err, rollout.ErrInvalid) || !strings.Contains(err.Error(), want+":") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := rollout.SealSpec(fullSpec()); err == nil {
		t.Error("sealed by nobody")
	}
}

// TestFurtherSignaturesKeepTheDigest: approvals are bound to it.
func TestFurtherSignaturesKeepTheDigest(t *testing.T) {
	t.Parallel()
	one, err := rollout.SealSpec(fullSpec(), signer(t, "ann"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := fettle.Seal(one.PayloadType, one.Payload, signer(t, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	both := one
	both.Signatures = append(both.Signatures, two.Signatures...)
	_, d, err := rollout.OpenSpec(both, trust(2, "ann", "bob", "eve"))
	if err != nil || d != fettle.DigestOf(one.Payload) {
		t.Errorf("%s %v", d, err)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	r := fullReport()
	r.Results = nil
	for i := range 65 {
		r.Results = append(r.Results, rollout.Result{Rollout: rollout.ID(strings.Repeat("a", i+1)), Outcome: rollout.Verified})
	}
	_, err := rollout.OpenReport(sealed(t, rollout.ReportType, payloadOf(t, r), "h1"), "emea", hostKeys)
	if !errors.Is(err, rollout.ErrInvalid) || !strings.Contains(err.Error(), "results") {
		t.Errorf("%v", err)
	}
	large := []byte(`{"host":"` + strings.Repeat("h", 1<<20) + `"}`)
	if _, err := rollout.OpenReport(sealed(t, rollout.ReportType, large, "h1"), "emea", hostKeys); err == nil || !strings.Contains(err.Error(), "want at most") {
		t.Errorf("%v", err)
	}
	deep := []byte(`{"host":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`)
	if _, err := rollout.ParseAsk(deep); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Errorf("%v", err)
	}
	if _, err := rollout.ParseAsk([]byte(`{"host":"h1","ops":["a","a"]}`)); err == nil || !strings.Contains(err.Error(), "ops[1]") {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "null", "[]", "{}", `{"host":"h"} x`, `{"host":"h","host":"i"}`, "{\"host\":\"\xff\"}"} {
		if _, err := rollout.ParseAsk([]byte(bad)); !errors.Is(err, rollout.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzTexts: what people write is refused or can be written and read again.
func FuzzTexts(f *testing.F) {
	for _, v := range []any{fullSpec(), region(), fullAsk(), fullAck()} {
		f.Add(payloadOf(f, v))
	}
	f.Add([]byte(`{"id":"a","target":"label.role = web"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := rollout.ParseSpec("f", data); err == nil {
			_ = s.Validate(nil)
			again, err := rollout.ParseSpec("f", payloadOf(t, s))
			if err == nil && string(payloadOf(t, again)) != string(payloadOf(t, s)) {
				t.Fatalf("%s", payloadOf(t, s))
			}
			// A list that is missing in Go is null in JSON, which a reader refuses: only
			// what Validate refuses, too, may lack one.
			if err != nil && s.Validate(nil).Err() == nil {
				t.Fatalf("%s: %v", payloadOf(t, s), err)
			}
		}
		if c, err := rollout.ParseConfig("f", data); err == nil {
			_ = c.Validate()
		}
		if m, err := rollout.ParseTemplate("f", data); err == nil {
			_ = m.Validate(nil)
		}
		_, _ = rollout.ParseAsk(data)
		_, _ = rollout.ParseOffer(data)
		_, _ = rollout.ParseAck(data)
	})
}

// FuzzMessages: what comes from outside is refused or can be written and read
// again; nothing panics. The seals are made right, so that the readers behind
// them are reached.
func FuzzMessages(f *testing.F) {
	for i, v := range []any{fullSpec(), fullGrant(), fullReport(), fullPolicySet(), fullSitePolicy(), fullEnrolment()} {
		f.Add(uint8(i), payloadOf(f, v))
	}
	now := at("2026-12-01T12:00:00Z")
	set := fullPolicySet()
	open := []func(t *testing.T, data []byte) error{
		func(t *testing.T, data []byte) error {
			t.Helper()
			_, _, err := rollout.OpenSpec(sealed(t, rollout.SpecType, data, "ann"), trust(1, "ann"))
			return err
		},
		func(t *testing.T, data []byte) error {
			t.Helper()
			g, err := rollout.OpenGrant(sealed(t, rollout.GrantType, data, "region"), trust(1, "region"), "emea", "h1", now)
			if err == nil {
				_, err = rollout.SealGrant(g, signer(t, "region"))
				return fail(t, err)
			}
			return err
		},
		func(t *testing.T, data []byte) error {
			t.Helper()
			r, err := rollout.OpenReport(sealed(t, rollout.ReportType, data, "h1"), "emea", hostKeys)
			if err == nil {
				_, err = rollout.SealReport(r, signer(t, "h1"))
				return fail(t, err)
			}
			return err
		},
		func(t *testing.T, data []byte) error {
			t.Helper()
			p, err := rollout.OpenPolicySet(sealed(t, rollout.PolicySetType, data, "ann"), trust(1, "ann"), "emea", 0, now)
			if err == nil {
				_, _ = p.For(london(), []*rollout.SitePolicy{fullSitePolicy()}, time.LoadLocation, nil)
			}
			return err
		},
		func(t *testing.T, data []byte) error {
			t.Helper()
			p, err := rollout.OpenSitePolicy(sealed(t, rollout.SitePolicyType, data, "london"), set, 0, now)
			if err == nil {
				_, _ = set.For(london(), []*rollout.SitePolicy{p}, time.LoadLocation, nil)
			}
			return err
		},
		func(t *testing.T, data []byte) error {
			t.Helper()
			_, err := rollout.OpenEnrolment(sealed(t, rollout.EnrolmentType, data, "ca"), trust(1, "ca"), "emea", now)
			return err
		},
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		err := open[int(kind)%len(open)](t, data)
		if err == nil {
			return
		}
		for _, known := range []error{rollout.ErrInvalid, rollout.ErrExpired, rollout.ErrStale, rollout.ErrMisdirected, fettle.ErrUntrusted} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("an error of no kind: %v", err)
	})
}

// fail fails the test for an error: what was opened can be sealed again.
func fail(t *testing.T, err error) error {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return nil
}

// TestEmptyListsTravel: a host that needs nothing says so.
func TestEmptyListsTravel(t *testing.T) {
	t.Parallel()
	r := &rollout.Report{Host: "h1", Region: "emea", Seq: 1, Boot: "b", At: at("2026-12-01T12:00:00Z"), Ready: &rollout.Readiness{}}
	e, err := rollout.SealReport(r, signer(t, "h1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rollout.OpenReport(e, "emea", hostKeys); err != nil || got.Ready == nil || len(got.Ready.Needs) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	p := &rollout.PolicySet{Region: "emea", Epoch: 1, Expires: at("2027-01-01T00:00:00Z")}
	if e, err = rollout.SealPolicySet(p, signer(t, "ann")); err != nil {
		t.Fatal(err)
	}
	if _, err := rollout.OpenPolicySet(e, trust(1, "ann"), "emea", 1, at("2026-12-01T12:00:00Z")); err != nil {
		t.Error(err)
	}
}
