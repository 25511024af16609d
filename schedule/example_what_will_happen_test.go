package schedule_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// What will happen on this server over the weekend, if everything works?
func ExamplePolicy_Timeline() {
	layer, err := schedule.ParseLayer("servers.json", []byte(`{
	  "version": 1, "level": "group", "name": "servers",
	  "windows": {"install": "sat 22:00 for 4h UTC", "reboot": "sun 02:00 for 2h UTC"},
	  "restarts": {"default": {"windows": ["reboot"]}},
	  "rules": {"all": {"windows": ["install"]}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	policy, err := schedule.Merge([]*schedule.Layer{layer}, schedule.Host{ID: "db1"}, time.LoadLocation, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	situation := schedule.Situation{
		State: schedule.State{Clock: fettle.Yes, User: fettle.No},
		Items: []schedule.Item{{
			Patch: "KB1", Released: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), Grant: fettle.Yes, Ring: fettle.Yes,
			InstallTime: 30 * time.Minute, Restart: fettle.RestartHost,
		}},
	}
	// Each step succeeds and takes its time.
	works := func(step schedule.Step, s schedule.Situation) (schedule.Situation, time.Time) {
		items := append([]schedule.Item(nil), s.Items...)
		took := 10 * time.Minute
		switch step.Decision.Action {
		case schedule.Download:
			items[0].Stage = schedule.StageDownloaded
		case schedule.InstallPatches:
			items[0].Stage, took = schedule.StagePendingRestart, items[0].InstallTime
		case schedule.RestartHost:
			items = nil
		default:
			return s, time.Time{}
		}
		s.Items = items
		return s, step.At.Add(took)
	}
	from := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	for step, err := range policy.Timeline(situation, from, from.AddDate(0, 0, 7), works) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(step.At.Format("Mon 15:04"), step.Decision.Action)
	}
	// Output:
	// Fri 12:00 download
	// Fri 12:10 wait
	// Sat 22:00 install
	// Sat 22:30 wait
	// Sun 02:00 restart
	// Sun 02:10 nothing
}
