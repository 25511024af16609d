package osv

import (
	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/cvss"
	"github.com/fettle-dev/fettle/internal/rating"
)

// severity is the severity of the advisory: by the base score of its newest
// CVSS vector; else by the worst of its packages' vectors; else by the vendor's
// own word, of the advisory, of a package, or at the head of the summary, where
// the rebuilders of RHEL have it.
func (r *Record) severity(note func(string)) fettle.Severity {
	if s := byVector(r.Severity, note); s != fettle.SeverityUnknown {
		return s
	}
	worst := fettle.SeverityUnknown
	for i := range r.Affected {
		worst = max(worst, byVector(r.Affected[i].Severity, note))
	}
	if worst != fettle.SeverityUnknown {
		return worst
	}
	if s := rating.Word(r.Rating); s != fettle.SeverityUnknown {
		return s
	}
	for i := range r.Affected {
		worst = max(worst, rating.Word(r.Affected[i].Rating))
	}
	if worst != fettle.SeverityUnknown {
		return worst
	}
	return rating.Headline(r.Summary)
}

// byVector rates by the vector of the newest version that can be read.
func byVector(all []Severity, note func(string)) fettle.Severity {
	best, newest := fettle.SeverityUnknown, ""
	for _, s := range all {
		var got fettle.Severity
		switch s.Type {
		case "CVSS_V2", "CVSS_V3", "CVSS_V4":
			var err error
			if _, got, err = cvss.Of(s.Score); err != nil {
				note("malformed CVSS vector")
				continue
			}
		case "Ubuntu":
			got = rating.Word(s.Score)
		default:
			note("unknown severity type " + clip(s.Type))
			continue
		}
		if got != fettle.SeverityUnknown && s.Type >= newest || best == fettle.SeverityUnknown {
			best, newest = got, s.Type
		}
	}
	return best
}
