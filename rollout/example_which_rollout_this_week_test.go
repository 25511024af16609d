package rollout_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// A template turns this week's findings into a spec, and says what it left out
// and why.
func ExampleTemplate_Make() {
	template, err := rollout.ParseTemplate("critical-servers.json", []byte(`{
		"name": "critical-servers", "title": "Critical security patches for servers",
		"target": "label.class = server and not label.role = trading",
		"classes": ["security"], "severityFrom": "critical", "urgencyFrom": "out-of-cycle", "stateFrom": "approved",
		"maxAge": "7d", "minAge": "12h", "open": {"canary": "1d", "rest": "4d"}, "ends": "30d",
		"backout": {"required": true, "auto": true, "gates": [{"raw": {"share": "10%", "min": 5}}]},
		"spec": {
			"mode": "act",
			"rings": [
				{"name": "canary", "count": 60, "close": "2d", "gates": [{"rate": {"limit": "5%"}}, {"bake": {"for": "1d"}}]},
				{"name": "rest", "rest": true, "gates": [{"rate": {"limit": "2%", "pool": true}}]}
			],
			"budgets": [{"budget": "cluster", "units": 1}],
			"approval": {"need": 1, "from": ["platform-lead", "security-lead"]},
			"silence": "8h", "grant": "2d", "run": "4h", "coverage": ["os", "label.app"], "strata": ["os", "site"]
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	patch := func(id fettle.PatchID, severity fettle.Severity, hosts int) rollout.PatchCount {
		return rollout.PatchCount{
			Patch: applicability.Patch{
				ID: id, Class: fettle.ClassSecurity, Severity: severity, State: applicability.Approved,
				Released: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
				Payloads: []applicability.Payload{{Name: "a.deb", Digest: fettle.DigestOf([]byte(id))}},
			},
			Needed: hosts, Urgency: schedule.UrgencyImmediate,
			Backout: &rollout.PatchRef{ID: id + "-before", Payloads: []fettle.Digest{fettle.DigestOf([]byte("before"))}},
		}
	}
	findings := []rollout.PatchCount{
		patch("DSA-5764-1", fettle.SeverityCritical, 1200),
		patch("DSA-5771-1", fettle.SeverityMedium, 3000),
		patch("DSA-5780-1", fettle.SeverityCritical, 0),
	}
	catalog := rollout.CatalogRef{Revision: 412, Digest: fettle.DigestOf([]byte("catalogue 412"))}
	thursday := time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC)

	made := template.Make(findings, catalog, thursday, nil)
	fmt.Println(made.Spec.ID)
	fmt.Println(made.Spec.Title)
	for _, ring := range made.Spec.Rings {
		fmt.Println("ring", ring.Name, "not before", ring.NotBefore.Format(time.DateTime))
	}
	for _, left := range made.Left {
		fmt.Println("left out:", left.Patch, left.Reason.Code, left.Reason.Args)
	}
	fmt.Println("problems:", len(made.Problems))
	// Output:
	// critical-servers-2026-w48-7d045347
	// Critical security patches for servers, week 48 of 2026: DSA-5764-1
	// ring canary not before 2026-11-24 00:00:00
	// ring rest not before 2026-11-27 00:00:00
	// left out: DSA-5771-1 severity map[severity:medium want:critical]
	// left out: DSA-5780-1 not-needed map[hosts:0 want:1]
	// problems: 0
}
