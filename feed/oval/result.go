package oval

import (
	"github.com/fettle-dev/fettle"
)

// Result is the outcome of a definition, a criterion or a test (OVAL results
// schema 5.11, ResultEnumeration).
type Result uint8

// The results. The zero value is NotEvaluated.
const (
	NotEvaluated Result = iota
	True
	False
	Unknown
	Error
	NotApplicable
	results
)

// String returns the word of the results schema.
func (r Result) String() string {
	return [...]string{"not evaluated", "true", "false", "unknown", "error", "not applicable", "?"}[min(r, results)]
}

// Truth maps a result onto the library's truths.
func (r Result) Truth() fettle.Truth {
	switch r {
	case True:
		return fettle.Yes
	case False:
		return fettle.No
	default:
		return fettle.Unknown
	}
}

// Of maps a truth back onto a result.
func Of(t fettle.Truth) Result {
	switch t {
	case fettle.Yes:
		return True
	case fettle.No:
		return False
	default:
		return Unknown
	}
}

func (r Result) negated() Result {
	switch r {
	case True:
		return False
	case False:
		return True
	default:
		return r
	}
}

// tally counts results.
type tally [results]int

func (t *tally) add(r Result) { t[r]++ }

// open returns the result of a tally in which something is not decided, and
// whether there is one.
func (t *tally) open() (Result, bool) {
	for _, r := range [...]Result{Error, Unknown, NotEvaluated} {
		if t[r] > 0 {
			return r, true
		}
	}
	return NotApplicable, false
}

// operator combines results (OVAL definitions schema, OperatorEnumeration and
// CheckEnumeration, whose tables are the same: all is AND, at least one is OR,
// only one is ONE).
type operator uint8

const (
	and operator = iota
	or
	one
	xor
	none // none satisfy: true where nothing is
)

func (o operator) of(t tally) Result {
	open, isOpen := t.open()
	decided := func(yes bool) Result {
		switch {
		case isOpen:
			return open
		case t == tally{}:
			return Unknown // nothing was asked
		case t[True]+t[False] == 0:
			return NotApplicable
		case yes:
			return True
		default:
			return False
		}
	}
	switch {
	case o == and && t[False] > 0, o == one && t[True] > 1, o == none && t[True] > 0:
		return False
	case o == or && t[True] > 0:
		return True
	case o == and:
		return decided(true)
	case o == or:
		return decided(false)
	case o == one:
		return decided(t[True] == 1)
	case o == xor:
		return decided(t[True]%2 == 1)
	default:
		return decided(true)
	}
}

// existence is ExistenceEnumeration.
type existence uint8

const (
	atLeastOneExists existence = iota // the default; all_exist, which is deprecated, means the same
	anyExist
	noneExist
	onlyOneExists
)

// of says whether n items satisfy e, where complete says that there are no
// others.
func (e existence) of(n int, complete bool) Result {
	unless := func(r Result) Result {
		if complete {
			return r
		}
		return Unknown
	}
	switch e {
	case anyExist:
		return True
	case noneExist:
		if n > 0 {
			return False
		}
		return unless(True)
	case onlyOneExists:
		switch n {
		case 0:
			return unless(False)
		case 1:
			return unless(True)
		default:
			return False
		}
	default:
		if n > 0 {
			return True
		}
		return unless(False)
	}
}
