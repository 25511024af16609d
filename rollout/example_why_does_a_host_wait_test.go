package rollout_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
)

// A rollout in two rings: who waits, what for, and until when. State.Take is what
// the coordinator does with every command; here its entries go to no journal.
func ExampleState_Explain() {
	none := 0
	spec := &rollout.Spec{
		ID: "march", Patches: []rollout.PatchRef{{ID: "DSA-1"}}, Catalog: rollout.CatalogRef{Revision: 1, Digest: fettle.DigestOf(nil)},
		Rings: []rollout.Ring{
			{Name: "canary", Count: 1, Gates: []rollout.Gate{
				{Raw: &rollout.RawGate{Count: &none}}, {Bake: &rollout.BakeGate{For: rollout.Duration(24 * time.Hour)}},
			}},
			{Name: "rest", Rest: true},
		},
		Approval: rollout.Approval{Need: 1}, Mode: rollout.Act, Salt: "5f2c",
		Silence: rollout.Duration(8 * time.Hour), Grant: rollout.Duration(24 * time.Hour), Run: rollout.Duration(2 * time.Hour),
	}
	spec.Target = applicability.MustParse("os.id = debian")
	state, now := &rollout.State{}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	take := func(c rollout.Command) []rollout.Entry {
		entries, reasons, err := state.Take(c, now)
		if err != nil {
			fmt.Println(err)
		}
		for _, r := range reasons {
			fmt.Println(r.Args["host"], rollout.ReasonText(r))
		}
		return entries
	}
	all := []rollout.Candidate{{Rollout: "march", Eligible: ^uint64(0)}}
	ready := rollout.Readiness{Needs: []fettle.PatchID{"DSA-1"}}

	take(rollout.Configure{Config: rollout.Config{Region: "emea", PollEvery: rollout.Duration(time.Hour)}})
	take(rollout.Start{Spec: spec, Digest: fettle.DigestOf([]byte("the signed spec")), By: "paula"})
	take(rollout.Join{Hosts: []rollout.Member{{Host: "web-1", Rollouts: all}, {Host: "web-2", Rollouts: all}}})
	take(rollout.Approve{Rollout: "march", Digest: fettle.DigestOf([]byte("the signed spec")), By: "ann"})
	take(rollout.Ready{Hosts: []rollout.ReadyHost{{Host: "web-1", Readiness: ready}, {Host: "web-2", Readiness: ready}}})

	grant := state.Offer(rollout.Ask{Host: "web-1"}, now).Grants[0]
	well := []rollout.PatchState{{Patch: "DSA-1", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}}
	take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "web-1", Seq: 1, Results: []rollout.Result{
		{Rollout: "march", Op: grant.Op, Outcome: rollout.Verified, Patches: well},
	}}}})
	for _, host := range []fettle.HostID{"web-2", "web-1"} {
		for _, x := range state.Explain(host, now).Rollouts {
			fmt.Printf("%s in %s: %s\n", host, x.Ring, x.Outcome)
			for _, r := range x.Reasons {
				fmt.Println(" ", rollout.ReasonText(r))
			}
		}
	}
	// Output:
	// web-2 its ring rest of march is not open; the ring canary is
	// web-2 in rest: pending
	//   its ring rest is not open; the ring canary is
	//   the ring canary waits, bake: bakes for 1d from 2026-03-02T09:00:00Z to 2026-03-03T09:00:00Z
	// web-1 in canary: verified
	//   verified: installed and in force
}
