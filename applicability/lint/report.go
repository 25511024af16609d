package lint

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
	"github.com/fettle-dev/fettle/inventory"
)

// Grade says how sure it is that a finding is a fault.
type Grade uint8

// The grades.
const (
	Note    Grade = iota // worth knowing; may be meant
	Warning              // wrong on some hosts
	Fault                // wrong on every host, or refused by Compile
)

var gradeWords = enum.Words{Kind: "lint: grade", Words: []string{"note", "warning", "fault"}}

// String returns note, warning or fault.
func (g Grade) String() string { return gradeWords.Word(uint8(g)) }

// MarshalText returns the word that String returns.
func (g Grade) MarshalText() ([]byte, error) { return gradeWords.Marshal(uint8(g)) }

// UnmarshalText accepts exactly the words that String returns.
func (g *Grade) UnmarshalText(text []byte) error { return gradeWords.Unmarshal(text, (*uint8)(g)) }

// The codes of findings.
const (
	CodeRefused       = "refused"                 // Compile found a problem
	CodeCycle         = "cycle"                   // patches refer to one another in a circle
	CodeNeverHolds    = "never-holds"             // a footprint that no host can meet
	CodeAlwaysHolds   = "always-holds"            // a footprint that every host meets and that is not written always
	CodeNeverNeeded   = "never-needed"            // wherever Target holds, Installed does too
	CodeNeverVerified = "never-verified"          // wherever Target holds, Installed cannot
	CodeTargetReads   = "target-reads-installed"  // Target reads what Installed changes: success would turn into NotApplicable
	CodeNotCovered    = "superseder-not-covering" // the superseder can be on disk and what it supersedes still be missing
	CodeFight         = "fight"                   // two patches want one thing in versions that exclude each other
	CodePrerequisite  = "undeclared-prerequisite" // Target holds only after another patch, which Requires does not name
	CodeRequiresGone  = "requires-missing"        // a required patch is not in the catalogue, nor what supersedes it
	CodeRequiresElse  = "requires-elsewhere"      // no host is a target of both the patch and what it requires
	CodeRequiresClash = "requires-conflicting"    // it requires what it conflicts with
	CodeUnknownKind   = "unknown-kind"            // a criterion of a kind that this version does not know
)

// Finding is something that a catalogue says and probably does not mean.
type Finding struct {
	Code  string         `json:"code"`
	Grade Grade          `json:"grade"`
	Patch fettle.PatchID `json:"patch"`
	// Others are the other patches that it takes.
	Others []fettle.PatchID `json:"others,omitempty"`
	Field  string           `json:"field,omitempty"` // of Patch: target, installed, supersedes, ...
	Detail string           `json:"detail"`          // for people
	// Witness is a small host that shows it, judged so by the engine; nil where
	// the fault is that there is no such host.
	Witness *inventory.Record `json:"witness,omitempty"`
}

// String returns the finding on one line, without the witness.
func (f Finding) String() string {
	others := ""
	if len(f.Others) > 0 {
		var names []string
		for _, id := range f.Others {
			names = append(names, string(id))
		}
		others = " (" + strings.Join(names, ", ") + ")"
	}
	field := ""
	if f.Field != "" {
		field = " " + f.Field
	}
	return fmt.Sprintf("%s: %s: %s%s%s: %s", f.Grade, f.Code, f.Patch, field, others, f.Detail)
}

// Report is the outcome of Check.
type Report struct {
	// Findings are in the order of the catalogue; those about a pair stand with
	// the patch that is named first.
	Findings []Finding `json:"findings"`
	Patches  int       `json:"patches"` // that were looked at; withdrawn ones are not
	// Undecided counts the questions that passed their bound or were left out
	// because there are too many pairs.
	Undecided int `json:"undecided"`
}

// WitnessText renders the facts of a witness for people, one a line.
func WitnessText(r *inventory.Record) string {
	var w strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&w, format+"\n", args...) }
	s := &r.Snapshot
	w.WriteString("os")
	for _, v := range [][2]string{
		{"family", s.OS.Family},
		{"id", s.OS.ID},
		{"like", strings.Join(s.OS.IDLike, ",")},
		{"version", s.OS.Version},
		{"codename", s.OS.Codename},
		{"variant", s.OS.Variant},
		{"build", s.OS.Build},
		{"arch", s.OS.Arch},
	} {
		w.WriteString(labelled(" "+v[0]+"=", v[1]))
	}
	w.WriteByte('\n')
	if s.Kernel.Release != "" {
		line("kernel %s", s.Kernel.Release)
	}
	for _, p := range s.Packages {
		line("package %s:%s %s %s, source %s", p.Type, p.Name, p.Version, p.Arch, p.Source)
	}
	for _, f := range s.Files {
		line("file %s%s", f.Path, labelled(" version ", f.FileVersion)+labelled(" product version ", f.ProductVersion)+labelled(" digest ", string(f.Digest)))
	}
	for _, k := range s.Registry {
		line("registry %s %v", k.Key, k.Values)
	}
	for _, p := range s.Products {
		line("product %s %s %v", p.Code, p.Version, p.Patches)
	}
	for _, h := range s.Hotfixes {
		line("hotfix %s", h.ID)
	}
	for _, v := range s.Services {
		line("service %s%s", v.Name, labelled(" ", v.State)+labelled(" start ", v.Start))
	}
	for name, value := range sorted(s.Facts) {
		line("fact %s = %s", name, value)
	}
	for name, value := range sorted(r.Host.Labels) {
		line("label %s = %s", name, value)
	}
	return w.String()
}

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}
