package schedule_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// bandsAt are the names of what a policy's calendar says at an instant, by kind.
func bandsAt(p *schedule.Policy, at time.Time) map[schedule.BandKind][]string {
	out := map[schedule.BandKind][]string{}
	for _, b := range p.Bands(at, at.Add(time.Second)) {
		if len(b.Spans) > 0 {
			out[b.Kind] = append(out[b.Kind], b.Name)
		}
	}
	return out
}

func gives(v schedule.Verdict, codes ...string) bool {
	return slices.ContainsFunc(v.Reasons, func(r fettle.Reason) bool { return slices.Contains(codes, r.Code) })
}

// TestNothingPassesWhatNothingMayPass asks random policies at random instants,
// and holds each answer against the calendar and the inputs themselves.
func TestNothingPassesWhatNothingMayPass(t *testing.T) {
	t.Parallel()
	acted := map[schedule.Action]int{}
	for seed := range 400 {
		r := rand.New(rand.NewPCG(uint64(seed), 77))
		p := randomPolicy(t, r)
		for range 40 {
			now := time.Date(2026, 3, 20+r.IntN(14), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			s := randomSituation(r, now)
			if r.IntN(10) == 0 {
				s.State.Clock = fettle.Truth(r.IntN(3))
			}
			d, err := p.Decide(s.State, s.Items, schedule.Ledger{}, now)
			if err != nil {
				t.Fatal(err)
			}
			calendar := bandsAt(p, now)
			for i, v := range d.Verdicts {
				acted[v.Action]++
				var it *schedule.Item
				if v.Patch != "" {
					it = &s.Items[i]
				}
				if broken := brokenRule(&s, it, v, calendar, now); broken != "" {
					t.Fatalf("seed %d at %s: %s\n%s\nitem %+v\ncalendar %v", seed, now, broken, describe(&d), it, calendar)
				}
			}
			if s.State.Clock != fettle.Yes && d.Action > schedule.Wait {
				t.Fatalf("seed %d: an untrusted clock lets it %s", seed, d.Action)
			}
		}
	}
	for _, a := range []schedule.Action{schedule.Download, schedule.Offer, schedule.RestartHost, schedule.InstallPatches} {
		if acted[a] < 50 {
			t.Errorf("%s in %d verdicts only: the random inputs test too little", a, acted[a])
		}
	}
}

// brokenRule names what a verdict passes and must not, or returns "".
func brokenRule(s *schedule.Situation, it *schedule.Item, v schedule.Verdict, calendar map[schedule.BandKind][]string, now time.Time) string {
	if v.Action <= schedule.Wait {
		return ""
	}
	freezes, windows := calendar[schedule.BandFreeze], append(calendar[schedule.BandMandatory], calendar[schedule.BandOptional]...)
	overridden := gives(v, schedule.ReasonOverride) && len(calendar[schedule.BandOverride]) > 0
	inWindow := gives(v, schedule.ReasonCatchUp) || slices.ContainsFunc(v.Reasons, func(r fettle.Reason) bool {
		name := r.Args["window"]
		return r.Code == schedule.ReasonWindow && (slices.Contains(windows, name) || name == schedule.AlwaysOpen || name == "logon" || name == "b")
	})
	switch {
	case len(calendar[schedule.BandHostFreeze]) > 0 || s.State.Frozen != "":
		return "a host freeze"
	case it == nil && slices.Contains(freezes, "g") && !overridden:
		return "a restart freeze"
	case it == nil && (!inWindow || gives(v, schedule.ReasonCatchUp)) && !overridden:
		return "the restart windows"
	case it == nil:
		return ""
	case it.Halted || it.Ring != fettle.Yes || it.Grant != fettle.Yes:
		return "permission"
	case !it.StartBy.IsZero() && !now.Before(it.StartBy):
		return "the grant's end"
	case overridden:
		return ""
	case v.Action == schedule.Download && slices.Contains(freezes, "g"):
		return "a download freeze"
	case v.Action == schedule.Download:
		return ""
	case slices.Contains(freezes, "f") && it.Stage != schedule.StageNeeded:
		return "an install freeze"
	case v.Rule == "one" && it.Stage != schedule.StageNeeded && s.State.Conditions["disk-free"] != fettle.Yes:
		return "a safety condition"
	case !inWindow && it.Stage != schedule.StageNeeded:
		return "the windows"
	case v.Action == schedule.InstallPatches && s.State.User != fettle.No && (v.Hard.IsZero() || now.Before(v.Hard)):
		return "the user's say"
	case v.Action == schedule.InstallPatches && s.State.Network == "cafe":
		return "the network"
	}
	return ""
}
