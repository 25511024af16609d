package main

// coordinatorRows are what a region's shell does on this machine's disk: 256
// callers with batches of 100 reports each, polls of hosts that have seen
// everything beside a writer, ten thousand listeners.
func coordinatorRows() []row {
	one := func(what, reach, bench, name, metric string) row {
		return row{what, reach, ".", "./rollout/coordinator", bench, name, metric, ""}
	}
	return []row{
		one("coordinator: reports a second, seal checked, durable, acknowledged", "", "Reports$", "BenchmarkReports/seals=true", "reports/s"),
		one("coordinator: reports a second, durable, acknowledged, seals checked elsewhere", "≥ 120,000", "Reports$", "BenchmarkReports/seals=false", "reports/s"),
		one("coordinator: conditional polls a second in process, beside a writer", "≥ 40,000", "Polls$", "BenchmarkPolls/asks=1/writer=true", "polls/s"),
		one("coordinator: a change that concerns 10,000 listeners, until the last one has heard", "≤ 500 ms", "Hints$", "BenchmarkHints", "ms/change"),
	}
}
