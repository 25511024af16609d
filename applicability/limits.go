package applicability

import (
	"errors"
	"fmt"

	"github.com/fettle-dev/fettle"
)

// Bounds of one footprint, in text, in JSON and compiled.
const (
	MaxDepth    = 64      // criteria nested in one another
	MaxCriteria = 1 << 16 // criteria in all
)

// What is wrong with a footprint or a patch. Compile reports them in Problems,
// the readers as errors; the sentinel tells the kind.
var (
	// ErrTooDeep: criteria are nested more than MaxDepth deep.
	ErrTooDeep = errors.New("applicability: footprint is nested too deeply")
	// ErrTooWide: there are more than MaxCriteria criteria.
	ErrTooWide = errors.New("applicability: footprint has too many criteria")
	// ErrNotStated: a footprint that every patch states is missing.
	ErrNotStated = errors.New("applicability: footprint is not stated")
	// ErrCriterion: a criterion says something impossible, such as an invalid
	// version for its order.
	ErrCriterion = errors.New("applicability: impossible criterion")
	// ErrCycle: patches refer to one another in a circle.
	ErrCycle = errors.New("applicability: patches refer to one another in a circle")
	// ErrNoPatch: a patch is not in the catalogue.
	ErrNoPatch = errors.New("applicability: no such patch")
	// ErrDuplicate: an id names two patches.
	ErrDuplicate = errors.New("applicability: two patches have one id")
)

// Problem is what keeps a patch from being judged as it was meant. Where Fatal
// is set the patch could not be compiled and assesses Unknown.
//
//nolint:errname // what Compile reports; an error so that it prints and unwraps as one
type Problem struct {
	Patch fettle.PatchID
	Index int    // of the patch in what Compile was given
	Field string // target, installed.all[1].package.range, supersedes, ...
	Fatal bool
	Err   error // wraps one of the sentinels
}

// Error names patch, field and cause.
func (p *Problem) Error() string {
	return fmt.Sprintf("applicability: patch %q: %s: %v", p.Patch, p.Field, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }
