package osv

import (
	"errors"

	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// The causes for which a record or a feed is refused. They are wrapped in a
// feed.RecordError or a feed.ListError.
var (
	// ErrEmpty: a file holds nothing at all.
	ErrEmpty = errors.New("osv: empty file")
	// ErrNoID: an advisory has no id.
	ErrNoID = errors.New("osv: advisory without an id")
	// ErrTooLarge: an advisory is larger than Options.MaxRecord, or a feed has
	// too many.
	ErrTooLarge = errors.New("osv: advisory too large")
	// ErrDuplicate: another advisory of the feed has the same id.
	ErrDuplicate = errors.New("osv: id used twice")
	// ErrEcosystem: none of the advisory's packages is of an ecosystem that
	// this version knows.
	ErrEcosystem = errors.New("osv: unknown ecosystem")
	// ErrYAML: an advisory is written in YAML and Options.YAML is not set.
	ErrYAML = errors.New("osv: YAML, and no converter was given")
	// ErrNoRecords: a feed holds no advisory at all.
	ErrNoRecords = errors.New("osv: no advisory found")
	// ErrCut: a file of many advisories ends in the middle, so that it is not
	// known how many are missing.
	ErrCut = errors.New("osv: the file is cut short")
)

// The faults of a text that is to hold an advisory. They are wrapped in what
// Parse returns and in a feed.RecordError, with the place.
var (
	ErrSyntax         = jsonscan.ErrSyntax    // not JSON
	ErrTruncated      = jsonscan.ErrTruncated // ends inside a value
	ErrDepth          = jsonscan.ErrDepth     // nested too deeply
	ErrType           = jsonscan.ErrType      // a string where a list should be, say
	ErrUTF8           = jsonscan.ErrUTF8      // not UTF-8
	ErrDuplicateField = jsonscan.ErrDuplicate // an object names a member twice
)
