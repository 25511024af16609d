package oval

import (
	"errors"
	"time"
)

// The causes for which a document or a definition is refused. They are wrapped
// in a feed.ListError or a feed.RecordError.
var (
	// ErrXML: a file is not well-formed XML, or of a kind that is refused.
	ErrXML = errors.New("oval: cannot read the XML")
	// ErrCut: a file ends before its root element does.
	ErrCut = errors.New("oval: the file is cut short")
	// ErrFormat: a file is XML, but no OVAL definitions.
	ErrFormat = errors.New("oval: not a document of OVAL definitions")
	// ErrUnsupported: a definition rests on something outside the subset that
	// this package evaluates.
	ErrUnsupported = errors.New("oval: not supported")
	// ErrReference: a definition rests on something that the document does not
	// have, or on itself.
	ErrReference = errors.New("oval: broken reference")
	// ErrDuplicate: two definitions have one id.
	ErrDuplicate = errors.New("oval: id used twice")
	// ErrTooLarge: a bound on size or depth was passed.
	ErrTooLarge = errors.New("oval: too large")
)

// Document is a document of OVAL definitions. It is not changed after Parse, so
// it is safe for concurrent use.
type Document struct {
	// Definitions are those of the document, in its order.
	Definitions []*Definition

	tests     map[string]*test
	objects   map[string]*object
	states    map[string]*state
	variables map[string]*variable
	byID      map[string]*Definition
}

// Definition is one definition.
type Definition struct {
	ID         string
	Version    string
	Class      string // patch, vulnerability, inventory, compliance, miscellaneous
	Title      string
	Severity   string // the advisory's word, or the word at the head of the title
	References []Reference
	Issued     time.Time // zero: not stated
	Updated    time.Time // zero: not stated
	Deprecated bool
	Line       int // at which it begins

	criteria  *criteria
	fault     error // what makes it unusable; set once the document is read
	duplicate bool
}

// Reference is another name of what a definition speaks of.
type Reference struct{ Source, ID string }

// Err returns why the definition cannot be evaluated, nil if it can. It wraps
// ErrUnsupported, ErrReference or ErrTooLarge and names the part at fault.
func (d *Definition) Err() error { return d.fault }

// criteria is a node of a definition: a list of nodes, a test or another
// definition.
type criteria struct {
	op         operator
	negate     bool
	of         []*criteria
	test       string
	definition string
}

// test is a test element.
type test struct {
	id        string
	kind      string // family, dpkginfo, ...
	existence existence
	check     operator
	noneExist bool // check="none exist", which is deprecated and looks at existence alone
	stateOp   operator
	object    string
	states    []string
	fault     error
}

// object is an object element.
type object struct {
	id        string
	kind      string
	entities  []entity
	set       *set
	filters   []filter
	behaviors behaviors
	fault     error
}

type behaviors struct {
	depth                           int // of recursion; 0: none, -1: without end
	up                              bool
	ignoreCase, singleLine, oneLine bool
}

type filter struct {
	state   string
	include bool
}

// set combines the items of objects.
type set struct {
	op      string // UNION, INTERSECTION, COMPLEMENT
	objects []string
	sets    []*set
	filters []filter
}

// state is a state element.
type state struct {
	id       string
	op       operator
	entities []entity
	fault    error
}

// variable is a constant_variable.
type variable struct {
	id     string
	values []string
	fault  error
}
