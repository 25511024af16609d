package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

const batchUsage = `usage: windowcalc batch [-calendar NAME=FILE.ics] < LINES

Reads JSON lines and prints each with its answer. The exit status is 1 if a line
could not be answered; that line then has "error".

  {"window","zone","from","n"}     the first n occurrences that start at or after from
  {"window","zone","from","to"}    those that start from from on and before to
  {"rrule","n"}                    the first n occurrences of DTSTART and RRULE

The answer to a window is "starts" and "ends", in UTC. "zone" is the host's, for
a window in local time or without a zone. The answer to a rule is "local", as
its own wall clock shows them, or "refused", the part that no window can say.

  echo '{"window":"daily 02:30 for 1h","zone":"Europe/Berlin","from":"2026-03-28T00:00:00Z","n":3}' | windowcalc batch
  echo '{"rrule":"DTSTART:20260101T090000\nRRULE:FREQ=WEEKLY;BYDAY=TU","n":3}' | windowcalc batch
`

// maxLine bounds one line of input, in bytes.
const maxLine = 1 << 20

// question is one line of a batch.
type question struct {
	Window string `json:"window"`
	Zone   string `json:"zone"`
	From   string `json:"from"`
	To     string `json:"to"`
	N      *int   `json:"n"`
	RRule  string `json:"rrule"`
}

func runBatch(args []string, in io.Reader, out, errs io.Writer) int {
	f := flags("batch", batchUsage)
	days := calendars{}
	f.Var(days, "calendar", "a business calendar as `NAME=FILE.ics`, for windows that shift; may be repeated")
	if status, ok := parse(f, args, out, errs); !ok {
		return status
	}
	failed, lines := 0, 0
	for r := bufio.NewReader(in); ; {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			break
		}
		var answer []byte
		ok := false
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			answer = unreadable(string(line[:80])+"…", fmt.Sprintf("want lines of at most %d bytes", maxLine))
		case err != nil:
			complain(errs, fmt.Errorf("after %d lines: %w", lines, err))
			return exitFailed
		case len(line) == 0:
			continue
		default:
			answer, ok = answerLine(line, days)
		}
		lines++
		if !ok {
			failed++
		}
		if _, err := fmt.Fprintf(out, "%s\n", answer); err != nil {
			complain(errs, fmt.Errorf("after %d lines: %w", lines, err))
			return exitFailed
		}
	}
	if failed > 0 {
		fmt.Fprintf(errs, "windowcalc batch: %d of %d lines have an error\n", failed, lines)
		return exitFailed
	}
	return exitOK
}

// readLine returns the next line without white space around it, io.EOF after
// the last, or bufio.ErrTooLong and the beginning of a line beyond maxLine,
// which it skips.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) <= maxLine {
			line = append(line, part...)
		} else {
			line, tooLong = append(line, part[:min(len(part), 80)]...), true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if tooLong {
				line = line[:80]
			}
		case tooLong && (err == nil || errors.Is(err, io.EOF)):
			return line, bufio.ErrTooLong
		case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
			return bytes.TrimSpace(line), nil
		default:
			return nil, err
		}
	}
}

// unreadable returns the answer to a line that is no JSON object.
func unreadable(line, why string) []byte {
	var o object
	o.set("input", line)
	o.set("error", why)
	return o.text()
}

// answerLine returns a line with its answer, and whether it has one.
func answerLine(line []byte, days calendars) ([]byte, bool) {
	o, err := readObject(line)
	var q question
	if err != nil {
		return unreadable(string(line), fmt.Sprintf("want one JSON object: %v", err)), false
	}
	err = json.Unmarshal(line, &q)
	wrong, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case mistyped:
		err = fmt.Errorf("%s: %s where %s is wanted", wrong.Field, wrong.Value, jsonKind(wrong.Type))
	case err != nil:
		return unreadable(string(line), fmt.Sprintf("want one JSON object: %v", err)), false
	case q.RRule != "":
		err = q.answerRule(&o)
	default:
		err = q.answerWindow(&o, days)
	}
	if err != nil {
		o.set("error", err.Error())
		return o.text(), false
	}
	return o.text(), true
}

// jsonKind names what a field of a question holds.
func jsonKind(t reflect.Type) string {
	if t.Kind() == reflect.Int {
		return "a whole number"
	}
	return "text"
}

func (q *question) answerWindow(o *object, days calendars) error {
	if q.Window == "" {
		return errors.New("want a window or an rrule")
	}
	_, spans, err := q.answer(days)
	if err != nil {
		return err
	}
	starts, ends := texts(spans)
	o.set("starts", starts)
	o.set("ends", ends)
	return nil
}

// answer returns the window in its zone and the occurrences asked for.
func (q *question) answer(days calendars) (*schedule.BoundWindow, []schedule.Span, error) {
	w, err := schedule.ParseWindow(q.Window)
	if err != nil {
		return nil, nil, err
	}
	b := schedule.Binding{Zone: loadZone, Calendar: days.load}
	if q.Zone != "" {
		if b.Local, err = loadZone(q.Zone); err != nil {
			return nil, nil, err
		}
	}
	bound, err := w.Bind(b)
	if err != nil {
		return nil, nil, err
	}
	from, err := instant("from", q.From)
	if err != nil {
		return nil, nil, err
	}
	to, n := schedule.Forever(), maxStarts
	switch {
	case q.N == nil && q.To == "":
		return nil, nil, errors.New("want n or to")
	case q.N != nil && (*q.N < 1 || *q.N > maxStarts):
		return nil, nil, fmt.Errorf("n %d: want 1 to %d", *q.N, maxStarts)
	case q.N != nil:
		n = *q.N
	}
	if q.To != "" {
		if to, err = instant("to", q.To); err != nil {
			return nil, nil, err
		}
	}
	var out []schedule.Span
	for s, ok := bound.Next(from.Add(-1)); ok && s.Start.Before(to) && len(out) < n; s, ok = bound.Next(s.Start) {
		out = append(out, s)
	}
	if q.N == nil && len(out) == maxStarts {
		return nil, nil, fmt.Errorf("to %q: want at most %d occurrences before it", q.To, maxStarts)
	}
	return bound, out, nil
}

// answerRule adds the occurrences of a recurrence rule, or the part for which
// it is refused.
func (q *question) answerRule(o *object) error {
	if q.N == nil || *q.N < 1 || *q.N > maxStarts {
		return fmt.Errorf("n: want 1 to %d", maxStarts)
	}
	w, err := ical.ParseRule(q.RRule, time.Second, &ical.Options{Zone: loadZone})
	if errors.Is(err, schedule.ErrNever) {
		o.set("local", []string{})
		o.set("why", err.Error())
		return nil
	}
	if refused, ok := errors.AsType[*ical.Error](err); ok && refused.Part != "" {
		o.set("refused", refused.Part)
		o.set("why", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	b, err := w.Bind(schedule.Binding{Local: time.UTC, Zone: loadZone})
	if err != nil {
		return err
	}
	local := []string{}
	for s, ok := b.Next(time.Time{}); ok && len(local) < *q.N; s, ok = b.Next(s.Start) {
		local = append(local, s.Start.In(b.Zone()).Format("2006-01-02T15:04:05"))
	}
	o.set("local", local)
	return nil
}

// texts returns starts and ends as RFC 3339 in UTC.
func texts(spans []schedule.Span) (starts, ends []string) {
	starts, ends = []string{}, []string{}
	for _, s := range spans {
		starts = append(starts, s.Start.Format(time.RFC3339))
		ends = append(ends, s.End.Format(time.RFC3339))
	}
	return starts, ends
}

// object is a JSON object that keeps its fields as they came, in their order.
type object struct {
	names  []string
	values map[string]json.RawMessage
}

func readObject(line []byte) (object, error) {
	o := object{values: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(line))
	switch t, err := dec.Token(); {
	case err != nil:
		return o, err
	case t != json.Delim('{'):
		return o, errors.New("it begins otherwise")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return o, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return o, err
		}
		if _, again := o.values[name.(string)]; again {
			return o, fmt.Errorf("%q is stated twice", name)
		}
		o.put(name.(string), v)
	}
	return o, nil
}

func (o *object) put(name string, v json.RawMessage) {
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if _, again := o.values[name]; !again {
		o.names = append(o.names, name)
	}
	o.values[name] = v
}

// set adds or replaces a field by a value that JSON can write.
func (o *object) set(name string, v any) { o.put(name, encode(v)) }

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSpace(b.Bytes())
}

func (o *object) text() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(name))
		b.WriteByte(':')
		b.Write(o.values[name])
	}
	b.WriteByte('}')
	return b.Bytes()
}
