package main

import (
	"fmt"
	"strings"
)

// forecastRows are one rollout simulated from reading the fleet to the outlook, with
// windows, gates, strata, budgets, hosts that are away, failures and retries.
func forecastRows() []row {
	var rows []row
	for _, c := range []struct {
		hosts, in        string
		size, regions    int
		time, live, peak string
		several          bool
		times            string
	}{
		{hosts: "10,000 hosts", in: "1 region", size: 10_000, regions: 1, times: "5x"},
		{hosts: "100,000 hosts", in: "2 regions", size: 100_000, regions: 2, times: "3x", several: true},
		{hosts: "1,000,000 hosts", in: "20 regions", size: 1_000_000, regions: 20, times: "1x", several: true, time: "≤ 20 s", live: "≤ 200", peak: "≤ 400"},
	} {
		one := func(what, reach string, workers int, metric string) {
			bench := fmt.Sprintf("Forecast$/hosts=%d$/regions=%d$/workers=%d$", c.size, c.regions, workers)
			name := "Benchmark" + strings.ReplaceAll(bench, "$", "")
			rows = append(rows, row{what, reach, ".", "./rollout", bench, name, metric, c.times})
		}
		one("forecast of a rollout to "+c.hosts+" in "+c.in+", processor time", c.time, 1, "cpu-s")
		if c.several {
			one("forecast of a rollout to "+c.hosts+" in "+c.in+", by two workers, on the clock", c.time, 2, "ns/op")
		}
		one("forecast of a rollout to "+c.hosts+": memory for each, live", c.live, 1, "live-B/host")
		one("forecast of a rollout to "+c.hosts+": memory for each, at its peak", c.peak, 1, "peak-B/host")
	}
	return rows
}
