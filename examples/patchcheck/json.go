package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// line is one patch in the output of -json.
type line struct {
	Patch    fettle.PatchID               `json:"patch"`
	Verdict  applicability.Verdict        `json:"verdict"`
	Exposed  fettle.Truth                 `json:"exposed"`
	Severity fettle.Severity              `json:"severity"`
	Restart  fettle.Restart               `json:"restart"`
	Packages []applicability.PackageState `json:"packages"`
	Reasons  []fettle.Reason              `json:"reasons"`
	Insecure bool                         `json:"insecure,omitempty"` // some feed was not verified
	// Status and Exception come with -baseline.
	Status    string `json:"status,omitempty"`
	Exception string `json:"exception,omitempty"`
}

// printJSON writes every patch, also those that are not applicable: what is
// missing from the output was not in the feeds.
func printJSON(out io.Writer, a *answer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	insecure := slices.ContainsFunc(a.feeds, func(f loaded) bool { return f.Insecure })
	standing := map[fettle.PatchID]baseline.Result{}
	if a.report != nil {
		for _, r := range a.report.Results {
			standing[r.Patch] = r
		}
	}
	for i := range a.catalog.Len() {
		finding, patch := a.assessment.Of(i), a.catalog.Patch(i)
		l := line{
			Patch: patch.ID, Verdict: finding.Verdict, Exposed: finding.Exposed,
			Severity: patch.Severity, Restart: patch.Restart, Insecure: insecure,
			Packages: a.catalog.Packages(a.facts, finding), Reasons: a.catalog.Reasons(a.facts, finding),
		}
		if a.report != nil {
			l.Status = baseline.NotApplicable.String()
		}
		if r, ok := standing[patch.ID]; ok {
			l.Status, l.Exception, l.Reasons = r.Status.String(), r.Exception, r.Reasons
		}
		if l.Packages == nil {
			l.Packages = []applicability.PackageState{}
		}
		if l.Reasons == nil {
			l.Reasons = []fettle.Reason{}
		}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// printProof writes the proof for the patch of -explain.
func printProof(out io.Writer, a *answer) error {
	id := fettle.PatchID(a.options.explain)
	if _, ok := a.catalog.Find(id); !ok {
		return unknownPatch(a.catalog, "-explain", string(id))
	}
	var e fmt.Stringer
	var err error
	if a.assessor != nil {
		e, err = a.assessor.Explain(&a.host.record, id, a.options.at)
	} else {
		e, err = a.catalog.Explain(&a.host.record, id, a.options.at)
	}
	if err != nil {
		return err
	}
	if a.options.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	_, err = fmt.Fprintln(plaintext.Writer{Writer: out}, strings.TrimRight(e.String(), "\n"))
	return err
}

// unknownPatch names the patches whose ids hold what was typed.
func unknownPatch(c *applicability.Catalog, option, typed string) error {
	const most = 8
	var near []string
	for i := range c.Len() {
		if id := string(c.Patch(i).ID); strings.Contains(strings.ToLower(id), strings.ToLower(typed)) {
			near = append(near, id)
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("%s %q: of %s none has this id", option, typed, plaintext.Count(c.Len(), "patch"))
	}
	more := ""
	if len(near) > most {
		near, more = near[:most], fmt.Sprintf("\n  and %d more", len(near)-most)
	}
	return fmt.Errorf("%s %q: no patch has this id; these come near:\n  %s%s", option, typed, strings.Join(near, "\n  "), more)
}
