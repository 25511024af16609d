package schedule

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/internal/enum"
)

// The words of each enumeration, in the order of its constants.
var (
	kindWords    = enum.Words{Kind: "schedule: kind", Words: []string{"mandatory", "optional"}}
	repeatWords  = enum.Words{Kind: "schedule: repeat", Words: []string{"", "once", "daily", "weekly", "monthly", "yearly", "always", "event"}}
	eventWords   = enum.Words{Kind: "schedule: event", Words: []string{"", "logon", "shutdown", "boot", "network-change"}}
	shiftWords   = enum.Words{Kind: "schedule: shift", Words: []string{"", "next", "previous", "skip"}}
	weekdayWords = enum.Words{Kind: "schedule: weekday", Words: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}}
	monthWords   = enum.Words{
		Kind:  "schedule: month",
		Words: []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
	}
	effectWords = enum.Words{
		Kind:  "schedule: clock effect",
		Words: []string{"", "start-moved", "start-twice", "end-moved", "length-moved", "never-started"},
	}
)

// unmarshalWord reads a word of a field, or says which words there are.
func unmarshalWord(field string, words enum.Words, text []byte, v *uint8) error {
	if err := words.Unmarshal(text, v); err != nil {
		known := strings.TrimPrefix(strings.Join(words.Words, ", "), ", ")
		return &FieldError{Field: field, Value: string(text), Rule: "want one of " + known, Err: err}
	}
	return nil
}

func refuse(field, value, rule string) error {
	return &FieldError{Field: field, Value: value, Rule: rule}
}

// String returns "mandatory" or "optional".
func (k Kind) String() string { return kindWords.Word(uint8(k)) }

// MarshalText returns the word that String returns.
func (k Kind) MarshalText() ([]byte, error) { return kindWords.Marshal(uint8(k)) }

// UnmarshalText accepts the words that String returns.
func (k *Kind) UnmarshalText(text []byte) error {
	return unmarshalWord("kind", kindWords, text, (*uint8)(k))
}

// String returns "once", "daily", "weekly", "monthly", "yearly", "always" or
// "event", and "" for the zero value.
func (r Repeat) String() string { return repeatWords.Word(uint8(r)) }

// MarshalText returns the word that String returns.
func (r Repeat) MarshalText() ([]byte, error) {
	return repeatWords.Marshal(uint8(r))
}

// UnmarshalText accepts the words that String returns.
func (r *Repeat) UnmarshalText(text []byte) error {
	return unmarshalWord("repeat", repeatWords, text, (*uint8)(r))
}

// String returns "logon", "shutdown", "boot" or "network-change", and "" for
// the zero value.
func (e Event) String() string { return eventWords.Word(uint8(e)) }

// MarshalText returns the word that String returns.
func (e Event) MarshalText() ([]byte, error) { return eventWords.Marshal(uint8(e)) }

// UnmarshalText accepts the words that String returns.
func (e *Event) UnmarshalText(text []byte) error {
	return unmarshalWord("event", eventWords, text, (*uint8)(e))
}

// String returns "next", "previous" or "skip", and "" for NoShift.
func (s ShiftTo) String() string { return shiftWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s ShiftTo) MarshalText() ([]byte, error) {
	return shiftWords.Marshal(uint8(s))
}

// UnmarshalText accepts the words that String returns.
func (s *ShiftTo) UnmarshalText(text []byte) error {
	return unmarshalWord("shift.to", shiftWords, text, (*uint8)(s))
}

// String returns the first three letters of the day's name, in lower case.
func (d Weekday) String() string { return weekdayWords.Word(uint8(d)) }

// MarshalText returns the word that String returns.
func (d Weekday) MarshalText() ([]byte, error) {
	return weekdayWords.Marshal(uint8(d))
}

// UnmarshalText accepts the words that String returns.
func (d *Weekday) UnmarshalText(text []byte) error {
	return unmarshalWord("weekday", weekdayWords, text, (*uint8)(d))
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
