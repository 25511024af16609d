package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// boots is a host that says that it is ready, with one boot id after the other.
func (r *oneHost) boots(ids ...string) []fettle.Reason {
	r.t.Helper()
	var reasons []fettle.Reason
	for _, boot := range ids {
		reasons = r.take(rollout.Ready{Hosts: []rollout.ReadyHost{{
			Host: "h", Boot: boot, Readiness: rollout.Readiness{Needs: []fettle.PatchID{"P"}},
		}}})
	}
	return reasons
}

// Two machines with one identity are told by two boot ids that alternate. Nobody
// knows which of them would do what: the identity gets nothing until people have
// looked and released it, with a clean slate.
func TestTwoMachinesWithOneIdentity(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", "")
	require.Empty(t, r.boots("one"))
	r.now = r.now.Add(4 * time.Hour) // the grant lapses
	r.take(rollout.Tick{})
	require.Empty(t, r.boots("two"), "it has restarted")
	require.Len(t, r.s.Offer(rollout.Ask{Host: "h"}, r.now).Grants, 1)

	require.Equal(t, rollout.ReasonClone, r.boots("one")[0].Code)
	head := r.s.Head()
	for _, boot := range []string{"two", "one", "two"} {
		require.Equal(t, rollout.ReasonQuarantined, r.boots(boot)[0].Code)
	}
	require.Equal(t, head, r.s.Head(), "it is named once")
	x := r.s.Explain("h", r.now)
	require.True(t, x.Quarantined)
	require.Equal(t, rollout.ReasonQuarantined, x.Reasons[0].Code)
	o := r.s.Offer(rollout.Ask{Host: "h"}, r.now)
	require.Empty(t, o.Grants, "what was not started is withdrawn")
	require.Equal(t, rollout.ReasonQuarantined, o.Reasons[0].Code)
	r.now = r.now.Add(4 * time.Hour)
	r.take(rollout.Tick{})
	require.Equal(t, rollout.ReasonQuarantined, r.boots("three")[0].Code, "a restart does not release it")

	r.take(rollout.Release{Hosts: []fettle.HostID{"h"}, By: "ann", Why: "the copy has a name of its own"})
	require.False(t, r.s.Explain("h", r.now).Quarantined)
	require.Empty(t, r.boots("one"))
	require.Len(t, r.s.Offer(rollout.Ask{Host: "h"}, r.now).Grants, 1)
}
