package applicability

import (
	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Verdict is what is to be done about a patch on a host. Whether the host is
// exposed without it is a separate answer, Finding.Exposed.
type Verdict uint8

// The verdicts. VerdictUnknown is the zero value: it cannot be told.
const (
	VerdictUnknown Verdict = iota
	NotApplicable          // its Target does not hold
	Installed              // on disk; whether also in force, Finding.Active says
	PendingRestart         // on disk, not in force
	Needed                 // to be installed
	Superseded             // to be left to a newer patch that is here, or needed here and allowed
	Blocked                // needed, and cannot be installed here
)

var verdictWords = enum.Words{Kind: "applicability: verdict", Words: []string{
	"unknown", "not-applicable", "installed", "pending-restart", "needed", "superseded", "blocked",
}}

// Verdicts is how many verdicts there are.
const Verdicts = int(Blocked) + 1

// String returns the lower-case word: unknown, not-applicable, installed,
// pending-restart, needed, superseded or blocked.
func (v Verdict) String() string { return verdictWords.Word(uint8(v)) }

// MarshalText returns the word that String returns.
func (v Verdict) MarshalText() ([]byte, error) { return verdictWords.Marshal(uint8(v)) }

// UnmarshalText accepts exactly the words that String returns.
func (v *Verdict) UnmarshalText(text []byte) error { return verdictWords.Unmarshal(text, (*uint8)(v)) }

// Code says why a verdict is what it is.
type Code uint8

// The codes. Most verdicts explain themselves and have none.
const (
	CodeNone               Code = iota
	CodeFactsMissing            // Unknown: facts that decide it were not collected, or cannot be judged
	CodeUncompiled              // Unknown: the patch could not be compiled; see the problems of Compile
	CodeStaleCatalog            // Unknown, where the answer would have been a good one: the catalogue is too old
	CodeStaleSnapshot           // likewise: the snapshot is too old
	CodeAfter                   // Needed, after Finding.By, which it requires
	CodeSuperseded              // Superseded by Finding.By
	CodeRequires                // Blocked: it requires Finding.By, which cannot be had here
	CodeRequiresUnknown         // Blocked: it requires Finding.By, of which nothing can be said here
	CodeRequiresUnapproved      // Blocked: it requires Finding.By, which is not allowed
	CodeConflict                // Blocked: Finding.By is installed and conflicts with it
	CodeNoFix                   // Blocked: the vendor offers nothing to install yet
	CodeRestart                 // PendingRestart: what is on disk waits for a restart
	CodeWithdrawn               // NotApplicable or Installed: the patch was taken back
)

var codeWords = enum.Words{Kind: "applicability: reason code", Words: []string{
	"", "facts-missing", "uncompiled", "stale-catalog", "stale-snapshot", "after", "superseded", "requires",
	"requires-unknown", "requires-unapproved", "conflict", "no-fix", "restart", "withdrawn",
}}

// String returns the code as reasons carry it: superseded, no-fix, ...
func (c Code) String() string { return codeWords.Word(uint8(c)) }

// Flag is a further remark on a finding.
type Flag uint8

// The flags of a finding.
const (
	Held       Flag = 1 << iota // a package that keeps it from being installed is held
	Broken                      // a package that it speaks of is incomplete: to be repaired
	StaleData                   // the catalogue or the snapshot is too old; the verdict stands all the same
	Unapproved                  // not allowed in this view of the catalogue
)

// Finding is the answer about one patch on one host. It is small, holds no
// pointers and can be compared. Reasons and packages come from the catalogue;
// proof comes from Explain.
type Finding struct {
	Patch     int32 // index in the catalogue
	By        int32 // index of the patch that supersedes, blocks or comes first; -1: none. See Catalog.ID
	Target    fettle.Truth
	Installed fettle.Truth // No where a package it reads is incomplete
	Active    fettle.Truth
	Exposed   fettle.Truth // whether the host suffers what the patch mends
	Verdict   Verdict
	Code      Code
	Flags     Flag
}

// Has reports whether all flags of mask are set.
func (f Finding) Has(mask Flag) bool { return f.Flags&mask == mask }

// Verified reports whether the patch is proven to be on disk and in force.
func (f Finding) Verified() bool { return f.Installed == fettle.Yes && f.Active == fettle.Yes }

// nobody is Finding.By where there is no other patch.
const nobody int32 = -1
