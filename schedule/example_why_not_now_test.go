package schedule_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// Why is this patch not installed now, when can it be, and what would change
// that?
func ExamplePolicy_Decide() {
	layer, err := schedule.ParseLayer("servers.json", []byte(`{
	  "version": 1, "level": "group", "name": "servers", "hosts": ["label.role=server"],
	  "windows": {"sunday": "sun 02:30 for 4h local"},
	  "rules": {"security": {"classes": ["security"], "hard": "14d", "windows": ["sunday"]}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	host := schedule.Host{ID: "db1", Zone: "Europe/Berlin", Labels: map[string]string{"role": "server"}}
	policy, err := schedule.Merge([]*schedule.Layer{layer}, host, time.LoadLocation, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	state := schedule.State{Clock: fettle.Yes, User: fettle.No}
	items := []schedule.Item{{
		Patch: "DSA-5678-1", Class: fettle.ClassSecurity, Released: time.Date(2026, 3, 23, 9, 0, 0, 0, time.UTC),
		Stage: schedule.StageDownloaded, Grant: fettle.Yes, Ring: fettle.Yes, InstallTime: 20 * time.Minute,
	}}
	d, err := policy.Decide(state, items, schedule.Ledger{}, time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Action)
	for _, r := range d.Reasons {
		fmt.Println(schedule.ReasonText(r))
	}
	for _, r := range d.Unblock {
		fmt.Println("would change it:", schedule.ReasonText(r))
	}
	// On that Sunday the clocks in Berlin go from 02:00 to 03:00.
	fmt.Println("next:", d.Next.In(time.UTC).Format(time.RFC3339))
	// Output:
	// wait
	// no window is open; sunday is the next, until 2026-03-29T01:30:00Z
	// would change it: an approved override
	// next: 2026-03-29T01:30:00Z
}

// Which layer decided a field, and what did the others say?
func ExamplePolicy_Why() {
	global, _ := schedule.ParseLayer("global.json", []byte(`{"version": 1, "level": "global", "name": "firm",
	  "rules": {"security": {"hard": "14d"}}, "locks": {"rules.security.hard": "may-tighten"}}`))
	site, _ := schedule.ParseLayer("london.json", []byte(`{"version": 1, "level": "site", "name": "london",
	  "hosts": ["site=london"], "rules": {"security": {"hard": "7d"}}}`))
	policy, err := schedule.Merge([]*schedule.Layer{global, site}, schedule.Host{Site: "london"}, time.LoadLocation, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	why, _ := policy.Why("rules.security.hard")
	fmt.Print(why[0])

	// A site that loosens it gets no policy, and is told why.
	loose, _ := schedule.ParseLayer("paris.json", []byte(`{"version": 1, "level": "site", "name": "paris",
	  "rules": {"security": {"hard": "30d"}}}`))
	_, err = schedule.Merge([]*schedule.Layer{global, loose}, schedule.Host{}, time.LoadLocation, nil)
	fmt.Println(err)
	// Output:
	// rules.security.hard = "7d"
	//   lost      default: "never"
	//   lost      global firm (global.json): "14d", may-tighten (less is tighter)
	//   won       site london (london.json): "7d"
	// schedule: paris.json: rules.security.hard: "30d": global layer firm (global.json) lets it only tighten from "14d" (less is tighter)
}

// How urgent is a vulnerability by the SSVC deployer tree?
func ExampleDeployerTree() {
	a := schedule.DeployerTree(schedule.Facts{
		KEV: fettle.Yes, Exposure: schedule.ExposureOpen, Automatable: fettle.Yes, Impact: schedule.ImpactHigh,
	})
	fmt.Println(a.Urgency)
	// Nobody knows how exposed the system is: the worst is assumed, and said.
	a = schedule.DeployerTree(schedule.Facts{KEV: fettle.Yes, Automatable: fettle.Yes, Impact: schedule.ImpactHigh})
	fmt.Println(a.Urgency, a.Missing)
	// Output:
	// immediate
	// immediate [exposure]
}
