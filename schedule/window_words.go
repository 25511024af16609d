package schedule

import (
	"slices"
	"strconv"
	"strings"
)

// The words of each enumeration, in the order of its constants. They are the
// stored form, so a constant can be renumbered but never renamed.
func kindWords() []string  { return []string{"mandatory", "optional"} }
func shiftWords() []string { return []string{"", "next", "previous", "skip"} }
func eventWords() []string { return []string{"", "logon", "shutdown", "boot", "network-change"} }
func repeatWords() []string {
	return []string{"", "once", "daily", "weekly", "monthly", "yearly", "always", "event"}
}
func weekdayWords() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }
func monthWords() []string {
	return []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
}

func word(words []string, v uint8) string {
	if int(v) < len(words) {
		return words[v]
	}
	return strconv.Itoa(int(v))
}

func marshalWord(field string, words []string, v uint8) ([]byte, error) {
	if int(v) >= len(words) {
		return nil, refuse(field, strconv.Itoa(int(v)), "want a value below "+strconv.Itoa(len(words)))
	}
	return []byte(words[v]), nil
}

func unmarshalWord(field string, words []string, text []byte, v *uint8) error {
	i := slices.Index(words, string(text))
	if i < 0 {
		known := strings.TrimPrefix(strings.Join(words, ", "), ", ")
		return refuse(field, string(text), "want one of "+known)
	}
	*v = uint8(i)
	return nil
}

func refuse(field, value, rule string) error {
	return &FieldError{Field: field, Value: value, Rule: rule}
}

// String returns "mandatory" or "optional".
func (k Kind) String() string { return word(kindWords(), uint8(k)) }

// MarshalText returns the word that String returns.
func (k Kind) MarshalText() ([]byte, error) { return marshalWord("kind", kindWords(), uint8(k)) }

// UnmarshalText accepts the words that String returns.
func (k *Kind) UnmarshalText(text []byte) error {
	return unmarshalWord("kind", kindWords(), text, (*uint8)(k))
}

// String returns "once", "daily", "weekly", "monthly", "yearly", "always" or
// "event", and "" for the zero value.
func (r Repeat) String() string { return word(repeatWords(), uint8(r)) }

// MarshalText returns the word that String returns.
func (r Repeat) MarshalText() ([]byte, error) {
	return marshalWord("repeat", repeatWords(), uint8(r))
}

// UnmarshalText accepts the words that String returns.
func (r *Repeat) UnmarshalText(text []byte) error {
	return unmarshalWord("repeat", repeatWords(), text, (*uint8)(r))
}

// String returns "logon", "shutdown", "boot" or "network-change", and "" for
// the zero value.
func (e Event) String() string { return word(eventWords(), uint8(e)) }

// MarshalText returns the word that String returns.
func (e Event) MarshalText() ([]byte, error) { return marshalWord("event", eventWords(), uint8(e)) }

// UnmarshalText accepts the words that String returns.
func (e *Event) UnmarshalText(text []byte) error {
	return unmarshalWord("event", eventWords(), text, (*uint8)(e))
}

// String returns "next", "previous" or "skip", and "" for NoShift.
func (s ShiftTo) String() string { return word(shiftWords(), uint8(s)) }

// MarshalText returns the word that String returns.
func (s ShiftTo) MarshalText() ([]byte, error) {
	return marshalWord("shift.to", shiftWords(), uint8(s))
}

// UnmarshalText accepts the words that String returns.
func (s *ShiftTo) UnmarshalText(text []byte) error {
	return unmarshalWord("shift.to", shiftWords(), text, (*uint8)(s))
}

// String returns the first three letters of the day's name, in lower case.
func (d Weekday) String() string { return word(weekdayWords(), uint8(d)) }

// MarshalText returns the word that String returns.
func (d Weekday) MarshalText() ([]byte, error) {
	return marshalWord("weekday", weekdayWords(), uint8(d))
}

// UnmarshalText accepts the words that String returns.
func (d *Weekday) UnmarshalText(text []byte) error {
	return unmarshalWord("weekday", weekdayWords(), text, (*uint8)(d))
}

// String returns the text form: tue, tue#2, fri#-1.
func (d Day) String() string {
	if d.Nth == 0 {
		return d.Weekday.String()
	}
	return d.Weekday.String() + "#" + strconv.Itoa(d.Nth)
}

// MarshalText returns the form of String.
func (d Day) MarshalText() ([]byte, error) {
	if _, err := d.Weekday.MarshalText(); err != nil {
		return nil, err
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads the form of String.
func (d *Day) UnmarshalText(text []byte) error {
	name, nth, numbered := strings.Cut(string(text), "#")
	var day Day
	if err := day.Weekday.UnmarshalText([]byte(name)); err != nil {
		return err
	}
	if numbered {
		n, err := strconv.Atoi(nth)
		if err != nil || n == 0 {
			return refuse("weekdays", string(text), "after # want a number other than 0")
		}
		day.Nth = n
	}
	*d = day
	return nil
}
