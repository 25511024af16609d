package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

// windowJSON is the JSON form of a Window.
type windowJSON struct {
	Kind       Kind           `json:"kind,omitzero"`
	Repeat     Repeat         `json:"repeat"`
	Event      Event          `json:"event,omitzero"`
	Every      int            `json:"every,omitzero"`
	Weekdays   []Day          `json:"weekdays,omitempty"`
	MonthDays  []int          `json:"monthDays,omitempty"`
	Months     []monthName    `json:"months,omitempty"`
	Pick       []int          `json:"pick,omitempty"`
	WeekStart  Weekday        `json:"weekStart,omitzero"`
	Dates      []Date         `json:"dates,omitempty"`
	OffsetDays int            `json:"offsetDays,omitzero"`
	Shift      *shiftJSON     `json:"shift,omitempty"`
	Anchor     Date           `json:"anchor,omitzero"`
	From       Date           `json:"from,omitzero"`
	Until      Date           `json:"until,omitzero"`
	Except     []Date         `json:"except,omitempty"`
	Start      *Clock         `json:"start,omitempty"`
	For        durationText   `json:"for,omitzero"`
	LatestEnd  *latestEndJSON `json:"latestEnd,omitempty"`
	Cutoff     Cutoff         `json:"cutoff,omitzero"`
	Spread     durationText   `json:"spread,omitzero"`
	Zone       string         `json:"zone,omitempty"`
}

type shiftJSON struct {
	To       ShiftTo `json:"to"`
	Calendar string  `json:"calendar"`
}

type latestEndJSON struct {
	At   Clock `json:"at"`
	Days int   `json:"days,omitzero"`
}

type monthName time.Month

func (m monthName) MarshalText() ([]byte, error) {
	return monthWords.Marshal(uint8(m))
}

func (m *monthName) UnmarshalText(text []byte) error {
	var v uint8
	err := unmarshalWord("months", monthWords, text, &v)
	*m = monthName(v)
	return err
}

type durationText time.Duration

func (d durationText) MarshalText() ([]byte, error) {
	return []byte(formatDuration(time.Duration(d))), nil
}

func (d *durationText) UnmarshalText(text []byte) error {
	v, ok := parseDuration(string(text))
	if !ok {
		return refuse("", string(text), durationRule)
	}
	*d = durationText(v)
	return nil
}

// MarshalText returns "fit" for the zero value, else Last as a duration.
func (c Cutoff) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (c *Cutoff) UnmarshalText(text []byte) error {
	if string(text) == "fit" {
		*c = Cutoff{}
		return nil
	}
	var d durationText
	if err := d.UnmarshalText(text); err != nil {
		return err
	}
	*c = Cutoff{Fixed: true, Last: time.Duration(d)}
	return nil
}

// MarshalJSON returns the JSON form: an object with the fields of Window in
// lowerCamel. Words stand for enumerations, "tue#2" for a Day, "mon" to "sun"
// and "jan" to "dec" for days and months, HH:MM for times of day, YYYY-MM-DD
// for dates, text for durations ("4h"), and for a cutoff that or "fit". Fields
// at their zero value are left out.
func (w Window) MarshalJSON() ([]byte, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	w = w.normal()
	out := windowJSON{
		Kind: w.Kind, Repeat: w.Repeat, Event: w.Event, Every: w.Every,
		Weekdays: w.Weekdays, MonthDays: w.MonthDays, Pick: w.Pick, WeekStart: w.WeekStart, Dates: w.Dates,
		OffsetDays: w.OffsetDays, Anchor: w.Anchor, From: w.From, Until: w.Until, Except: w.Except,
		For: durationText(w.For), Cutoff: w.Cutoff, Spread: durationText(w.Spread), Zone: w.Zone,
	}
	for _, m := range w.Months {
		out.Months = append(out.Months, monthName(m))
	}
	if w.Shift.To != NoShift {
		out.Shift = (*shiftJSON)(&w.Shift)
	}
	if w.recurs() || w.Repeat == Once {
		out.Start = &w.Start
	}
	if w.LatestEnd != nil {
		out.LatestEnd = (*latestEndJSON)(w.LatestEnd)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the JSON form, or a string that holds the text form, and
// checks the window. A field that it does not know is refused: an error in the
// name of a bound would silently lift it.
func (w *Window) UnmarshalJSON(data []byte) error {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '"' {
		var text string
		if err := json.Unmarshal(trimmed, &text); err != nil {
			return err
		}
		parsed, err := ParseWindow(text)
		if err == nil {
			*w = parsed
		}
		return err
	}
	var in windowJSON
	if err := strict(data, &in); err != nil {
		return err
	}
	parsed := in.window()
	if err := parsed.Check(); err != nil {
		return err
	}
	if (parsed.recurs() || parsed.Repeat == Once) && in.Start == nil {
		return refuse("start", "", "want a time of day, HH:MM, at which it starts")
	}
	*w = parsed.normal()
	return nil
}

// strict decodes one JSON value and refuses fields that v has not.
func strict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
			return refuse(strings.Trim(name, `"`), "", "unknown field")
		}
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return &FieldError{Field: wrong.Field, Value: wrong.Value, Rule: "want " + wrong.Type.String(), Err: err}
		}
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse("", "", "want one JSON value and nothing behind it")
	}
	return nil
}

func (in *windowJSON) window() Window {
	w := Window{
		Kind: in.Kind, Repeat: in.Repeat, Event: in.Event, Every: in.Every,
		Weekdays: in.Weekdays, MonthDays: in.MonthDays, Pick: in.Pick, WeekStart: in.WeekStart, Dates: in.Dates,
		OffsetDays: in.OffsetDays, Anchor: in.Anchor, From: in.From, Until: in.Until, Except: in.Except,
		For: time.Duration(in.For), Cutoff: in.Cutoff, Spread: time.Duration(in.Spread), Zone: in.Zone,
	}
	for _, m := range in.Months {
		w.Months = append(w.Months, time.Month(m))
	}
	if in.Shift != nil {
		w.Shift = Shift(*in.Shift)
	}
	if in.Start != nil {
		w.Start = *in.Start
	}
	if in.LatestEnd != nil {
		w.LatestEnd = (*LatestEnd)(in.LatestEnd)
	}
	return w
}
