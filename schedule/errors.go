package schedule

import "errors"

// Sentinels that the FieldErrors of a policy wrap. Test for them with
// errors.Is.
var (
	// ErrInvalid is wrapped where a value is not of the form or range that its
	// field has. Mend the file.
	ErrInvalid = errors.New("schedule: invalid value")
	// ErrUnknownField is wrapped where a file states a field that does not exist.
	ErrUnknownField = errors.New("schedule: unknown field")
	// ErrContradiction is wrapped where layers cannot all be obeyed: a lock is
	// broken, or two layers of equal rank state different values.
	ErrContradiction = errors.New("schedule: contradiction")
	// ErrUnknownName is wrapped where a field names a window, cycle, condition or
	// restart rule that no layer defines.
	ErrUnknownName = errors.New("schedule: unknown name")
	// ErrMissing is wrapped where a thing lacks a field that it cannot do without.
	ErrMissing = errors.New("schedule: missing field")
)

// FieldErrors returns every FieldError that err is, wraps or joins, in the
// order found. Calls that check a policy join all that they find.
func FieldErrors(err error) []*FieldError {
	switch e := err.(type) { //nolint:errorlint // this is the walk that errors.As cannot do
	case nil:
		return nil
	case *FieldError:
		return []*FieldError{e}
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, inner := range e.Unwrap() {
			all = append(all, FieldErrors(inner)...)
		}
		return all
	default:
		return FieldErrors(errors.Unwrap(err))
	}
}

// shorten keeps a value short enough for a message.
func shorten(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
