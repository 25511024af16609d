package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	roles, err := coordinator.NewRoles(map[string]coordinator.Role{
		"operator": {Actions: []coordinator.Action{coordinator.ActPause, coordinator.ActResume}},
		"weekly":   {Actions: []coordinator.Action{coordinator.ActPropose, coordinator.ActSignal}, Rollouts: []string{"weekly-*"}},
	}, map[string][]string{"ann": {"operator"}, "bob": {"weekly", "operator"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who   string
		what  coordinator.Action
		about rollout.ID
		want  bool
	}{
		{"ann", coordinator.ActPause, "anything", true},
		{"ann", coordinator.ActPause, "", true},
		{"ann", coordinator.ActApprove, "anything", false},
		{"ann", coordinator.ActPropose, "weekly-1", false},
		{"bob", coordinator.ActPropose, "weekly-1", true},
		{"bob", coordinator.ActPropose, "monthly", false},
		{"bob", coordinator.ActSignal, "", false}, // about all rollouts: a pattern allows it for some
		{"bob", coordinator.ActResume, "monthly", true},
		{"eve", coordinator.ActPause, "anything", false},
		{"", coordinator.ActPause, "anything", false},
	} {
		scope := coordinator.Scope{Region: "lab", Rollout: c.about}
		v, err := roles.Allow(t.Context(), c.who, c.what, scope)
		if err != nil || v.Allowed != c.want || v.Reason.Code == "" {
			t.Errorf("%q may %s %q: %+v, %v, want %v", c.who, c.what, c.about, v, err, c.want)
		}
	}
	if v, err := (coordinator.DenyAll{}).Allow(t.Context(), "ann", coordinator.ActPause, coordinator.Scope{}); err != nil || v.Allowed {
		t.Errorf("deny all: %+v, %v", v, err)
	}
	for _, bad := range []struct {
		role    coordinator.Role
		members map[string][]string
	}{
		{coordinator.Role{Actions: []coordinator.Action{"destroy"}}, nil},
		{coordinator.Role{Rollouts: []string{"["}}, nil},
		{coordinator.Role{Rollouts: []string{""}}, nil},
		{coordinator.Role{}, map[string][]string{"ann": {"admin"}}},
	} {
		if _, err := coordinator.NewRoles(map[string]coordinator.Role{"x": bad.role}, bad.members); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

// asked is an Authorizer that remembers what it was asked, and refuses to answer
// if it is told to.
type asked struct {
	all []string
	err error
}

func (a *asked) Allow(_ context.Context, who string, what coordinator.Action, scope coordinator.Scope) (coordinator.Verdict, error) {
	a.all = append(a.all, fmt.Sprintf("%s %s %s/%s", who, what, scope.Region, scope.Rollout))
	return coordinator.Verdict{Allowed: who != "eve", Reason: fettle.Reason{Code: "because"}}, a.err
}

func TestEveryCommandIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := new(asked)
		j := new(memjournal.Journal)
		c := start(t, j, "a", &coordinator.Options{Authorizer: auth})
		synctest.Wait() // it has configured the region and taken over
		for _, k := range []struct {
			command rollout.Command
			want    string // "" if it is not for people
		}{
			{rollout.Configure{Config: region(t, "a").Config}, "configure lab/"},
			{rollout.Approve{Rollout: "r"}, "approve lab/r"},
			{rollout.Pause{Rollout: "r"}, "pause lab/r"},
			{rollout.Resume{Rollout: "r"}, "resume lab/r"},
			{rollout.Abort{Rollout: "r"}, "abort lab/r"},
			{rollout.Retire{Rollout: "r"}, "retire lab/r"},
			{rollout.Join{}, "join lab/"},
			{rollout.Relabel{}, "join lab/"},
			{rollout.Leave{}, "leave lab/"},
			{rollout.Release{}, "release lab/"},
			{rollout.Lift{Block: "b"}, "lift lab/"},
			{rollout.Signal{Name: "s", Rollout: "r"}, "signal lab/r"},
			{rollout.Permit{Rollout: "r"}, "permit lab/r"},
			{rollout.Pool{From: "child"}, "pool lab/"},
			{rollout.Tick{}, ""},
			{rollout.TakeOver{Epoch: 9}, ""},
			{rollout.Start{}, ""},
			{rollout.Reports{}, ""},
			{rollout.Ready{}, ""},
			{nil, ""},
		} {
			auth.all = nil
			_, err := c.Submit(t.Context(), "eve", k.command)
			var denied *coordinator.DeniedError
			switch {
			case k.want == "" && (!errors.Is(err, coordinator.ErrNotForPeople) || auth.all != nil):
				t.Errorf("%T: %v, asked %q", k.command, err, auth.all)
			case k.want != "" && (!errors.As(err, &denied) || !errors.Is(err, coordinator.ErrDenied) || len(auth.all) != 1 || auth.all[0] != "eve "+k.want):
				t.Errorf("%T: %v, asked %q, want %q", k.command, err, auth.all, k.want)
			}
		}
		sealed, err := rollout.SealSpec(spec("r1", fettle.DigestOf(nil)), signer(t, "author"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Propose(t.Context(), "eve", sealed); !errors.Is(err, coordinator.ErrDenied) {
			t.Errorf("propose: %v", err)
		}
		if n := len(entries(t, j)); n != 2 {
			t.Errorf("%d entries, of which nobody was allowed one", n)
		}
		auth.err = errDisk
		if _, err := c.Submit(t.Context(), "ann", rollout.Signal{Name: "s", Value: "v"}); !errors.Is(err, errDisk) {
			t.Errorf("an authorizer that cannot answer: %v", err)
		}
	})
}

// Nobody speaks in another's name.
func TestTheAuthorIsWhoSubmits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		if _, err := c.Submit(t.Context(), "eve", rollout.Signal{Name: "ticket", Value: "open", By: "ann"}); err != nil {
			t.Fatal(err)
		}
		if count(t, j, `"ann"`) != 0 || count(t, j, `"eve"`) != 1 {
			t.Error("eve spoke as ann")
		}
	})
}

func TestProposals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		content := new(coordinator.ContentMemory)
		c := start(t, j, "a", &coordinator.Options{Content: content})
		payload := fettle.DigestOf([]byte("payload"))
		good, err := rollout.SealSpec(spec("r1", payload), signer(t, "author"))
		if err != nil {
			t.Fatal(err)
		}
		forged, err := rollout.SealSpec(spec("r1", payload), signer(t, "eve"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Propose(t.Context(), "ann", forged); !errors.Is(err, fettle.ErrUntrusted) {
			t.Errorf("signed by nobody who may: %v", err)
		}
		if _, err := c.Propose(t.Context(), "ann", good); err != nil {
			t.Fatal(err)
		}
		var illegal *rollout.CommandError
		if _, err := c.Propose(t.Context(), "ann", good); !errors.As(err, &illegal) {
			t.Errorf("the same again: %v", err)
		}
		if _, err := c.Submit(t.Context(), "bob", rollout.Approve{Rollout: "other", Digest: payload}); !errors.As(err, &illegal) {
			t.Errorf("an approval of a rollout that is not there: %v", err)
		}
		other := region(t, "a").Config
		other.Region = "elsewhere"
		if _, err := c.Submit(t.Context(), "ann", rollout.Configure{Config: other}); !errors.Is(err, rollout.ErrMisdirected) {
			t.Errorf("another region's configuration: %v", err)
		}
	})
}

func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.mustSay("one")
		b := start(t, j, "b", &coordinator.Options{Standby: true})
		var seen [2][]string
		ctx, cancel := context.WithCancel(t.Context())
		for i, r := range []*run{c, b} {
			go func() {
				for e, err := range r.Watch(ctx, 1) {
					if err != nil {
						t.Error(err)
						return
					}
					seen[i] = append(seen[i], fmt.Sprint(e.Position))
				}
				seen[i] = append(seen[i], "end")
			}()
		}
		synctest.Wait()
		c.mustSay("two")
		c.mustSay("three")
		synctest.Wait()
		cancel()
		synctest.Wait()
		var want []string
		for _, e := range entries(t, j)[1:] {
			want = append(want, fmt.Sprint(e.Position))
		}
		want = append(want, "end")
		for i := range seen {
			if strings.Join(seen[i], " ") != strings.Join(want, " ") {
				t.Errorf("watcher %d saw %v, want %v", i, seen[i], want)
			}
		}
	})
}

func TestWatchSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.mustSay("one")
		ended := make(chan error, 1)
		go func() {
			for _, err := range c.Watch(t.Context(), 0) {
				if err != nil {
					ended <- err
				}
			}
		}()
		synctest.Wait()
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, coordinator.ErrStopped) {
			t.Errorf("at the end: %v", err)
		}
		if err := j.Save(t.Context(), rollout.Checkpoint{At: 2, State: []byte("x")}, 2); err != nil {
			t.Fatal(err)
		}
		for _, err := range c.Watch(t.Context(), 0) {
			if !errors.Is(err, rollout.ErrCompacted) {
				t.Errorf("from what is forgotten: %v", err)
			}
		}
	})
}

func TestPreview(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", nil)
		s := spec("r1", fettle.DigestOf(nil))
		s.Rings = append([]rollout.Ring{{Name: "canary", Count: 1}}, s.Rings...)
		s.Coverage = []string{"site"}
		p, err := c.Preview(t.Context(), s, hosts("web-1", "web-2", "web-3"))
		if err != nil || p.Hosts != 3 || len(p.Rings) != 2 || p.Rings[0].Hosts != 1 || p.Rings[1].Hosts != 2 ||
			p.Coverage == nil || p.Coverage.Mixes != 1 || p.Coverage.CoveredHosts != 3 {
			t.Errorf("%+v, %+v, %v", p, p.Coverage, err)
		}
		_, err = c.Preview(t.Context(), s, func(yield func(inventory.Record, error) bool) { yield(inventory.Record{}, errDisk) })
		if !errors.Is(err, errDisk) {
			t.Errorf("hosts that cannot be read: %v", err)
		}
	})
}
