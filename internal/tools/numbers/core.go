package main

// coreRows are what a region's state does by itself, on one core: reports decided,
// applied and chained with the gates' looks after each batch of 100, and a journal
// folded again.
func coreRows() []row {
	one := func(what, reach, bench, name, metric, times string) row {
		return row{what, reach, ".", "./rollout", bench, name, metric, times}
	}
	return []row{
		one("rollout: Decide + Apply with chained encoding, gates' looks included, 50,000 hosts", "≥ 1,200,000", "Reports$/hosts=50000$", "BenchmarkReports/hosts=50000", "reports/s", ""),
		one("rollout: replay of 1,000,000 host outcomes with chain check", "≤ 0.8 s", "Replay$/outcomes$", "BenchmarkReplay/outcomes", "ns/op", "10x"),
		one("rollout: a host of 1,000,000 in one rollout, live", "≤ 200", "BytesPerHost$/hosts=1000000$/clusters=some$", "BenchmarkBytesPerHost/hosts=1000000/clusters=some", "bytes/host", "10x"),
	}
}
