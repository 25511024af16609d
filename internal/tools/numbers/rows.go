package main

// rows are the figures in the order of the table. What is to be reached is the
// design's; an empty one is shown for comparison.
func rows() []row {
	const apply = "./applicability"
	facts := "BenchmarkAssessFacts/patches=50000"
	window := "BenchmarkNext"
	return []row{
		{"one host, 2,000 packages, 50,000 patches, from interned facts", "≤ 80 µs", ".", apply, "AssessFacts/patches=50000$", facts, "ns/op"},
		{"its allocations", "0", ".", apply, "AssessFacts/patches=50000$", facts, "allocs/op"},
		{"the same from a snapshot", "≤ 1 ms", ".", apply, "AssessSnapshot/patches=50000$", "BenchmarkAssessSnapshot/patches=50000", "ns/op"},
		{"compiling 50,000 patches", "", ".", apply, "Compile/patches=50000$", "BenchmarkCompile/patches=50000", "ns/op"},
		{"reading 50,000 OSV advisories as JSON", "", ".", "./feed/osv", "Fetch/all.json/advisories=50000$", "BenchmarkFetch/all.json/advisories=50000", "MB/s"},
		{"all in: 50,000 OSV advisories read, compiled, one host judged", "", ".", "./feed/osv", "AllIn$", "BenchmarkAllIn", "ns/op"},
		{"a Debian version compared, as text", "0.17 µs", "internal/tools", ".", "Versions/deb/fettle", "BenchmarkVersions/deb/fettle/text", "ns/op"},
		{"the same by key", "12 ns", "internal/tools", ".", "Versions/deb/fettle", "BenchmarkVersions/deb/fettle/parsed", "ns/op"},
		{"the next window, tue#2 +3d", "≤ 1/7 of rrule-go", "internal/tools", "./schedulebench", window + "$", window + "/fettle", "ns/op"},
		{"its allocations", "0", "internal/tools", "./schedulebench", window + "$", window + "/fettle", "allocs/op"},
		{"the same by rrule-go", "", "internal/tools", "./schedulebench", window + "$", window + "/rrule-go", "ns/op"},
		{"a decision for one patch on a laptop", "≤ 5 µs", ".", "./schedule", "Decide/install/items=1$", "BenchmarkDecide/install/items=1", "ns/op"},
		{"a forecast for 1,000,000 hosts", "≤ 1 s", ".", "./schedule", "Forecast/hosts=1e.06$", "BenchmarkForecast/hosts=1e+06", "ns/op"},
		{"sequencing 1,000 patches", "", ".", "./applicability/sequence", "Order/tangled/items=1000$", "BenchmarkOrder/tangled/items=1000", "ns/op"},
	}
}
