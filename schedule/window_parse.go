package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/internal/spelling"
)

// MaxText is the longest text form of a window, in bytes.
const MaxText = 32 << 10

// ParseWindow reads the text form of a window and checks it. A text that cannot
// be read, or that breaks a rule of Check, gives a *SyntaxError that points at
// the character.
//
// The form is a pattern of days, then clauses in any order, then the zone:
//
//	once 2026-03-14,2026-06-13        on these dates
//	daily    weekdays    sat,sun      each such day
//	every 2 weeks sat,sun             with from or anchor; also days, months, years
//	monthly 1,15,-1                   days of the month, -1 the last
//	tue#2    fri#-1                   the second Tuesday, the last Friday of the month
//	yearly mon#20    monthly fri 13   of the year; both must hold
//	always                            from From to Until, without a break
//	at logon                          also shutdown, boot, network-change
//
//	in jan,jul                        only these months
//	pick 1,-1                         the first and the last of the days so selected
//	+3d    -1d                        that many days later or earlier
//	shift next of london              off a business day of that calendar: next, previous, skip
//	from 2026-01-10  until 2026-12-31 first and last day, both included
//	anchor 2026-01-10                 what "every" counts from, if not from
//	weekstart sun                     what "every 2 weeks" takes for a week
//	except 2026-12-24                 without these days
//	02:30 for 1h30m                   start and elapsed length
//	22:00 to 06:00 [+1d]              or civil end: the next 06:00 [so many days on]; 22:00-06:00 is the same
//	never past 06:00 [+1d]            a civil limit beside for
//	cutoff 1h                         nothing starts in the last hour; else it must fit
//	spread 30m                        hosts start over the first 30 minutes
//	optional    mandatory             whose window it is
//
// The zone is an IANA name, UTC or local; left out, it is local. Words are read
// in any case.
func ParseWindow(text string) (Window, error) {
	if len(text) > MaxText {
		return Window{}, &SyntaxError{text[:MaxText], MaxText, &FieldError{Value: "…", Rule: fmt.Sprintf("want at most %d bytes", MaxText)}}
	}
	p := &parser{text: text, tokens: split(text), at: map[string]int{}}
	for !p.done() && p.err == nil {
		p.clause()
	}
	w := p.finish()
	if p.err != nil {
		return Window{}, p.err
	}
	if err := w.Check(); err != nil {
		return Window{}, p.place(err)
	}
	return w, nil
}

// token is a word and where it stands.
type token struct {
	text, lower string
	at          int
	more        bool // a comma follows
}

// split cuts a text at white space and commas.
func split(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		switch {
		case strings.IndexByte(" \t\r\n", text[i]) >= 0:
			i++
			continue
		case text[i] == ',':
			if n := len(out); n > 0 && !out[n-1].more {
				out[n-1].more = true
			} else {
				out = append(out, token{text: ",", lower: ",", at: i})
			}
			i++
			continue
		}
		n := strings.IndexAny(text[i:], ", \t\r\n")
		if n < 0 {
			n = len(text) - i
		}
		out = append(out, token{text: text[i : i+n], lower: strings.ToLower(text[i : i+n]), at: i})
		i += n
	}
	return out
}

// parser reads a window clause by clause; err is the first thing refused.
type parser struct {
	text   string
	tokens []token
	next   int
	w      Window
	to     bool           // the end was given by to
	at     map[string]int // where each field was stated
	err    error
}

func (p *parser) done() bool { return p.next == len(p.tokens) }

// peek returns the next token, or an empty one at the end of the text.
func (p *parser) peek() token {
	if p.done() {
		return token{at: len(p.text)}
	}
	return p.tokens[p.next]
}

func (p *parser) take() token {
	t := p.peek()
	if !p.done() {
		p.next++
	}
	return t
}

func (p *parser) refuse(field string, t token, rule string) {
	if p.err == nil {
		p.err = &SyntaxError{p.text, t.at, &FieldError{Field: field, Value: t.text, Rule: rule}}
	}
}

// once records where a field is stated and refuses it a second time.
func (p *parser) once(field string, t token) {
	if _, again := p.at[field]; again {
		p.refuse(field, t, "stated twice")
	}
	p.at[field] = t.at
}

// place turns what Check refuses into an error that points at the text.
func (p *parser) place(err error) error {
	var field *FieldError
	if !errors.As(err, &field) {
		return err
	}
	name := field.Field
	at, ok := p.at[name]
	for !ok && name != "" { // latestEnd.days stands where latestEnd does
		name = name[:max(0, strings.LastIndexByte(name, '.'))]
		at, ok = p.at[name]
	}
	if !ok && field.Err == nil {
		at = len(p.text) // something is missing
	}
	return &SyntaxError{p.text, at, field}
}

// finish fills in what the words leave open.
func (p *parser) finish() Window {
	w := p.w
	if w.Repeat == 0 && len(w.Weekdays) > 0 {
		w.Repeat = Weekly
		if slices.ContainsFunc(w.Weekdays, func(d Day) bool { return d.Nth != 0 }) {
			w.Repeat = Monthly
		}
	}
	if _, stated := p.at["start"]; !stated && (w.recurs() || w.Repeat == Once) {
		p.refuse("start", token{at: len(p.text)}, "want a time of day, HH:MM, at which it starts")
	}
	return w.normal()
}

// clause reads one clause.
func (p *parser) clause() {
	t := p.take()
	switch {
	case p.pattern(t), p.selector(t), p.bounds(t), p.hours(t):
	case t.more || t.text == ",":
		p.refuse("", t, "a list of what? "+p.known(t))
	case t.lower == LocalZone:
		p.once("zone", t)
		p.w.Zone = LocalZone
	case t.lower == "utc":
		p.once("zone", t)
		p.w.Zone = "UTC"
	case zoneName(t.text) && (p.done() || strings.Contains(t.text, "/")):
		p.once("zone", t)
		p.w.Zone = t.text
	default:
		p.refuse("", t, p.known(t))
	}
}

// known says what a word that is none of the clauses may have meant.
func (p *parser) known(t token) string {
	words := slices.Concat(
		[]string{"for", "from", "to", "until", "every", "in", "at", "never", "cutoff", "spread", "weekdays", "weekends"},
		[]string{"pick", "shift", "anchor", "weekstart", "except"},
		repeatWords.Words[1:OnEvent], kindWords.Words, eventWords.Words[1:], weekdayWords.Words, monthWords.Words[1:])
	if slices.Contains(words, t.lower) {
		return "this word does not belong here"
	}
	if meant := spelling.Meant(words, t.lower); meant != "" {
		return "unknown word; did you mean " + meant + "?"
	}
	return "unknown word; want a pattern of days, a clause such as from, for or until, or the zone as the last word"
}

// pattern reads the words that say how often.
func (p *parser) pattern(t token) bool {
	if t.more && t.lower != "once" {
		return false
	}
	switch i := slices.Index(repeatWords.Words[:OnEvent], t.lower); {
	case t.lower == "once":
		p.repeat(t, Once)
		p.once("dates", t)
		p.w.Dates = p.dates("dates")
	case i > 0:
		p.repeat(t, Repeat(i))
	case t.lower == "every":
		p.every(t)
	case t.lower == "at":
		p.event(t)
	case t.lower == "mandatory", t.lower == "optional":
		p.once("kind", t)
		p.w.Kind = Kind(slices.Index(kindWords.Words, t.lower))
	default:
		return false
	}
	return true
}

func (p *parser) repeat(t token, r Repeat) {
	p.once("repeat", t)
	p.w.Repeat = r
}

// every reads "every 2 weeks", "every day", "every" before days of the week.
func (p *parser) every(t token) {
	n := p.peek()
	if count, ok := civil.Digits(n.text); ok {
		p.take()
		p.once("every", n)
		if p.w.Every = count; count == 0 {
			p.refuse("every", n, "want 1 to "+strconv.Itoa(MaxEvery))
		}
		n = p.peek()
	}
	units := []string{"", "", "day", "week", "month", "year"}
	if i := slices.Index(units, strings.TrimSuffix(n.lower, "s")); i > 0 && !n.more {
		p.take()
		p.repeat(t, Repeat(i))
		return
	}
	if _, ok := weekday(n.lower); !ok || p.w.Every != 0 {
		p.refuse("every", n, "after every want a number and days, weeks, months or years, or days of the week")
	}
}

// event reads what follows "at", unless it is a time of day: "at 02:30" reads
// as "02:30".
func (p *parser) event(t token) {
	n := p.peek()
	if strings.Contains(n.text, ":") {
		return
	}
	p.take()
	p.once("event", t)
	p.repeat(t, OnEvent)
	name := n.lower
	if name == "network" && p.peek().lower == "change" {
		p.take()
		name = "network-change"
	}
	i := slices.Index(eventWords.Words, name)
	if i <= 0 {
		p.refuse("event", n, "after at want logon, shutdown, boot, network-change or a time of day")
	}
	p.w.Event = Event(max(0, i))
}
