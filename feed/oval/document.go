package oval

import (
	"errors"
	"time"

	"github.com/fettle-dev/fettle/inventory"
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
	// ErrDuplicate: two definitions have one id, or two of the tests, objects,
	// states or variables that a definition rests on: nobody knows which is meant.
	ErrDuplicate = errors.New("oval: id used twice")
	// ErrTooLarge: a bound on size or depth was passed.
	ErrTooLarge = errors.New("oval: too large")
)

// Document is a document of OVAL definitions. It is not changed after Parse, so
// it is safe for concurrent use.
type Document struct {
	// Definitions are those of the document, in its order.
	Definitions []*Definition

	// Parts refer to one another by the numbers of their ids. A number to which
	// the document has no part holds a nil definition or a part that is not
	// there.
	definitions parts[*Definition]
	tests       parts[test]
	objects     parts[object]
	states      parts[state]
	variables   parts[variable]
	nodes       []node   // criteria: what a node holds lies side by side
	refs        []uint32 // states of tests
}

func newDocument() *Document {
	return &Document{
		definitions: newParts[*Definition](), tests: newParts[test](), objects: newParts[object](), states: newParts[state](), variables: newParts[variable](),
	}
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

	duplicate   bool
	hasCriteria bool
	root        node
	fault       error // what makes it unusable; set once the document is read
}

// Reference is another name of what a definition speaks of.
type Reference struct{ Source, ID string }

// Err returns why the definition cannot be evaluated, nil if it can. It wraps
// ErrUnsupported, ErrReference or ErrTooLarge and names the part at fault.
func (d *Definition) Err() error { return d.fault }

// node is a node of a definition's criteria: a list of nodes, a test or another
// definition.
type node struct {
	of     uint32 // the first one of a list in Document.nodes, or the number of the test or definition
	n      uint32 // length of a list
	what   what
	op     operator // of a list
	negate bool
}

type what uint8

const (
	isList what = iota
	isTest
	isDefinition
)

// in returns what a list holds.
func (d *Document) in(list node) []node { return d.nodes[list.of : list.of+list.n] }

// test is a test element.
type test struct {
	there     bool
	existence existence
	check     operator
	noneExist bool // check="none exist", which is deprecated and looks at existence alone
	stateOp   operator
	kind      string // family, dpkginfo, ...
	object    uint32
	states    span
	fault     error
}

// span is a part of Document.refs.
type span struct{ from, to uint32 }

// statesOf returns the numbers of a test's states.
func (d *Document) statesOf(t *test) []uint32 { return d.refs[t.states.from:t.states.to] }

// object is an object element.
type object struct {
	there     bool
	linked    bool // wrong was found
	kind      string
	entities  []entity
	set       *set
	filters   []filter
	behaviors behaviors
	fault     error
	wrong     error // the fault with those of what it rests on
}

type behaviors struct {
	depth                           int // of recursion; 0: none, -1: without end
	up                              bool
	ignoreCase, singleLine, oneLine bool
	view                            inventory.View
}

type filter struct {
	state   uint32
	include bool
}

// set combines the items of objects.
type set struct {
	op      string // UNION, INTERSECTION, COMPLEMENT
	objects []uint32
	sets    []*set
	filters []filter
}

// state is a state element.
type state struct {
	there    bool
	kind     string
	op       operator
	entities []entity
	fault    error
}

// variable is a constant_variable.
type variable struct {
	there    bool
	datatype string
	values   []string
	fault    error
}
