package schedule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// ssvcRows is the decision table "Deployer Patch Application Priority" v1.0.0 of
// CERT/CC (SSVC repository, data/csv/ssvc/deployer_patch_application_priority_1_0_0.csv,
// read 2026-11-22): for each exploitation, exposure and automatable the outcomes
// for low, medium, high and very high human impact.
const ssvcRows = `
none small no: defer defer scheduled scheduled
none small yes: defer scheduled scheduled scheduled
none controlled no: defer scheduled scheduled scheduled
none controlled yes: scheduled scheduled scheduled scheduled
none open no: defer scheduled scheduled scheduled
none open yes: scheduled scheduled scheduled out-of-cycle
public-poc small no: defer scheduled scheduled scheduled
public-poc small yes: scheduled scheduled scheduled scheduled
public-poc controlled no: defer scheduled scheduled scheduled
public-poc controlled yes: scheduled scheduled scheduled out-of-cycle
public-poc open no: scheduled scheduled scheduled out-of-cycle
public-poc open yes: scheduled scheduled out-of-cycle out-of-cycle
active small no: scheduled scheduled out-of-cycle out-of-cycle
active small yes: scheduled out-of-cycle out-of-cycle out-of-cycle
active controlled no: scheduled scheduled out-of-cycle out-of-cycle
active controlled yes: out-of-cycle out-of-cycle out-of-cycle out-of-cycle
active open no: scheduled out-of-cycle out-of-cycle immediate
active open yes: out-of-cycle out-of-cycle immediate immediate`

func TestDeployerTreeIsThePublishedOne(t *testing.T) {
	t.Parallel()
	read := func(v interface{ UnmarshalText([]byte) error }, text string) {
		if err := v.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	rows := 0
	for line := range strings.SplitSeq(strings.TrimSpace(ssvcRows), "\n") {
		points, outcomes, _ := strings.Cut(line, ": ")
		var f schedule.Facts
		part := strings.Fields(points)
		read(&f.Exploit, part[0])
		read(&f.Exposure, part[1])
		read(&f.Automatable, part[2])
		for i, word := range strings.Fields(outcomes) {
			var want schedule.Urgency
			read(&want, word)
			f.Impact = schedule.Impact(i + 1)
			got := schedule.DeployerTree(f)
			if got.Urgency != want || len(got.Missing) != 0 || got.Reasons[0].Args["impact"] != f.Impact.String() {
				t.Errorf("%s, %s: got %+v, want %s", points, f.Impact, got, want)
			}
			rows++
		}
	}
	if rows != 72 {
		t.Errorf("%d rows, the published table has 72", rows)
	}
}

// TestIgnoranceNeverMakesAPatchLessUrgent compares every set of facts with each
// way of knowing less.
func TestIgnoranceNeverMakesAPatchLessUrgent(t *testing.T) {
	t.Parallel()
	common := schedule.CommonTriage()
	if err := common.Check(); err != nil {
		t.Fatal(err)
	}
	assess := func(f schedule.Facts) []schedule.Assessment {
		return []schedule.Assessment{schedule.DeployerTree(f), common.Assess(f)}
	}
	cases := 0
	for kev := range 3 {
		for exploit := range 4 {
			for exposure := range 4 {
				for automatable := range 3 {
					for impact := range 5 {
						for severity := range 6 {
							f := schedule.Facts{
								KEV: fettle.Truth(kev), Exploit: schedule.Exploitation(exploit), Exposure: schedule.Exposure(exposure),
								Automatable: fettle.Truth(automatable), Impact: schedule.Impact(impact), Severity: fettle.Severity(severity),
								Score: schedule.ScoreOf(float64(severity) * 2), EPSS: schedule.ScoreOf(float64(exposure) / 4),
							}
							full := assess(f)
							for _, forget := range []func(*schedule.Facts){
								func(f *schedule.Facts) { f.Exploit = 0 },
								func(f *schedule.Facts) { f.Exposure = 0 },
								func(f *schedule.Facts) { f.Automatable = 0 },
								func(f *schedule.Facts) { f.Impact = 0 },
								func(f *schedule.Facts) { f.Severity, f.Score, f.EPSS = 0, schedule.Score{}, schedule.Score{} },
								func(f *schedule.Facts) {
									if f.KEV == fettle.No {
										f.KEV = fettle.Unknown
									}
								},
							} {
								less := f
								forget(&less)
								for i, a := range assess(less) {
									cases++
									if a.Urgency < full[i].Urgency {
										t.Fatalf("%+v is %s, but knowing less (%+v) it is %s", f, full[i].Urgency, less, a.Urgency)
									}
									if a.Urgency > full[i].Urgency && len(a.Missing) == 0 {
										t.Fatalf("%+v: more urgent for want of facts, and none is named", less)
									}
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d comparisons", cases)
}

func TestTriageExplains(t *testing.T) {
	t.Parallel()
	common := schedule.CommonTriage()
	a := common.Assess(schedule.Facts{KEV: fettle.Yes, Exposure: schedule.ExposureSmall})
	if a.Urgency != schedule.UrgencyOutOfCycle || a.Reasons[0].Args["rule"] != "exploited" {
		t.Errorf("exploited on a small exposure: %+v", a)
	}
	a = common.Assess(schedule.Facts{KEV: fettle.Yes})
	if a.Urgency != schedule.UrgencyImmediate || !slices.Equal(a.Missing, []string{"exposure"}) {
		t.Errorf("exploited and exposure unknown: %+v", a)
	}
	bad := schedule.Triage{Rules: []schedule.TriageRule{{}}}
	if found := schedule.FieldErrors(bad.Check()); len(found) != 3 {
		t.Errorf("an empty rule in a set without fallback: %v", found)
	}
}
