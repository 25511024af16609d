package main

import (
	"embed"
	"fmt"
	"iter"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// maxSynthetic bounds a made-up fleet.
const maxSynthetic = 10_000_000

// samplePolicies are the layers that made-up hosts live under unless others are
// given.
//
//go:embed policies/*.json
var samplePolicies embed.FS

// sampleRegion is the configuration of a made-up region unless another is given.
//
//go:embed specs/region.json
var sampleRegion []byte

// city is where a part of the made-up hosts stands.
type city struct {
	code, zone string
	weight     int // of 100
}

var cities = []city{
	{"LON", "Europe/London", 16},
	{"FRA", "Europe/Berlin", 9},
	{"ZRH", "Europe/Zurich", 5},
	{"NYC", "America/New_York", 18},
	{"CHI", "America/Chicago", 8},
	{"SFO", "America/Los_Angeles", 7},
	{"SAO", "America/Sao_Paulo", 5},
	{"JNB", "Africa/Johannesburg", 3},
	{"BOM", "Asia/Kolkata", 10},
	{"SIN", "Asia/Singapore", 8},
	{"TYO", "Asia/Tokyo", 7},
	{"SYD", "Australia/Sydney", 4},
}

var models = []string{
	"Latitude-7440", "ThinkPad-T14", "EliteBook-840", "ThinkPad-X1", "Latitude-5550", "ProBook-450", "Surface-6", "XPS-13",
}

// hostsOfSite is how many made-up hosts stand at one site.
const hostsOfSite = 500

// synthetic yields made-up hosts: of 20, eleven laptops, six servers in
// clusters of three, two desktops that are left on and a trading desk. Equal
// numbers give equal hosts.
func synthetic(n int) iter.Seq2[*inventory.Record, error] {
	return func(yield func(*inventory.Record, error) bool) {
		m := maker{labels: map[[3]string]map[string]string{}}
		made := make([]int, len(cities))
		for i := range n {
			c := i * 61 % 100 // every city early, so that small fleets are spread as well
			at := 0
			for c >= cities[at].weight {
				c -= cities[at].weight
				at++
			}
			r := m.host(&cities[at], made[at])
			made[at]++
			if !yield(&r, nil) {
				return
			}
		}
	}
}

// maker shares what many made-up hosts have in common.
type maker struct {
	labels map[[3]string]map[string]string
}

// host makes the n-th host of a city.
func (m *maker) host(c *city, n int) inventory.Record {
	site := fmt.Sprintf("%s-%d", c.code, n/hostsOfSite+1)
	h := inventory.Host{ID: fettle.HostID(fmt.Sprintf("%s-%06d", c.code, n)), Site: site, Zone: c.zone}
	windows := inventory.OS{Family: "windows", ID: "windows", Version: "10.0", Codename: "23H2", Arch: "amd64"}
	debian := inventory.OS{Family: "linux", ID: "debian", Version: "12", Codename: "bookworm", Arch: "amd64"}
	os := windows
	switch k := n % 20; {
	case k < 11:
		h.Labels = m.shared("laptop", "office-hours", models[n*7%13%len(models)])
	case k < 17:
		os = debian
		h.Labels = map[string]string{
			"role": "server", "presence": "always-on", "model": "R660",
			"cluster": fmt.Sprintf("%s-c%d", c.code, (n/20*6+k-11)/3),
		}
	case k < 19:
		h.Labels = m.shared("desktop", "around", "OptiPlex-7010")
	default:
		h.Labels = m.shared("trading", "always-on", "Z4")
	}
	return inventory.Record{Version: inventory.RecordVersion, Host: h, Snapshot: inventory.Snapshot{OS: os}}
}

func (m *maker) shared(role, presence, model string) map[string]string {
	key := [3]string{role, presence, model}
	if m.labels[key] == nil {
		m.labels[key] = map[string]string{"role": role, "presence": presence, "model": model}
	}
	return m.labels[key]
}
