package coordinator_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
)

func TestContent(t *testing.T) {
	t.Parallel()
	folder, err := coordinator.OpenContentFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, c := range map[string]coordinator.Content{"memory": new(coordinator.ContentMemory), "folder": folder} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, data := t.Context(), []byte("a payload")
			digest := fettle.DigestOf(data)
			if _, err := c.Open(ctx, digest, 0); !errors.Is(err, rollout.ErrNoContent) {
				t.Errorf("before: %v", err)
			}
			for range 2 {
				if err := c.Put(ctx, digest, data); err != nil {
					t.Fatal(err)
				}
			}
			data[0] = 'X'
			for offset, want := range map[int64]string{0: "a payload", 2: "payload", 9: ""} {
				r, err := c.Open(ctx, digest, offset)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err != nil || string(got) != want || r.Close() != nil {
					t.Errorf("from %d: %q, %v", offset, got, err)
				}
			}
			for _, offset := range []int64{-1, 10} {
				if _, err := c.Open(ctx, digest, offset); !errors.Is(err, rollout.ErrRefused) {
					t.Errorf("from %d: %v", offset, err)
				}
			}
			if name == "folder" && c.Put(ctx, "../x", nil) == nil {
				t.Error("a file outside of the folder: no error")
			}
			for _, bad := range []fettle.Digest{"", "../x", "sha256:../../etc/passwd", "sha256:ABCD"} {
				if _, err := c.Open(ctx, bad, 0); !errors.Is(err, rollout.ErrNoContent) {
					t.Errorf("%q: %v", bad, err)
				}
			}
			done, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := c.Open(done, digest, 0); !errors.Is(err, context.Canceled) {
				t.Errorf("with a context that is done: %v", err)
			}
			if err := c.Put(done, digest, data); !errors.Is(err, context.Canceled) {
				t.Errorf("with a context that is done: %v", err)
			}
		})
	}
}

func TestEnrolments(t *testing.T) {
	t.Parallel()
	held := coordinator.NewEnrolments("lab", trust("authority"))
	now := time.Now()
	enrol := func(host fettle.HostID, name string, issued time.Time, expires time.Time) error {
		t.Helper()
		e, err := rollout.SealEnrolment(&rollout.Enrolment{
			Host: host, Region: "lab", Key: public(name), Issued: issued, Expires: expires,
		}, signer(t, "authority"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = held.Add(e, now)
		return err
	}
	has := func(host fettle.HostID, name string) {
		t.Helper()
		got, ok := held.HostKey(host)
		if ok != (name != "") || ok && !slices.Equal(got, public(name)) {
			t.Errorf("the key of %s: %v, want that of %q", host, ok, name)
		}
	}
	has("web-1", "")
	if err := enrol("web-1", "one", now.Add(-2*time.Hour), time.Time{}); err != nil {
		t.Fatal(err)
	}
	has("web-1", "one")
	if err := enrol("web-1", "two", now.Add(-time.Hour), time.Time{}); err != nil {
		t.Fatal(err)
	}
	has("web-1", "two")
	if err := enrol("web-1", "one", now.Add(-2*time.Hour), time.Time{}); !errors.Is(err, rollout.ErrStale) {
		t.Errorf("an older one: %v", err)
	}
	has("web-1", "two")
	held.Remove("web-1")
	has("web-1", "")
	if err := enrol("web-1", "two", now.Add(-time.Hour), time.Time{}); !errors.Is(err, rollout.ErrStale) {
		t.Errorf("one that was removed: %v", err)
	}
	if err := enrol("web-1", "three", now, time.Time{}); err != nil {
		t.Fatal(err)
	}
	has("web-1", "three")
	if err := enrol("web-2", "one", now.Add(-2*time.Hour), now.Add(-time.Hour)); !errors.Is(err, rollout.ErrExpired) {
		t.Errorf("one that has expired: %v", err)
	}
	if err := enrol("web-3", "one", now.Add(-2*time.Hour), now.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for deadline := now.Add(2 * time.Millisecond); time.Now().Before(deadline); {
	}
	has("web-3", "")
}

func TestMembers(t *testing.T) {
	t.Parallel()
	s := &rollout.Spec{
		ID: "r1", Target: applicability.MustParse("os.id = debian"), Strata: []string{"model", "os"},
		Rings: []rollout.Ring{
			{Name: "canary", Eligible: applicability.MustParse("not label.role = trading")},
			{Name: "odd", Eligible: applicability.MustParse("fact.free = yes")},
			{Name: "rest"},
		},
	}
	resolver := coordinator.Resolver{
		Config: rollout.Config{Budgets: []rollout.Budget{
			{Name: "all"}, {Name: "sites", Per: "site"}, {Name: "clusters", Per: "label.cluster"}, {Name: "links", Per: "link"},
		}},
		Specs:     []*rollout.Spec{s, {ID: "r2", Target: applicability.MustParse("always"), Rings: []rollout.Ring{{Name: "rest"}}}},
		Ephemeral: func(host fettle.HostID) bool { return host == "pod-1" },
	}
	records := []inventory.Record{
		{
			Host:     inventory.Host{ID: "web-1", Site: "london", Labels: map[string]string{"cluster": "web", "role": "front"}},
			Snapshot: inventory.Snapshot{OS: inventory.OS{ID: "debian", Version: "12"}, Facts: map[string]string{"model": "X1", "free": "yes"}},
		},
		{
			Host:     inventory.Host{ID: "trade-1", Site: "london", Labels: map[string]string{"role": "trading", "link": "lon-3"}},
			Snapshot: inventory.Snapshot{OS: inventory.OS{ID: "debian", Version: "11"}},
		},
		{Host: inventory.Host{ID: "pod-1"}},
		{Host: inventory.Host{ID: "win-1"}, Snapshot: inventory.Snapshot{OS: inventory.OS{Family: "windows", ID: "windows", Version: "10.0"}}},
	}
	var got []coordinator.Resolved
	for m, err := range resolver.Members(func(yield func(inventory.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		yield(inventory.Record{}, errDisk)
	}) {
		if err != nil {
			if !errors.Is(err, errDisk) {
				t.Error(err)
			}
			break
		}
		got = append(got, m)
	}
	second := rollout.Candidate{Rollout: "r2", Eligible: 1}
	want := []coordinator.Resolved{
		{Member: rollout.Member{
			Host: "web-1",
			Keys: []rollout.Key{
				{Dimension: "label.cluster", Value: "web"},
				{Dimension: "link", Value: "london"},
				{Dimension: "model", Value: "X1"},
				{Dimension: "os", Value: "debian 12"},
				{Dimension: "site", Value: "london"},
			},
			Rollouts: []rollout.Candidate{{Rollout: "r1", Eligible: 0b111}, second},
		}},
		{Member: rollout.Member{
			Host: "trade-1",
			Keys: []rollout.Key{
				{Dimension: "link", Value: "lon-3"}, {Dimension: "os", Value: "debian 11"}, {Dimension: "site", Value: "london"},
			},
			Rollouts: []rollout.Candidate{{Rollout: "r1", Eligible: 0b100}, second},
		}},
		{Member: rollout.Member{Host: "pod-1", Ephemeral: true, Rollouts: []rollout.Candidate{second}}, Unknown: []rollout.ID{"r1"}},
		{Member: rollout.Member{
			Host: "win-1", Keys: []rollout.Key{{Dimension: "os", Value: "windows 10.0"}}, Rollouts: []rollout.Candidate{second},
		}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestVars(t *testing.T) {
	t.Parallel()
	v := new(coordinator.Vars)
	v.Appended(3, 7, 1500*time.Microsecond)
	v.Appended(1, 1, 2*time.Millisecond)
	v.Polled(10, 9)
	v.Reported(5, 1)
	v.Failed("append")
	v.Failed("append")
	v.Sunk("hook", 5, 8)
	v.Sunk("hook", 7, 8)
	const want = `{"asks": 10, "batchMicros": 2000, "batches": 2, "calls": 4, "end": 8, "entries": 8, "failed append": 2, ` +
		`"refused": 1, "reports": 5, "sink hook": 1, "unchanged": 9}`
	if got := v.Map.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
