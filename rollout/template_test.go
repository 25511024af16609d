package rollout_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

func template(t *testing.T) *rollout.Template {
	t.Helper()
	const file = "testdata/templates/critical-servers.json"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	read, err := rollout.ParseTemplate(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// critical is a patch that the template takes.
func critical(id string, change func(*rollout.PatchCount)) rollout.PatchCount {
	c := rollout.PatchCount{
		Patch: applicability.Patch{
			ID: fettle.PatchID(id), Class: fettle.ClassSecurity, Severity: fettle.SeverityCritical, State: applicability.Approved,
			Released: at("2026-11-24T09:00:00Z"), Payloads: []applicability.Payload{{Name: "a.deb", Digest: digest(id)}},
		},
		Needed: 120, Urgency: schedule.UrgencyOutOfCycle,
		Backout: &rollout.PatchRef{ID: "undo-" + fettle.PatchID(id), Payloads: []fettle.Digest{digest("undo")}},
	}
	if change != nil {
		change(&c)
	}
	return c
}

func catalog412() rollout.CatalogRef {
	return rollout.CatalogRef{Revision: 412, Digest: digest("catalogue")}
}

func TestTemplateTakesAndLeaves(t *testing.T) {
	t.Parallel()
	now := at("2026-11-26T15:30:00Z") // a Thursday
	counts := []rollout.PatchCount{
		critical("K-taken", nil),
		critical("A-taken", func(c *rollout.PatchCount) {
			c.Patch.Supersedes = []fettle.PatchID{"older"}
			c.Backout.ID = "undo-K-taken"
		}),
		critical("A-taken", nil),
		critical("older", nil),
		critical("withdrawn", func(c *rollout.PatchCount) { c.Patch.State = applicability.Withdrawn }),
		critical("tested", func(c *rollout.PatchCount) { c.Patch.State = applicability.Tested }),
		critical("bugfix", func(c *rollout.PatchCount) { c.Patch.Class = fettle.ClassBugfix }),
		critical("classless", func(c *rollout.PatchCount) { c.Patch.Class = fettle.ClassUnknown }),
		critical("high", func(c *rollout.PatchCount) { c.Patch.Severity = fettle.SeverityHigh }),
		critical("unrated", func(c *rollout.PatchCount) { c.Patch.Severity = fettle.SeverityUnknown }),
		critical("scheduled", func(c *rollout.PatchCount) { c.Urgency = schedule.UrgencyScheduled }),
		critical("undated", func(c *rollout.PatchCount) { c.Patch.Released = time.Time{} }),
		critical("old", func(c *rollout.PatchCount) { c.Patch.Released = now.Add(-7*24*time.Hour - time.Second) }),
		critical("as-old-as-may-be", func(c *rollout.PatchCount) { c.Patch.Released = now.Add(-7 * 24 * time.Hour) }),
		critical("new", func(c *rollout.PatchCount) { c.Patch.Released = now.Add(-11 * time.Hour) }),
		critical("unneeded", func(c *rollout.PatchCount) { c.Needed = 0 }),
		critical("unpinned", func(c *rollout.PatchCount) { c.Patch.Payloads[0].Digest = "" }),
		critical("lasting", func(c *rollout.PatchCount) { c.Backout = nil }),
	}
	made := template(t).Make(counts, catalog412(), now, &rollout.MakeOptions{Replaces: []rollout.ID{"critical-servers-2026-w47-x"}, Config: region()})
	if err := made.Problems.Err(); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, l := range made.Left {
		left = append(left, fmt.Sprintf("%s %s %v", l.Patch, l.Reason.Code, l.Reason.Args))
	}
	want := []string{
		"bugfix class map[class:bugfix]",
		"classless class map[class:unknown]",
		"high severity map[severity:high want:critical]",
		"lasting no-backout map[]",
		"new too-new map[before:2026-11-26T03:30:00Z released:2026-11-26T04:30:00Z]",
		"old too-old map[released:2026-11-19T15:29:59Z since:2026-11-19T15:30:00Z]",
		"older superseded map[by:A-taken]",
		"scheduled urgency map[urgency:scheduled want:out-of-cycle]",
		"tested state map[state:tested want:approved]",
		"undated no-release-date map[]",
		"unneeded not-needed map[hosts:0 want:1]",
		"unpinned no-digest map[payload:a.deb]",
		"unrated severity map[severity:unknown want:critical]",
		"withdrawn withdrawn map[]",
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Error(diff)
	}
	i := slices.IndexFunc(made.Left, func(l rollout.LeftOut) bool { return l.Patch == "new" })
	if until := made.Left[i].Reason.Until; !until.Equal(at("2026-11-26T16:30:00Z")) {
		t.Errorf("the new one is old enough at %v", until)
	}
	s := made.Spec
	var ids []string
	for _, p := range s.Patches {
		ids = append(ids, string(p.ID))
	}
	if !slices.Equal(ids, []string{"A-taken", "K-taken", "as-old-as-may-be"}) {
		t.Errorf("%v", ids)
	}
	if s.Title != "Critical security patches for servers, week 48 of 2026: A-taken, K-taken, as-old-as-may-be" || !strings.HasPrefix(string(s.ID), "critical-servers-2026-w48-") {
		t.Errorf("%s %q", s.ID, s.Title)
	}
	if !s.Rings[0].NotBefore.Equal(at("2026-11-24T00:00:00Z")) || !s.Rings[1].NotBefore.Equal(at("2026-11-27T00:00:00Z")) ||
		!s.NotAfter.Equal(at("2026-12-26T15:30:00Z")) {
		t.Errorf("%v %v", s.Rings, s.NotAfter)
	}
	if len(s.Backout.Patches) != 2 || !slices.Equal(s.Backout.Patches[0].Undoes, []fettle.PatchID{"A-taken", "K-taken"}) {
		t.Errorf("%+v", s.Backout.Patches)
	}
}

func TestTemplateGivesTheSameSpecAllWeek(t *testing.T) {
	t.Parallel()
	tmpl := template(t)
	tmpl.MaxAge, tmpl.MinAge, tmpl.Ends = 0, 0, 0
	a, b := critical("a", nil), critical("b", nil)
	monday, sunday := at("2026-11-23T00:00:00Z"), at("2026-11-29T23:59:59Z")
	first := tmpl.Make([]rollout.PatchCount{a, b}, catalog412(), monday, nil).Spec
	last := tmpl.Make([]rollout.PatchCount{b, a}, catalog412(), sunday.In(time.FixedZone("x", 3600)), nil).Spec
	if diff := cmp.Diff(marshal(t, first), marshal(t, last)); diff != "" {
		t.Error(diff)
	}
	for name, other := range map[string]*rollout.Spec{
		"the next week": tmpl.Make([]rollout.PatchCount{a, b}, catalog412(), sunday.Add(time.Second), nil).Spec,
		"fewer patches": tmpl.Make([]rollout.PatchCount{a}, catalog412(), monday, nil).Spec,
		"another payload": tmpl.Make([]rollout.PatchCount{a, critical("b", func(c *rollout.PatchCount) {
			c.Patch.Payloads[0].Digest = digest("changed")
		})}, catalog412(), monday, nil).Spec,
	} {
		if other.ID == first.ID || other.Salt == first.Salt {
			t.Errorf("%s: the same ID or salt: %s %s", name, other.ID, other.Salt)
		}
	}
	// ISO weeks: the first days of January can be in the last week of December.
	if got := tmpl.Make([]rollout.PatchCount{a}, catalog412(), at("2027-01-02T00:00:00Z"), nil).Spec; !strings.HasPrefix(string(got.ID), "critical-servers-2026-w53-") ||
		!got.Rings[0].NotBefore.Equal(at("2026-12-29T00:00:00Z")) {
		t.Errorf("%s %v", got.ID, got.Rings[0].NotBefore)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTemplateOfNothingAndOfTooMuch(t *testing.T) {
	t.Parallel()
	tmpl := template(t)
	now := at("2026-11-26T15:30:00Z")
	if made := tmpl.Make(nil, catalog412(), now, nil); made.Spec != nil || made.Problems != nil || made.Left != nil {
		t.Errorf("%+v", made)
	}
	var many []rollout.PatchCount
	for i := range rollout.MaxPatches + 2 {
		many = append(many, critical(fmt.Sprintf("p%04d", i), func(c *rollout.PatchCount) { c.Needed = 2000 - i }))
	}
	made := tmpl.Make(many, catalog412(), now, nil)
	if len(made.Spec.Patches) != rollout.MaxPatches || len(made.Left) != 2 || made.Left[0].Patch != "p1000" || made.Left[0].Reason.Code != rollout.LeftOver {
		t.Errorf("%d %+v", len(made.Spec.Patches), made.Left)
	}
	if len(made.Spec.Title) > 256 || made.Problems.Err() != nil {
		t.Errorf("%q %v", made.Spec.Title, made.Problems)
	}
	// Two that supersede each other: nobody knows which is newer, so both stay.
	a := critical("a", func(c *rollout.PatchCount) { c.Patch.Supersedes = []fettle.PatchID{"b"} })
	b := critical("b", func(c *rollout.PatchCount) { c.Patch.Supersedes = []fettle.PatchID{"a"} })
	if made := tmpl.Make([]rollout.PatchCount{a, b}, catalog412(), now, nil); len(made.Spec.Patches) != 2 {
		t.Errorf("%+v", made.Left)
	}
}

func TestTemplateNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	if p := template(t).Validate(region()); len(p) != 0 {
		t.Errorf("%v", p)
	}
	for want, do := range map[string]func(*rollout.Template){
		"name":                   func(m *rollout.Template) { m.Name = "a b" },
		"target":                 func(m *rollout.Template) { m.Target = applicability.Footprint{} },
		"classes[1]":             func(m *rollout.Template) { m.Classes = append(m.Classes, m.Classes[0]) },
		"stateFrom":              func(m *rollout.Template) { m.StateFrom = applicability.Withdrawn },
		"minAge":                 func(m *rollout.Template) { m.MinAge = m.MaxAge },
		"neededBy":               func(m *rollout.Template) { m.NeededBy = -1 },
		"open.pilot":             func(m *rollout.Template) { m.Open["pilot"] = 0 },
		"spec.silence":           func(m *rollout.Template) { m.Spec.Silence = 60e9 },
		"spec.budgets[0].budget": func(m *rollout.Template) { m.Spec.Budgets[0].Budget = "x" },
		"spec.rings[0].name":     func(m *rollout.Template) { m.Spec.Rings[0].Name, m.Open = "", nil },
		"backout.gates[0].raw":   func(m *rollout.Template) { m.Backout.Gates[0].Raw.Share = 0 },
		"spec.approval.need":     func(m *rollout.Template) { m.Spec.Approval.Need = 0 },
	} {
		tmpl := template(t)
		do(tmpl)
		if got := paths(tmpl.Validate(region()), false); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSkeletonIsTheRestOfASpec holds the two types together, so that a new
// field of a spec is not forgotten in templates.
func TestSkeletonIsTheRestOfASpec(t *testing.T) {
	t.Parallel()
	skeleton := reflect.TypeFor[rollout.Skeleton]()
	own := []string{"ID", "Title", "Patches", "Catalog", "Target", "Backout", "Salt", "Replaces", "NotAfter"}
	for f := range reflect.TypeFor[rollout.Spec]().Fields() {
		g, ok := skeleton.FieldByName(f.Name)
		if ok == slices.Contains(own, f.Name) || ok && (g.Type != f.Type || g.Tag != f.Tag) {
			t.Errorf("Spec.%s is not the same in Skeleton", f.Name)
		}
	}
	made := template(t).Make([]rollout.PatchCount{critical("a", nil)}, catalog412(), at("2026-11-26T15:30:00Z"), nil).Spec
	s, k := reflect.ValueOf(*made), reflect.ValueOf(template(t).Spec)
	for f := range skeleton.Fields() {
		if f.Name != "Rings" && !reflect.DeepEqual(s.FieldByName(f.Name).Interface(), k.FieldByName(f.Name).Interface()) {
			t.Errorf("Make forgets %s", f.Name)
		}
	}
}
