package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

var updateWindows = flag.Bool("update-windows", false, "rewrite the table in docs/windows-agreement.md")

// The classes of updates, host by host; docs/windows-agreement.md explains them.
const (
	classBoth       = "both"
	classUndefined  = "no definition"
	classComponent  = "component unseen"
	classCut        = "list cut"
	classSuperseded = "superseded here"
	classUnknown    = "superseder unseen"
	classProduct    = "product name"
	classOther      = "other"
)

var windowsClasses = []string{
	classBoth, classUndefined, classComponent, classCut, classSuperseded, classUnknown, classProduct, classOther,
}

// wesAnswer is a line of the oracle.
type wesAnswer struct {
	SystemInfo string   `json:"systeminfo"`
	Product    string   `json:"product"`
	Missing    []string `json:"expected_missing"`
}

// windowsDefinitions is what the hosts are held against.
type windowsDefinitions struct {
	catalog     *applicability.Catalog
	superseders map[fettle.PatchID][]int32
	products    map[string]bool // as the rows name them
}

func loadWindowsDefinitions(t *testing.T) windowsDefinitions {
	t.Helper()
	rows := readWes(t)
	d := windowsDefinitions{superseders: map[fettle.PatchID][]int32{}, products: map[string]bool{}}
	for _, row := range rows {
		d.products[row.product] = true
	}
	patches := wesPatches(t, rows)
	for i := range patches {
		for _, old := range patches[i].Supersedes {
			d.superseders[old] = append(d.superseders[old], int32(i))
		}
	}
	var problems []*applicability.Problem
	d.catalog, problems = applicability.Compile(patches, nil)
	for _, p := range problems {
		t.Error(p)
	}
	return d
}

// windowsCase is one host with what the two programs say of it.
type windowsCase struct {
	wesAnswer
	record inventory.Record
	counts map[string]int
	needed int
}

func TestWindowsAgreement(t *testing.T) {
	t.Parallel()
	d, hosts := loadWindowsDefinitions(t), windowsHosts(t)
	answers := oracle.Lines[wesAnswer](t, "oracles/windows-missing/wes-missing.jsonl.xz")
	var out strings.Builder
	out.WriteString("What the host shows, and no more:\n\n")
	windowsTable(t, &out, d, hosts, answers)
	for name, record := range hosts {
		hosts[name] = asThePeerAssumes(d.catalog, record)
	}
	out.WriteString("\nThe same hosts, as the peer takes them: every component present, every list whole:\n\n")
	windowsTable(t, &out, d, hosts, answers)
	checkTable(t, out.String())
}

// asThePeerAssumes is a host on which every component is present and whose list
// of updates is taken for whole.
func asThePeerAssumes(c *applicability.Catalog, r inventory.Record) inventory.Record {
	r.Snapshot.Facts = maps.Clone(r.Snapshot.Facts)
	for _, name := range c.Needs().Facts {
		if strings.HasPrefix(name, "component ") {
			r.Snapshot.Facts[name] = "yes"
		}
	}
	r.Snapshot.Scope.Hotfixes = true
	return r
}

func windowsTable(t *testing.T, out *strings.Builder, d windowsDefinitions, hosts map[string]inventory.Record, answers []wesAnswer) {
	t.Helper()
	fmt.Fprintf(out, "| host | peer lists | needed here | %s |\n|%s\n", strings.Join(windowsClasses, " | "), strings.Repeat(" --- |", 3+len(windowsClasses)))
	total, peer := windowsCase{counts: map[string]int{}}, 0
	for _, answer := range answers {
		c := windowsCase{wesAnswer: answer, record: hosts[answer.SystemInfo], counts: map[string]int{}}
		c.compare(d)
		listed := "-"
		if answer.Missing != nil {
			listed = strconv.Itoa(len(answer.Missing))
			peer += len(answer.Missing)
			total.needed += c.needed
			for class, n := range c.counts {
				total.counts[class] += n
			}
		}
		c.row(out, strings.TrimSuffix(answer.SystemInfo, "_systeminfo.txt"), listed)
	}
	total.row(out, "all that the peer read", strconv.Itoa(peer))
	if n := total.counts[classOther]; n > 0 {
		t.Errorf("%d updates on which the two differ are in no class", n)
	}
}

func (c *windowsCase) row(out *strings.Builder, name, listed string) {
	fmt.Fprintf(out, "| %s | %s | %d |", name, listed, c.needed)
	for _, class := range windowsClasses {
		fmt.Fprintf(out, " %d |", c.counts[class])
	}
	out.WriteByte('\n')
}

// compare puts every update that either of the two lists into a class. The
// advisories without an update are one entry to the peer, and one here.
func (c *windowsCase) compare(d windowsDefinitions) {
	a := d.catalog.Assess(&c.record, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	ours, advisories := map[string]applicability.Finding{}, map[applicability.Verdict]bool{}
	for _, f := range a.Findings {
		kb, isUpdate := strings.CutPrefix(string(d.catalog.ID(int(f.Patch))), "KB")
		switch {
		case !isUpdate:
			advisories[f.Verdict] = true
		case f.Verdict == applicability.Needed:
			ours[kb] = f
		}
	}
	c.needed = len(ours)
	if c.Missing == nil {
		return
	}
	for _, kb := range c.Missing {
		_, needed := ours[kb]
		i, ok := d.catalog.Find(fettle.PatchID("KB" + kb))
		switch {
		case needed, kb == "" && advisories[applicability.Blocked]:
			c.counts[classBoth]++
		case kb == "" && advisories[applicability.VerdictUnknown]:
			c.counts[classComponent]++
		case !ok:
			c.counts[classUndefined]++
		default:
			c.counts[c.classOf(a.Of(i))]++
		}
	}
	for kb := range ours {
		if !slices.Contains(c.Missing, kb) {
			c.counts[c.classOfOurs(d, a, kb)]++
		}
	}
}

// classOf says why an update of the peer's list is not needed here.
func (c *windowsCase) classOf(f applicability.Finding) string {
	switch {
	case f.Verdict == applicability.VerdictUnknown && f.Target == fettle.Unknown:
		return classComponent
	case f.Verdict == applicability.VerdictUnknown && !c.record.Snapshot.Scope.Hotfixes:
		return classCut
	case f.Verdict == applicability.NotApplicable:
		return classUndefined // the rows handed out name other products only
	case f.Verdict == applicability.Superseded:
		return classSuperseded
	default:
		return classOther
	}
}

// classOfOurs says why an update that is needed here is not on the peer's list.
func (c *windowsCase) classOfOurs(d windowsDefinitions, a *applicability.Assessment, kb string) string {
	if !d.products[c.Product] {
		return classProduct
	}
	for _, i := range d.superseders[fettle.PatchID("KB"+kb)] {
		if a.Of(int(i)).Verdict == applicability.VerdictUnknown {
			return classUnknown
		}
	}
	return classOther
}

func windowsHosts(t *testing.T) map[string]inventory.Record {
	t.Helper()
	hosts := map[string]inventory.Record{}
	for name, content := range oracle.Tar(t, "windows-inventory/windows-inventory.tar.xz") {
		if !strings.Contains(name, "systeminfo") {
			continue
		}
		s, _, err := windows.ParseSystemInfo(bytes.NewReader(content), name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Facts == nil {
			s.Facts = map[string]string{}
		}
		s.Facts["windows.server"] = "no"
		if strings.Contains(s.OS.Name, "Server") {
			s.Facts["windows.server"] = "yes"
		}
		s.Sort()
		hosts[filepath.Base(name)] = inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: fettle.HostID(name)}, Snapshot: s}
	}
	return hosts
}

// checkTable holds the table in the document against what was counted.
func checkTable(t *testing.T, table string) {
	t.Helper()
	const path, begin, end = "../../docs/windows-agreement.md", "<!-- table -->\n", "<!-- end of table -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	old, tail, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s: no marks around the table", path)
	}
	if *updateWindows {
		if err := os.WriteFile(path, []byte(head+begin+table+end+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table {
		t.Errorf("%s says\n%s\nfound\n%s\n(-update-windows writes it)", path, old, table)
	}
}

// The chains load whole: what they name and nobody describes is a tombstone,
// and every circle is reported, as a plain search finds them.
func TestWindowsSupersedence(t *testing.T) {
	t.Parallel()
	patches := wesPatches(t, readWes(t))
	// A circle that is put in must be found, whatever the data holds.
	circle := slices.Clone(patches)
	first := slices.IndexFunc(circle, func(p applicability.Patch) bool { return len(p.Supersedes) > 0 })
	circle[first].Supersedes = append(slices.Clone(circle[first].Supersedes), "KB0")
	circle = append(circle, applicability.Patch{
		ID: "KB0", Target: circle[first].Target, Installed: applicability.MustParse("hotfix KB0"), Supersedes: []fettle.PatchID{circle[first].ID},
	})
	for name, list := range map[string][]applicability.Patch{"as handed out": patches, "with a circle": circle} {
		catalog, problems := applicability.Compile(list, nil)
		named := map[fettle.PatchID]bool{}
		edges := map[fettle.PatchID][]fettle.PatchID{}
		for _, p := range list {
			for _, old := range p.Supersedes {
				edges[p.ID] = append(edges[p.ID], old)
				named[old] = true
			}
		}
		tombstones := 0
		for id := range named {
			if _, ok := catalog.Find(id); !ok {
				tombstones++
			}
		}
		var reported []string
		for _, p := range problems {
			if errors.Is(p, applicability.ErrCycle) {
				reported = append(reported, p.Error())
			}
		}
		inCircle := 0
		for id := range edges {
			if reaches(edges, id) {
				inCircle++
				if !strings.Contains(strings.Join(reported, "\n"), string(id)) {
					t.Errorf("%s: %s supersedes itself in the end, and no problem names it", name, id)
				}
			}
		}
		if (inCircle > 0) != (len(reported) > 0) || name == "with a circle" && inCircle == 0 {
			t.Errorf("%s: %d in circles, reported: %s", name, inCircle, strings.Join(reported, "\n"))
		}
		t.Logf("%s: %d patches, %d superseding, %d tombstones, %d in circles\n%s", name, len(list), len(edges), tombstones, inCircle, strings.Join(reported, "\n"))
	}
}

// reaches reports whether a walk along the edges comes back to where it began.
func reaches(edges map[fettle.PatchID][]fettle.PatchID, start fettle.PatchID) bool {
	seen := map[fettle.PatchID]bool{}
	for open := slices.Clone(edges[start]); len(open) > 0; {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		if id == start {
			return true
		}
		if !seen[id] {
			seen[id] = true
			open = append(open, edges[id]...)
		}
	}
	return false
}
