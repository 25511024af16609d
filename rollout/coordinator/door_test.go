package coordinator_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// One host's way: it asks, is told what is due, is ready, gets a sealed grant,
// and reports; what it has seen is not told again.
func TestAHostsWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		c.roll("r1", "web-1", "web-2")
		first, err := c.poll(t.Context(), "web-1", 0)
		if err != nil || len(first.Due) != 1 || first.Due[0].Rollout != "r1" || first.Generation == 0 {
			t.Fatalf("first poll: %+v, %v", first, err)
		}
		acks, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-1", 1)})
		if err != nil || len(acks) != 1 || !acks[0].Taken || acks[0].Host != "web-1" || acks[0].Seq != 1 {
			t.Fatalf("ready: %+v, %v", acks, err)
		}
		second, err := c.poll(t.Context(), "web-1", first.Generation)
		if err != nil || second.Unchanged || len(second.Sealed) != 1 {
			t.Fatalf("second poll: %+v, %v", second, err)
		}
		g, err := rollout.OpenGrant(second.Sealed[0], trust("region"), "lab", "web-1", time.Now())
		if err != nil || len(g.Items) != 1 {
			t.Fatalf("grant: %+v, %v", g, err)
		}
		third, err := c.poll(t.Context(), "web-1", second.Generation)
		if err != nil || !third.Unchanged || third.Sealed != nil {
			t.Errorf("third poll: %+v, %v", third, err)
		}
		again, err := c.poll(t.Context(), "web-1", 0)
		if err != nil || len(again.Sealed) != 1 || !bytes.Equal(again.Sealed[0].Payload, second.Sealed[0].Payload) {
			t.Errorf("the same grant, asked again: %+v, %v", again, err)
		}
		acks, err = c.Report(t.Context(), []fettle.Envelope{ready(t, "web-1", 1)})
		if err != nil || !acks[0].Taken {
			t.Errorf("a repetition: %+v, %v", acks, err)
		}
		if other, err := c.poll(t.Context(), "web-2", 0); err != nil || len(other.Sealed) != 0 {
			t.Errorf("another host's poll: %+v, %v", other, err)
		}
	})
}

func TestPollsShowOnlyWhatIsDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.roll("r1", "web-1", "web-2")
		before, err := c.poll(t.Context(), "web-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		other, err := c.poll(t.Context(), "web-2", 0)
		if err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{})
		j.set(func(n int, write func() error) error {
			<-gate
			if n == 1 {
				return errDisk // what was decided is thrown away
			}
			return write()
		}, nil)
		go func() {
			if _, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-1", 1)}); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		// A host that has seen everything is answered while the journal hangs.
		if o, err := c.poll(t.Context(), "web-2", other.Generation); err != nil || !o.Unchanged {
			t.Errorf("a poll without news: %+v, %v", o, err)
		}
		var news rollout.Offer
		answered := false
		go func() {
			var err error
			if news, err = c.poll(t.Context(), "web-1", before.Generation); err != nil {
				t.Error(err)
			}
			answered = true
		}()
		synctest.Wait()
		if answered {
			t.Errorf("an answer before its grant is durable: %+v", news)
		}
		close(gate)
		time.Sleep(time.Second)
		synctest.Wait()
		if answered && news.Unchanged { // it was answered after the failure, before the second try
			if news, err = c.poll(t.Context(), "web-1", before.Generation); err != nil {
				t.Fatal(err)
			}
		}
		if !answered || len(news.Sealed) != 1 || len(news.Grants) != 1 {
			t.Fatalf("answered %v: %+v", answered, news)
		}
		if count(t, j, string(news.Grants[0].Op)) == 0 && j.count() < 2 {
			t.Error("the grant is not in the journal")
		}
	})
}

func TestReportsThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		c.roll("r1", "web-1", "web-2", "web-3", "web-4")
		forged := ready(t, "web-2", 1)
		forged.Signatures[0].Sig[0] ^= 1
		changed := ready(t, "web-2", 1)
		changed.Payload = bytes.Replace(changed.Payload, []byte(`"seq":1`), []byte(`"seq":9`), 1)
		elsewhere := rollout.Report{Host: "web-1", Region: "elsewhere", Seq: 1, Boot: "b", At: time.Now()}
		misdirected, err := rollout.SealReport(&elsewhere, signer(t, "web-1"))
		if err != nil {
			t.Fatal(err)
		}
		newer := ready(t, "web-1", 1)
		newer.PayloadType = "application/vnd.fettle.report.v2+json"
		rubbish, err := fettle.Seal(rollout.ReportType, []byte("{"), signer(t, "web-1"))
		if err != nil {
			t.Fatal(err)
		}
		stolen, err := rollout.SealReport(&rollout.Report{
			Host: "web-3", Region: "lab", Seq: 1, Boot: "b", At: time.Now(),
		}, signer(t, "web-1"))
		if err != nil {
			t.Fatal(err)
		}
		late := report(t, rollout.Report{
			Host: "web-4", Seq: 1, At: time.Now().Add(-3 * time.Hour), Ready: &rollout.Readiness{Needs: []fettle.PatchID{"DSA-1"}},
		})
		cases := []struct {
			name   string
			report fettle.Envelope
			taken  bool
			code   string
		}{
			{"nothing", fettle.Envelope{}, false, rollout.ReasonUnreadable},
			{"a good one", ready(t, "web-1", 1), true, ""},
			{"another signature", forged, false, rollout.ReasonUntrusted},
			{"a changed payload", changed, false, rollout.ReasonUntrusted},
			{"another host's key", stolen, false, rollout.ReasonUntrusted},
			{"a host that is not enrolled", ready(t, "unknown-1", 1), false, rollout.ReasonUntrusted},
			{"for another region", misdirected, false, coordinator.ReasonMisdirected},
			{"of a newer form", newer, false, coordinator.ReasonNewer},
			{"rubbish under a good seal", rubbish, false, rollout.ReasonUnreadable},
			{"a clock that is hours behind", late, true, coordinator.ReasonClock},
			{"the same host once more", ready(t, "web-1", 2), true, ""},
		}
		var all []fettle.Envelope
		for _, k := range cases {
			all = append(all, k.report)
		}
		acks, err := c.Report(t.Context(), all)
		if err != nil || len(acks) != len(cases) {
			t.Fatalf("%d acks for %d reports: %v", len(acks), len(cases), err)
		}
		for i, k := range cases {
			if acks[i].Taken != k.taken || k.code != "" && !hasCode(acks[i].Reasons, k.code) {
				t.Errorf("%s: %+v, want taken %v and %q", k.name, acks[i], k.taken, k.code)
			}
		}
	})
}

func hasCode(reasons []fettle.Reason, code string) bool {
	for _, r := range reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}

func TestAHostThatTheRegionDoesNotKnow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		c.roll("r1", "web-1")
		acks, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-9", 1), ready(t, "web-1", 1)})
		if err != nil || acks[0].Taken || len(acks[0].Reasons) == 0 || acks[0].Host != "web-9" || !acks[1].Taken || len(acks[1].Reasons) != 0 {
			t.Errorf("acks %+v, %v", acks, err)
		}
		if o, err := c.poll(t.Context(), "web-9", 0); err != nil || len(o.Reasons) == 0 {
			t.Errorf("its poll: %+v, %v", o, err)
		}
	})
}

func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		if _, err := c.Poll(t.Context(), make([]rollout.Ask, rollout.MaxAsks+1)); !errors.Is(err, rollout.ErrRefused) {
			t.Errorf("polls: %v", err)
		}
		if _, err := c.Report(t.Context(), make([]fettle.Envelope, rollout.MaxAsks+1)); !errors.Is(err, rollout.ErrRefused) {
			t.Errorf("reports: %v", err)
		}
		if o, err := c.Poll(t.Context(), nil); err != nil || len(o) != 0 {
			t.Errorf("no asks: %v, %v", o, err)
		}
		if a, err := c.Report(t.Context(), nil); err != nil || len(a) != 0 {
			t.Errorf("no reports: %v, %v", a, err)
		}
	})
}

// Many hosts report at one time, while others poll and people ask how it stands:
// every report is acknowledged, and is in the journal.
func TestManyReportsAtOneTime(t *testing.T) {
	t.Parallel()
	const calls, each = 20, 13
	j := new(memjournal.Journal)
	c := start(t, j, "a", nil)
	var names []string
	for i := range calls * each {
		names = append(names, fmt.Sprintf("host-%03d", i))
	}
	c.roll("r1", names...)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			var sealed []fettle.Envelope
			for _, name := range names[i*each : (i+1)*each] {
				sealed = append(sealed, ready(t, fettle.HostID(name), 1))
			}
			acks, err := c.Report(t.Context(), sealed)
			if err != nil {
				t.Error(err)
			}
			for k, ack := range acks {
				if !ack.Taken || string(ack.Host) != names[i*each+k] {
					t.Errorf("call %d, ack %d: %+v", i, k, ack)
				}
			}
		})
		all.Go(func() {
			for _, name := range names[i*each : (i+1)*each] {
				if _, err := c.poll(t.Context(), fettle.HostID(name), 0); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			name, now := fettle.HostID(names[i*each]), time.Now()
			if e, err := c.Explain(t.Context(), name, now); err != nil || !e.Known {
				t.Errorf("%+v, %v", e, err)
			}
			if p, ok, err := c.Progress(t.Context(), "r1", now); err != nil || !ok || p.Hosts != calls*each {
				t.Errorf("%+v, %v", p, err)
			}
			if _, err := c.Rollouts(t.Context(), now); err != nil {
				t.Error(err)
			}
			if _, err := c.Summary(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, name := range names {
		if o, err := c.poll(t.Context(), fettle.HostID(name), 0); err != nil || len(o.Sealed) != 1 {
			t.Errorf("%s has %d grants: %v", name, len(o.Sealed), err)
		}
	}
}

func TestPoliciesAreAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		c.roll("r1", "web-1")
		o, err := c.poll(t.Context(), "web-1", 0)
		if err != nil || o.Policy != nil {
			t.Errorf("before: %+v, %v", o.Policy, err)
		}
		refs := []rollout.PolicyRef{{Epoch: 3, Digest: fettle.DigestOf([]byte("policy"))}}
		c.Announce(refs)
		refs[0].Epoch = 99
		o, err = c.poll(t.Context(), "web-1", o.Generation)
		if err != nil || !o.Unchanged || len(o.Policy) != 1 || o.Policy[0].Epoch != 3 {
			t.Errorf("after: %+v, %v", o, err)
		}
	})
}

func TestContentOfASignedSpec(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		c.roll("r1", "web-1")
		o, err := c.poll(t.Context(), "web-1", 0)
		if err != nil || len(o.Due) != 1 {
			t.Fatal(o, err)
		}
		r, err := c.Content(t.Context(), o.Due[0].Spec, 0)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || r.Close() != nil {
			t.Fatal(err)
		}
		var e fettle.Envelope
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatal(err)
		}
		if s, digest, err := rollout.OpenSpec(e, trust("author")); err != nil || s.ID != "r1" || digest != o.Due[0].Spec {
			t.Errorf("spec %+v, digest %s: %v", s, digest, err)
		}
		if _, err := c.Content(t.Context(), fettle.DigestOf([]byte("other")), 0); !errors.Is(err, rollout.ErrNoContent) {
			t.Errorf("content that is not there: %v", err)
		}
		if _, err := c.Content(t.Context(), o.Due[0].Spec, -1); !errors.Is(err, rollout.ErrRefused) {
			t.Errorf("a negative offset: %v", err)
		}
		if _, err := c.Content(t.Context(), o.Due[0].Spec, int64(len(data))+1); !errors.Is(err, rollout.ErrRefused) {
			t.Errorf("an offset past the end: %v", err)
		}
	})
}

// A signer that fails: the poll fails, and nothing else does.
type noSigner struct{}

func (noSigner) KeyID() string               { return fettle.KeyID(make(ed25519.PublicKey, ed25519.PublicKeySize)) }
func (noSigner) Sign([]byte) ([]byte, error) { return nil, errDisk }

func TestASignerThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := region(t, "a")
		r.Signer = noSigner{}
		c := startRegion(t, new(memjournal.Journal), r, nil)
		c.roll("r1", "web-1")
		if _, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-1", 1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.poll(t.Context(), "web-1", 0); !errors.Is(err, rollout.ErrUnavailable) || !errors.Is(err, errDisk) {
			t.Errorf("error %v", err)
		}
	})
}
