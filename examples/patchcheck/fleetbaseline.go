package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// standings is how all hosts stand about every check and patch, exceptions
// counted.
type standings struct {
	assessor *baseline.Assessor
	of       []standing     // by index in the catalogue
	conform  [3]int         // hosts, by whether they conform to the baselines
	one      fettle.PatchID // of -patch or -check; empty: all
	hosts    []hostStanding // about that one
}

// standing is how all hosts stand about one check or patch.
type standing struct {
	statuses [baseline.Statuses]int
	verdicts [applicability.Verdicts]int
	exposed  [3]int
	excused  int // of those exposed
	verified int // met, and known to be in force
}

// hostStanding is how one host stands about the check or patch in question.
type hostStanding struct {
	host   fettle.HostID
	result baseline.Result
}

// judgeStandings assesses every host. one narrows down which hosts are kept.
func judgeStandings(a *baseline.Assessor, r *fleetReport, one fettle.PatchID) *standings {
	catalog := a.Catalog()
	s := &standings{assessor: a, of: make([]standing, catalog.Len()), one: one}
	for i := range r.hosts.records {
		record := &r.hosts.records[i]
		report := a.Assess(record, r.at)
		s.conform[report.Conforms()]++
		met := false
		for _, result := range report.Results {
			s.of[result.Finding.Patch].add(&result)
			if result.Patch == one {
				s.hosts = append(s.hosts, hostStanding{record.Host.ID, result})
				met = true
			}
		}
		if one != "" && !met { // not about this host
			s.hosts = append(s.hosts, hostStanding{record.Host.ID, baseline.Result{
				Patch: one, Status: baseline.NotApplicable, Verdict: applicability.NotApplicable, Exposed: fettle.No,
			}})
		}
	}
	for i := range s.of {
		s.of[i].rest(len(r.hosts.records))
	}
	return s
}

func (s *standing) add(r *baseline.Result) {
	s.statuses[r.Status]++
	s.verdicts[r.Verdict]++
	s.exposed[r.Exposed]++
	if r.Exposed == fettle.Yes && r.Exception != "" {
		s.excused++
	}
	if r.Status == baseline.Met && r.Finding.Active == fettle.Yes {
		s.verified++
	}
}

// rest counts the hosts of which no report speaks.
func (s *standing) rest(hosts int) {
	for _, n := range s.verdicts {
		hosts -= n
	}
	s.statuses[baseline.NotApplicable] += hosts
	s.verdicts[applicability.NotApplicable] += hosts
	s.exposed[fettle.No] += hosts
}

// stand writes the table of checks and patches, or the hosts of one, and reports
// whether any host is exposed without an exception.
func (r *fleetReport) stand() (exposed bool, err error) {
	a, one := r.judge.assessor, -1
	var id fettle.PatchID
	if r.patch != "" {
		var ok bool
		if one, ok = a.Catalog().Find(fettle.PatchID(r.patch)); !ok {
			return false, unknownPatch(a.Catalog(), "-patch or -check", r.patch)
		}
		id = a.Catalog().ID(one)
	}
	s := judgeStandings(a, r, id)
	for i := range s.of {
		if one < 0 || i == one {
			r.unknown += s.of[i].statuses[baseline.Unknown]
			exposed = exposed || s.of[i].exposed[fettle.Yes] > s.of[i].excused
		}
	}
	if one >= 0 {
		return exposed, r.standingHosts(s)
	}
	return exposed, r.standings(s)
}

func (r *fleetReport) standings(s *standings) error {
	catalog := s.assessor.Catalog()
	if r.json {
		for i := range s.of {
			if err := r.line(s.line(i, len(r.hosts.records))); err != nil {
				return err
			}
		}
		return nil
	}
	var list []int
	for i := range s.of {
		quiet := s.of[i].statuses[baseline.NotApplicable] + s.of[i].statuses[baseline.Met]
		if r.all || r.csv || quiet < len(r.hosts.records) {
			list = append(list, i)
		}
	}
	open := func(i int) int { return s.of[i].exposed[fettle.Yes] - s.of[i].excused }
	slices.SortStableFunc(list, func(x, y int) int {
		p, q := catalog.Patch(x), catalog.Patch(y)
		return cmp.Or(-cmp.Compare(open(x), open(y)), -cmp.Compare(s.of[x].exposed[fettle.Yes], s.of[y].exposed[fettle.Yes]),
			-cmp.Compare(p.Severity, q.Severity), cmp.Compare(p.ID, q.ID))
	})
	head := []string{"CHECK OR PATCH", "SEVERITY"}
	for _, status := range statusOrder {
		head = append(head, strings.ToUpper(strings.ReplaceAll(status.String(), "-", " ")))
	}
	rows := [][]string{append(head, "VERIFIED", "EXPOSED", "EXCUSED", "TITLE")}
	for _, i := range list {
		p := catalog.Patch(i)
		row := []string{string(p.ID), p.Severity.String()}
		for _, status := range statusOrder {
			row = append(row, strconv.Itoa(s.of[i].statuses[status]))
		}
		rows = append(rows, append(row, strconv.Itoa(s.of[i].verified), strconv.Itoa(s.of[i].exposed[fettle.Yes]),
			strconv.Itoa(s.of[i].excused), cmp.Or(p.Title, "-")))
	}
	if err := r.rows(rows); err != nil || r.csv {
		return err
	}
	fmt.Fprintf(plaintext.Writer{Writer: r.out}, "\n%s: conforming to the baselines %d, not conforming %d, not known %d\nchecks and patches %d, of them listed %d; %s could not be read\n",
		plaintext.Count(len(r.hosts.records), "host"), s.conform[fettle.Yes], s.conform[fettle.No], s.conform[fettle.Unknown], len(s.of), len(list), notRead(r.hosts.unread))
	return nil
}

// line is one check or patch in the output of -json.
func (s *standings) line(i, hosts int) fleetPatch {
	p, n := s.assessor.Catalog().Patch(i), &s.of[i]
	line := fleetPatch{
		Patch: p.ID, Title: p.Title, Severity: p.Severity, Hosts: hosts, Verdicts: map[applicability.Verdict]int{},
		Exposed: map[fettle.Truth]int{}, Verified: n.verified, Statuses: map[baseline.Status]int{}, Excused: &n.excused,
	}
	for v, count := range n.verdicts {
		line.Verdicts[applicability.Verdict(v)] = count
	}
	for status, count := range n.statuses {
		line.Statuses[baseline.Status(status)] = count
	}
	for _, truth := range exposedIs {
		line.Exposed[truth] = n.exposed[truth]
	}
	return line
}

// standingHosts lists the hosts of one check or patch: what asks for action
// first, then by id.
func (r *fleetReport) standingHosts(s *standings) error {
	slices.SortStableFunc(s.hosts, func(x, y hostStanding) int {
		return cmp.Or(cmp.Compare(statusRank(x.result.Status), statusRank(y.result.Status)), cmp.Compare(x.host, y.host))
	})
	rows := [][]string{{"HOST", "STATUS", "EXPOSED", "EXCEPTION", "REMARKS", "FILE"}}
	for i := range s.hosts {
		h := &s.hosts[i]
		if r.json {
			result := &h.result
			err := r.line(fleetHost{
				Host: h.host, Patch: s.one, Verdict: &result.Verdict, Exposed: &result.Exposed, Status: result.Status.String(),
				Exception: result.Exception, Reasons: result.Reasons, File: r.hosts.from[h.host],
			})
			if err != nil {
				return err
			}
			continue
		}
		if !r.all && h.result.Status == baseline.NotApplicable {
			continue
		}
		row := statusRow(&h.result)
		rows = append(rows, []string{
			string(h.host), row[0], h.result.Exposed.String(), cmp.Or(h.result.Exception, "-"), cmp.Or(row[4], "-"), r.hosts.from[h.host],
		})
	}
	if r.json {
		return nil
	}
	return r.rows(rows)
}
