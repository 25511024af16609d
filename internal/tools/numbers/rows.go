package main

import (
	"os"
	"slices"
)

// rows are the figures in the order of the table. What is to be reached is the
// design's; an empty one is shown for comparison.
func rows() []row {
	return slices.Concat(hostRows(), fleetRows(), coordinatorRows(), coreRows(), forecastRows())
}

// fleetRows are about hosts of 2,000 packages against 50,000 patches: 100,000 hosts
// of 40 images, from which each has drifted by 5 %, and of 400 images, by 20 %. A
// million hosts are measured where FETTLE_BENCH is 1M: it takes half an hour.
func fleetRows() []row {
	const shape = "BenchmarkFleet/hosts=100000,images=40,drift=5%/"
	one := func(what, reach, part, metric string) row {
		return row{what, reach, ".", "./applicability/fleet", "Fleet/hosts=100000,images=40,", shape + part, metric, "10x"}
	}
	other := func(what, reach, shape, part, metric string) row {
		return row{
			what, reach, ".", "./applicability/fleet", "Fleet/" + shape + "/^(build|all-verdicts)$",
			"BenchmarkFleet/" + shape + "/" + part, metric, "10x",
		}
	}
	const mixed, million = "hosts=100000,images=400,drift=20%", "hosts=1000000,images=40,drift=5%"
	list := []row{
		one("100,000 hosts, 50,000 patches: all verdicts, processor time", "≤ 1 s", "all-verdicts", "cpu-ns/op"),
		one("building the index of 100,000 hosts from interned facts, processor time", "≤ 4 s", "build", "cpu-s/build"),
		one("100,000 hosts, 50,000 patches: memory", "≤ 1 byte a package", "build", "B/package"),
		one("Put of a host with 10 changed packages, from facts", "≤ 150 µs", "put-10-changed", "median-ns/op"),
		one("Put of a host with 10 changed packages, from a snapshot", "≤ 1 ms", "put-10-changed-snapshot", "median-ns/op"),
		one("Hosts of one patch", "≤ 100 µs", "hosts-of-patch", "median-ns/op"),
		one("loading a saved index, processor time", "≤ 0.25 s", "load", "cpu-ns/op"),
		one("a loop of Assess over the hosts' snapshots takes, against all verdicts", "≥ 50 x", "loop-snapshots", "x"),
		one("a loop over facts that the catalogue interned takes, against all verdicts", "≥ 3 x", "loop-interned", "x"),
		other("400 images, 20 % drift: all verdicts, processor time", "≤ 2 s", mixed, "all-verdicts", "cpu-ns/op"),
		other("400 images, 20 % drift: memory", "≤ 2.5 bytes a package", mixed, "build", "B/package"),
	}
	if os.Getenv("FETTLE_BENCH") == "1M" {
		list = append(list, other("1,000,000 hosts: all verdicts, processor time", "≤ 10 s", million, "all-verdicts", "cpu-ns/op"))
	}
	return list
}

func hostRows() []row {
	const apply = "./applicability"
	facts := "BenchmarkAssessFacts/patches=50000"
	window := "BenchmarkNext"
	return []row{
		{"one host, 2,000 packages, 50,000 patches, from interned facts", "≤ 80 µs", ".", apply, "AssessFacts/patches=50000$", facts, "ns/op", ""},
		{"one host from interned facts: allocations", "0", ".", apply, "AssessFacts/patches=50000$", facts, "allocs/op", ""},
		{"one host, 2,000 packages, 50,000 patches, from a snapshot", "≤ 1 ms", ".", apply, "AssessSnapshot/patches=50000$", "BenchmarkAssessSnapshot/patches=50000", "ns/op", ""},
		{"opening a saved catalogue of 50,000 patches and judging one host from its snapshot", "≤ 80 ms", ".", apply, "SavedAllIn/patches=50000$", "BenchmarkSavedAllIn/patches=50000", "ns/op", ""},
		{"compiling 50,000 patches", "", ".", apply, "Compile/patches=50000$", "BenchmarkCompile/patches=50000", "ns/op", ""},
		{"reading 50,000 OSV advisories as JSON", "", ".", "./feed/osv", "Fetch/all.json/advisories=50000$", "BenchmarkFetch/all.json/advisories=50000", "MB/s", ""},
		{"matching one host of 2,000 packages, from its snapshot, against them (12,100 findings)", "≤ 1 ms", ".", "./feed/osv", "Match$", "BenchmarkMatch", "ns/op", ""},
		{"all in: 50,000 OSV advisories read, compiled, one host judged", "", ".", "./feed/osv", "AllIn$", "BenchmarkAllIn", "ns/op", ""},
		{"50,000 OVAL definitions read and evaluated on one host", "≥ 20 x oscap", ".", "./feed/oval", "OneHost/read", "BenchmarkOneHost/read_and_evaluate", "ns/op", ""},
		{"a Debian version compared, as text", "0.17 µs", "internal/tools", ".", "Versions/deb/fettle", "BenchmarkVersions/deb/fettle/text", "ns/op", ""},
		{"a Debian version compared, by key", "12 ns", "internal/tools", ".", "Versions/deb/fettle", "BenchmarkVersions/deb/fettle/parsed", "ns/op", ""},
		{"the next window, tue#2 +3d", "≤ 1/7 of rrule-go", "internal/tools", "./schedulebench", window + "$", window + "/fettle", "ns/op", ""},
		{"the next window, tue#2 +3d: allocations", "0", "internal/tools", "./schedulebench", window + "$", window + "/fettle", "allocs/op", ""},
		{"the next window by rrule-go", "", "internal/tools", "./schedulebench", window + "$", window + "/rrule-go", "ns/op", ""},
		{"a decision for one patch on a laptop", "≤ 5 µs", ".", "./schedule", "Decide/install/items=1$", "BenchmarkDecide/install/items=1", "ns/op", ""},
		{"a forecast for 1,000,000 hosts", "≤ 1 s", ".", "./schedule", "Forecast/hosts=1e.06$", "BenchmarkForecast/hosts=1e+06", "ns/op", ""},
		{"sequencing 1,000 patches", "", ".", "./applicability/sequence", "Order/tangled/items=1000$", "BenchmarkOrder/tangled/items=1000", "ns/op", ""},
	}
}
