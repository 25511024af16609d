package baseline_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/inventory"
)

const sshBaseline = `{"version": 1, "name": "servers", "checks": [
  {"id": "ssh-stopped", "title": "no SSH daemon", "severity": "high",
   "applies": "os.family = linux", "expect": "not service ssh.service state running", "restart": "none"}
]}`

const sshExceptions = `{"version": 1, "name": "risks", "exceptions": [
  {"id": "RISK-12", "kind": "waiver", "patches": ["servers/ssh-stopped"], "where": "label.role = jump",
   "owner": "operations", "reason": "jump hosts need it", "expires": "2026-07-01T00:00:00Z"}
]}`

func jumpHost(state string) *inventory.Record {
	return &inventory.Record{
		Host: inventory.Host{ID: "jump-1", Labels: map[string]string{"role": "jump"}},
		Snapshot: inventory.Snapshot{
			Taken: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), OS: inventory.OS{Family: "linux", ID: "debian"},
			Services: []inventory.Service{{Name: "ssh.service", State: state}},
			Scope:    inventory.Scope{Services: []string{"ssh.service"}},
		},
	}
}

func newAssessor(texts ...string) (*baseline.Assessor, error) {
	var baselines []*baseline.Baseline
	var patches []applicability.Patch
	for _, text := range texts {
		b, err := baseline.Read(strings.NewReader(text), "example.json")
		if err != nil {
			return nil, err
		}
		baselines, patches = append(baselines, b), append(patches, b.Patches()...)
	}
	catalog, problems := applicability.Compile(patches, nil)
	for _, p := range problems {
		fmt.Println(p)
	}
	return baseline.New(catalog, baselines...)
}

// Is this host as it should be, and what is knowingly left?
func ExampleAssessor_Assess() {
	assessor, err := newAssessor(sshBaseline, sshExceptions)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range []time.Time{time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)} {
		report := assessor.Assess(jumpHost("running"), day)
		for _, r := range report.Results {
			fmt.Printf("%s %s, exposed %s\n", r.Patch, r.Status, r.Exposed)
			for _, reason := range r.Reasons {
				fmt.Println(" ", baseline.ReasonText(reason))
			}
		}
		fmt.Println("conforms:", report.Conforms())
	}
	// Output:
	// servers/ssh-stopped waived, exposed yes
	//   no remedy comes with this check
	//   waiver RISK-12 until 2026-07-01T00:00:00Z: jump hosts need it (operations)
	// conforms: no
	// servers/ssh-stopped unmet, exposed yes
	//   no remedy comes with this check
	//   waiver RISK-12 expired at 2026-07-01T00:00:00Z: jump hosts need it (operations)
	// conforms: no
}

// What moved since the host was last seen?
func ExampleAssessor_Drift() {
	assessor, err := newAssessor(sshBaseline)
	if err != nil {
		fmt.Println(err)
		return
	}
	drift, err := assessor.Drift(jumpHost("stopped"), jumpHost("running"), time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range drift {
		fmt.Println(d.Patch, d.Way)
		for _, m := range d.Moved {
			fmt.Printf("  %s: %s to %s\n", m.Criterion, m.From, m.To)
		}
	}
	// Output:
	// servers/ssh-stopped drifted
	//   service ssh.service state running: no to yes
}

// A check that comes with a remedy is a patch like any other.
func ExampleBaseline_Patches() {
	b, err := baseline.Read(strings.NewReader(`{"version": 1, "name": "desktop", "checks": [
	  {"id": "flash", "class": "removal", "severity": "critical", "applies": "os.family = windows",
	   "expect": "not product {D0AB2D1D-1A4C-4B9B-A7C6-6B3C5F0B1C11}",
	   "remedy": {"payloads": [{"name": "uninstall.exe"}], "estimate": "2m"}}]}`), "desktop.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range b.Patches() {
		fmt.Println(p.ID, p.Class, p.Severity, p.Estimate, p.Payloads[0].Name)
	}
	// Output:
	// desktop/flash removal critical 2m0s uninstall.exe
}
