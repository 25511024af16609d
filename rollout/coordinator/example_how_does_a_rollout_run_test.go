package coordinator_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/filejournal"
)

// How does a rollout run? A region in one process: a coordinator with its journal
// in a folder, two people, three hosts. One host is the canary; when its patch is
// verified, the other two follow. The keys are made of names here; a real program
// keeps them where keys are kept.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	roles, err := coordinator.NewRoles(map[string]coordinator.Role{
		"author":   {Actions: []coordinator.Action{coordinator.ActPropose, coordinator.ActJoin}},
		"approver": {Actions: []coordinator.Action{coordinator.ActApprove}},
	}, map[string][]string{"ann": {"author"}, "bob": {"approver"}})
	check(err)
	region := coordinator.Region{
		Config: rollout.Config{
			Region: "lab", ClockMargin: rollout.Duration(time.Minute), PollEvery: rollout.Duration(15 * time.Minute),
		},
		Holder: "coordinator-1",
		Signer: must(fettle.NewSigner(key("region"))),
		Specs:  trust("ann"),
		Hosts:  hostKeys,
	}
	payload := []byte("the package")
	content := new(coordinator.ContentMemory)
	check(content.Put(ctx, fettle.DigestOf(payload), payload))
	dir := must(os.MkdirTemp("", "region"))
	defer os.RemoveAll(dir)
	journal := must(filejournal.Open(dir, nil))
	c := must(coordinator.New(journal, region, &coordinator.Options{Authorizer: roles, Content: content}))
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()

	// Ann writes a spec, signs and proposes it, and tells of the hosts.
	none := 0
	s := &rollout.Spec{
		ID:      "openssl-2026-11",
		Patches: []rollout.PatchRef{{ID: "DSA-5764-1", Payloads: []fettle.Digest{fettle.DigestOf(payload)}}},
		Catalog: rollout.CatalogRef{Revision: 1, Digest: fettle.DigestOf([]byte("the catalogue"))},
		Target:  applicability.MustParse("label.role = web"),
		Rings: []rollout.Ring{
			{Name: "canary", Count: 1, Gates: []rollout.Gate{{Raw: &rollout.RawGate{Count: &none}}}},
			{Name: "rest", Rest: true, Gates: []rollout.Gate{{Raw: &rollout.RawGate{Count: &none}}}},
		},
		Approval: rollout.Approval{Need: 1},
		Mode:     rollout.Act,
		Silence:  rollout.Duration(2 * time.Hour),
		Grant:    rollout.Duration(time.Hour),
		Run:      rollout.Duration(time.Hour),
		Salt:     "2026-11",
	}
	sealed := must(rollout.SealSpec(s, must(fettle.NewSigner(key("ann")))))
	must(c.Propose(ctx, "ann", sealed))
	names := []fettle.HostID{"web-1", "web-2", "web-3"}
	told := must(c.Enlist(ctx, "ann", func(yield func(inventory.Record, error) bool) {
		for _, name := range names {
			host := inventory.Host{ID: name, Site: "london", Labels: map[string]string{"role": "web"}}
			if !yield(inventory.Record{Host: host}, nil) {
				return
			}
		}
	}))
	fmt.Println(told.Hosts, "hosts,", told.Members, "members")

	// Ann may not approve it; Bob does, for this digest and no other.
	approve := rollout.Approve{Rollout: s.ID, Digest: fettle.DigestOf(sealed.Payload)}
	_, err = c.Submit(ctx, "ann", approve)
	fmt.Println(err)
	must(c.Submit(ctx, "bob", approve))

	// Hosts poll. What is due for them they do, once they have a grant for it.
	for round := 1; round <= 2; round++ {
		var due []fettle.HostID
		for _, name := range names {
			if offer := must(c.Poll(ctx, []rollout.Ask{{Host: name}}))[0]; len(offer.Due) > 0 {
				due = append(due, name)
			}
		}
		fmt.Printf("round %d: due for %v\n", round, due)
		if round == 1 { // Why does web-2 wait?
			for _, x := range must(c.Explain(ctx, "web-2", time.Now())).Rollouts {
				for _, why := range x.Reasons {
					fmt.Println("web-2 waits:", rollout.ReasonText(why))
				}
			}
		}
		for _, name := range due {
			serve(ctx, c, name)
		}
	}
	p, _, err := c.Progress(ctx, s.ID, time.Now())
	check(err)
	fmt.Println(p.Rollout, p.Phase)
	for _, ring := range p.Rings {
		fmt.Println(ring.Ring, ring.Counts)
	}
	cancel()
	fmt.Println("ended:", <-ended)
	check(journal.Close())

	// The journal is the truth: whoever opens it again knows the same.
	journal = must(filejournal.Open(dir, nil))
	state := &rollout.State{}
	check(rollout.Replay(context.Background(), journal, state))
	p, _ = state.Progress(s.ID, time.Now())
	fmt.Println("after a restart:", p.Rollout, p.Phase)
	check(journal.Close())
	// Output:
	// 3 hosts, 3 members
	// coordinator: not allowed: "ann" may not approve in rollout openssl-2026-11 (no-role-allows-it)
	// round 1: due for [web-1]
	// web-2 waits: its ring rest is not open; the ring canary is
	// web-2 waits: the ring canary waits, raw: waits for the ring's end: 0 of 0 hosts failed so far, the limit is 0; 1 host may still start
	// round 2: due for [web-2 web-3]
	// openssl-2026-11 done
	// canary map[verified:1]
	// rest map[verified:2]
	// ended: <nil>
	// after a restart: openssl-2026-11 done
}

// serve is a host's part: it says that it is ready, takes up the grant, and
// reports what its footprints say after the fact.
func serve(ctx context.Context, u rollout.Upstream, host fettle.HostID) {
	seq := uint64(0)
	say := func(r rollout.Report) {
		seq++
		r.Host, r.Region, r.Seq, r.Boot, r.At = host, "lab", seq, "boot-1", time.Now()
		sealed := must(rollout.SealReport(&r, must(fettle.NewSigner(key(string(host))))))
		for _, ack := range must(u.Report(ctx, []fettle.Envelope{sealed})) {
			if !ack.Taken {
				fmt.Println(host, "was refused:", ack.Reasons)
			}
		}
	}
	say(rollout.Report{Ready: &rollout.Readiness{Needs: []fettle.PatchID{"DSA-5764-1"}}})
	offer := must(u.Poll(ctx, []rollout.Ask{{Host: host}}))[0]
	for _, sealed := range offer.Sealed {
		g := must(rollout.OpenGrant(sealed, trust("region"), "lab", host, time.Now()))
		for _, item := range g.Items {
			say(rollout.Report{Results: []rollout.Result{{Rollout: item.Rollout, Op: g.Op, Outcome: rollout.Accepted}}})
			// Here the installer runs, and a restart if there has to be one.
			var planes []rollout.PatchState
			for _, patch := range item.Patches {
				planes = append(planes, rollout.PatchState{
					Patch: patch.ID, Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes,
				})
			}
			say(rollout.Report{Results: []rollout.Result{{
				Rollout: item.Rollout, Op: g.Op, Outcome: rollout.Verified, Patches: planes,
			}}})
		}
	}
}

// key is the key of somebody by name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) ed25519.PublicKey { return key(name).Public().(ed25519.PublicKey) }

// trust wants the signatures of all who are named.
func trust(names ...string) fettle.Trust {
	t := fettle.Trust{Threshold: len(names)}
	for _, name := range names {
		t.Keys = append(t.Keys, public(name))
	}
	return t
}

// hostKeys enrols every host whose name does not begin with "unknown".
func hostKeys(host fettle.HostID) (ed25519.PublicKey, bool) {
	if strings.HasPrefix(string(host), "unknown") {
		return nil, false
	}
	return public(string(host)), true
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}
