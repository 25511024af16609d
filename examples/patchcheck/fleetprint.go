package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// fleetReport writes the answers about many hosts.
type fleetReport struct {
	fleetOptions
	out      io.Writer
	index    *fleet.Fleet // empty where there are baselines
	hosts    *folderHosts
	judge    answer         // what the hosts are judged by
	manifest *lint.Manifest // with -installer
	unknown  int            // how many answers are unknown
}

// fleetPatch is one patch in the output of -json.
type fleetPatch struct {
	Patch    fettle.PatchID                `json:"patch"`
	Title    string                        `json:"title,omitempty"`
	Severity fettle.Severity               `json:"severity"`
	Hosts    int                           `json:"hosts"`
	Verdicts map[applicability.Verdict]int `json:"verdicts"`
	Exposed  map[fettle.Truth]int          `json:"exposed"`
	Verified int                           `json:"verified"`
	// Statuses and Excused come with -baseline.
	Statuses map[baseline.Status]int `json:"statuses,omitempty"`
	Excused  *int                    `json:"excused,omitempty"`
}

// fleetHost is one host in the output of -patch and -select with -json.
type fleetHost struct {
	Host    fettle.HostID          `json:"host"`
	Patch   fettle.PatchID         `json:"patch,omitempty"`
	Verdict *applicability.Verdict `json:"verdict,omitempty"`
	Exposed *fettle.Truth          `json:"exposed,omitempty"`
	Holds   *fettle.Truth          `json:"holds,omitempty"`
	File    string                 `json:"file"`
	// Status, Exception and Reasons come with -baseline.
	Status    string          `json:"status,omitempty"`
	Exception string          `json:"exception,omitempty"`
	Reasons   []fettle.Reason `json:"reasons,omitempty"`
}

// judged writes the table of patches, or the hosts of one, and reports whether
// any host is exposed.
func (r *fleetReport) judged() (exposed bool, err error) {
	catalog := r.index.Catalog()
	if r.patch != "" {
		i, ok := catalog.Find(fettle.PatchID(r.patch))
		if !ok {
			return false, unknownPatch(catalog, "-patch", r.patch)
		}
		counts := r.index.Counts(i, r.at)
		r.unknown = counts.Verdicts[applicability.VerdictUnknown]
		return counts.Exposed[fettle.Yes] > 0, r.patchHosts(i)
	}
	counts := r.index.All(r.at)
	for i := range counts {
		r.unknown += counts[i].Verdicts[applicability.VerdictUnknown]
		exposed = exposed || counts[i].Exposed[fettle.Yes] > 0
	}
	return exposed, r.patches(counts)
}

// columns are the verdicts in the order of the table.
func columns() []applicability.Verdict {
	return []applicability.Verdict{
		applicability.Needed, applicability.Blocked, applicability.Superseded, applicability.PendingRestart,
		applicability.VerdictUnknown, applicability.Installed,
	}
}

func (r *fleetReport) patches(counts []fleet.Counts) error {
	catalog := r.index.Catalog()
	if r.json {
		for i := range counts {
			p := fleetPatch{
				Patch: catalog.Patch(i).ID, Title: catalog.Patch(i).Title, Severity: catalog.Patch(i).Severity, Hosts: r.index.Len(),
				Verdicts: map[applicability.Verdict]int{}, Exposed: map[fettle.Truth]int{}, Verified: counts[i].Verified,
			}
			for v, n := range counts[i].Verdicts {
				p.Verdicts[applicability.Verdict(v)] = n
			}
			for _, truth := range exposedIs {
				p.Exposed[truth] = counts[i].Exposed[truth]
			}
			if err := r.line(p); err != nil {
				return err
			}
		}
		return nil
	}
	list := make([]int, 0, len(counts))
	for i := range counts {
		quiet := counts[i].Verdicts[applicability.NotApplicable] + counts[i].Verdicts[applicability.Installed]
		if r.all || r.csv || quiet < r.index.Len() {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(x, y int) int {
		p, q := catalog.Patch(x), catalog.Patch(y)
		return cmp.Or(-cmp.Compare(counts[x].Exposed[fettle.Yes], counts[y].Exposed[fettle.Yes]),
			-cmp.Compare(p.Severity, q.Severity), cmp.Compare(p.ID, q.ID))
	})
	rows := [][]string{{"PATCH", "SEVERITY", "NEEDED", "BLOCKED", "SUPERSEDED", "RESTART", "UNKNOWN", "INSTALLED", "VERIFIED", "EXPOSED"}}
	for _, i := range list {
		row := []string{string(catalog.Patch(i).ID), catalog.Patch(i).Severity.String()}
		for _, v := range columns() {
			row = append(row, strconv.Itoa(counts[i].Verdicts[v]))
		}
		rows = append(rows, append(row, strconv.Itoa(counts[i].Verified), strconv.Itoa(counts[i].Exposed[fettle.Yes])))
	}
	if err := r.rows(rows); err != nil || r.csv {
		return err
	}
	fmt.Fprintf(plaintext.Writer{Writer: r.out}, "\n%s, %s, %d of them listed; %s could not be read\n",
		plaintext.Count(r.index.Len(), "host"), plaintext.Count(len(counts), "patch"), len(list), notRead(r.hosts.unread))
	return nil
}

// notRead counts files and records of hosts and feeds that could not be read.
func notRead(n int) string {
	if n == 1 {
		return "1 file or record"
	}
	return fmt.Sprintf("%d files or records", n)
}

// patchHosts lists the hosts of patch i: what asks for action first, then by id.
func (r *fleetReport) patchHosts(i int) error {
	verdicts := columns()
	if r.all || r.json {
		verdicts = append(verdicts, applicability.NotApplicable)
	}
	exposure := map[fettle.HostID]fettle.Truth{}
	for _, truth := range exposedIs {
		for id := range r.index.Exposed(i, truth, r.at) {
			exposure[id] = truth
		}
	}
	id := r.index.Catalog().Patch(i).ID
	rows := [][]string{{"HOST", "VERDICT", "EXPOSED", "FILE"}}
	for _, v := range verdicts {
		for _, host := range slices.Sorted(r.index.Hosts(i, v, r.at)) {
			exposed := exposure[host]
			if r.json {
				if err := r.line(fleetHost{Host: host, Patch: id, Verdict: &v, Exposed: &exposed, File: r.hosts.from[host]}); err != nil {
					return err
				}
			}
			rows = append(rows, []string{string(host), v.String(), exposed.String(), r.hosts.from[host]})
		}
	}
	if r.json {
		return nil
	}
	return r.rows(rows)
}

// selected lists the hosts of a footprint, and those of which it cannot be told.
func (r *fleetReport) selected() (int, error) {
	chosen, err := r.index.Select(r.footprint)
	if err != nil {
		return noAnswer, err
	}
	rows := [][]string{{"HOST", "HOLDS", "FILE"}}
	for _, list := range []struct {
		holds fettle.Truth
		hosts []fettle.HostID
	}{{fettle.Yes, chosen.Yes}, {fettle.Unknown, chosen.Unknown}} {
		slices.Sort(list.hosts)
		for _, host := range list.hosts {
			if r.json {
				if err := r.line(fleetHost{Host: host, Holds: &list.holds, File: r.hosts.from[host]}); err != nil {
					return noAnswer, err
				}
			}
			rows = append(rows, []string{string(host), list.holds.String(), r.hosts.from[host]})
		}
	}
	if !r.json {
		err = r.rows(rows)
	}
	switch {
	case err != nil:
		return noAnswer, err
	case len(chosen.Yes) > 0:
		return nothingNeeded, nil
	case len(chosen.Unknown)+r.hosts.unread > 0:
		return noAnswer, nil
	default:
		return somethingNeeded, nil
	}
}

func (r *fleetReport) line(v any) error {
	enc := json.NewEncoder(r.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (r *fleetReport) rows(rows [][]string) error {
	if !r.csv {
		printRows(plaintext.Writer{Writer: r.out}, rows)
		return nil
	}
	w := csv.NewWriter(r.out)
	return w.WriteAll(rows)
}
