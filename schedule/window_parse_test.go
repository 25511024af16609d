package schedule_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// TestParseErrorsPointAtTheCharacter has the error's field and a caret below
// the text: the caret is where ^ stands in the second line.
func TestParseErrorsPointAtTheCharacter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, caret, field, rule string }{
		{
			"daily 25:00 for 1h UTC",
			"      ^", "start", "00:00 to 23:59",
		},
		{
			"daily 02:60 for 1h UTC",
			"      ^", "start", "00:00 to 23:59",
		},
		{
			"daily 02:30 for 0h UTC",
			"                ^", "for", "longer than nothing",
		},
		{
			"daily 02:30 for -1h UTC",
			"                ^", "for", "want a duration",
		},
		{
			"daily 02:30 for 1.5h UTC",
			"                ^", "for", "want a duration",
		},
		{
			"daily 02:30 for 9000h UTC",
			"                ^", "for", "at most 366 days",
		},
		{
			"daily 02:30 for",
			"               ^", "for", "want a duration",
		},
		{
			"daily 02:30 UTC",
			"               ^", "for", "longer than nothing",
		},
		{
			"daily for 1h UTC",
			"                ^", "start", "want a time of day",
		},
		{
			"tue#2 +32d 02:00 for 4h UTC",
			"      ^", "offsetDays", "-31 to 31",
		},
		{
			"every 2 weeks sat,sun 01:00 for 6h UTC",
			"                                      ^", "anchor", "counted from a stated day",
		},
		{
			"every 0 weeks sat 01:00 for 6h UTC",
			"      ^", "every", "want 1 to",
		},
		{
			"every 2 fortnights sat 01:00 for 6h UTC",
			"        ^", "every", "days, weeks, months or years",
		},
		{
			"every 2 sat from 2026-01-01 01:00 for 6h UTC",
			"        ^", "every", "days, weeks, months or years",
		},
		{
			"monthly 30 in feb 02:00 for 1h UTC",
			"^", "repeat", "never occurs",
		},
		{
			"tue#6 02:00 for 1h UTC",
			"^", "weekdays", "from -5 to 5",
		},
		{
			"tue#0 02:00 for 1h UTC",
			"^", "", "unknown word",
		},
		{
			"weekly tue#2 02:00 for 1h UTC",
			"       ^", "weekdays", "only monthly and yearly",
		},
		{
			"monthly 32 02:00 for 1h UTC",
			"        ^", "monthDays", "want 1 to 31",
		},
		{
			"monthly 1,,2 02:00 for 1h UTC",
			"          ^", "monthDays", "want days of the month",
		},
		{
			"monthly 1, 02:00 for 1h UTC",
			"           ^", "monthDays", "want days of the month",
		},
		{
			"15 02:00 for 1h UTC",
			"^", "repeat", "want monthly",
		},
		{
			"monthly 02:00 for 1h UTC",
			"                        ^", "monthDays", "names its days",
		},
		{
			"mon,fir 02:00 for 1h UTC",
			"    ^", "weekdays", "want mon to sun",
		},
		{
			"daily in jam 02:00 for 1h UTC",
			"         ^", "months", "want jan to dec",
		},
		{
			"once 2026-02-29 02:00 for 1h UTC",
			"     ^", "dates", "a day of the calendar",
		},
		{
			"daily from 2026-13-01 02:00 for 1h UTC",
			"           ^", "from", "a day of the calendar",
		},
		{
			"daily from 2026-02-01 until 2026-01-01 02:00 for 1h UTC",
			"                      ^", "until", "on or after from",
		},
		{
			"daily 02:30 02:45 for 1h UTC",
			"            ^", "start", "stated twice",
		},
		{
			"daily 02:30 for 1h to 06:00 UTC",
			"                   ^", "for", "for or to",
		},
		{
			"daily 02:30 to 06:00 for 1h UTC",
			"                     ^", "for", "for or to",
		},
		{
			"daily 22:00-26:00 UTC",
			"            ^", "latestEnd.at", "00:00 to 23:59",
		},
		{
			"daily for 1h 22:00-06:00 UTC",
			"             ^", "for", "for or to",
		},
		{
			"daily 02:30 for 1h never 06:00 UTC",
			"                         ^", "latestEnd", "want past",
		},
		{
			"daily 02:30 for 1h cutoff 2h UTC",
			"                          ^", "cutoff", "longer than its cutoff",
		},
		{
			"daily 02:30 for 1h spread 1h UTC",
			"                          ^", "spread", "shorter than the window",
		},
		{
			"daily 02:30 for 1h spread 40m cutoff 30m UTC",
			"                          ^", "spread", "fit into the window together",
		},
		{
			"daily 02:30 fro 1h UTC",
			"            ^", "", "did you mean for?",
		},
		{
			"dialy 02:30 for 1h UTC",
			"^", "", "did you mean daily?",
		},
		{
			"yearly feb 30 02:30 for 1h UTC",
			"       ^", "", "does not belong here",
		},
		{
			"daily 02:30 for 1h Eu rope",
			"                   ^", "", "zone as the last word",
		},
		{
			"daily 02:30 for 1h ../etc/passwd",
			"                   ^", "", "unknown word",
		},
		{
			"at login for 1h",
			"   ^", "event", "want logon",
		},
		{
			"at logon 02:30 for 1h",
			"         ^", "start", "no time of day",
		},
		{
			"always for 1h",
			"           ^", "for", "an always window lasts",
		},
		{
			"monthly 1 shift forward of x 02:00 for 1h",
			"                ^", "shift.to", "next, previous or skip",
		},
		{
			"monthly 1 shift next x 02:00 for 1h",
			"                     ^", "shift.calendar", "want of",
		},
		{
			"monthly 1 pick 0 02:00 for 1h",
			"               ^", "pick", "from -31 to 31",
		},
		{
			"every 2 weeks sat weekstart weekdays from 2026-01-01 02:00 for 1h",
			"                            ^", "weekStart", "want mon to sun",
		},
		{
			"ä,ö 02:00 for 1h",
			"^", "", "a list of what?",
		},
		{
			"für immer",
			"^", "", "unknown word",
		},
		{
			"daily täglich 02:00 for 1h",
			"      ^", "", "unknown word",
		},
		{
			"",
			"^", "repeat", "want once, daily",
		},
	} {
		_, err := schedule.ParseWindow(c.text)
		var syntax *schedule.SyntaxError
		var field *schedule.FieldError
		if !errors.As(err, &syntax) || !errors.As(err, &field) {
			t.Errorf("%q: %v, want a syntax error with a field", c.text, err)
			continue
		}
		if want := c.text + "\n" + c.caret; syntax.Caret() != want {
			t.Errorf("%v: caret\n%s\nwant\n%s", err, syntax.Caret(), want)
		}
		if field.Field != c.field || !strings.Contains(field.Rule, c.rule) {
			t.Errorf("%q: field %q, rule %q; want %q, %q", c.text, field.Field, field.Rule, c.field, c.rule)
		}
	}
	if _, err := schedule.ParseWindow(strings.Repeat("x", schedule.MaxText+1)); err == nil {
		t.Error("a text beyond the limit was read")
	}
	_, err := schedule.ParseWindow("monthly 30 in feb 02:00 for 1h UTC")
	if !errors.Is(err, schedule.ErrNever) {
		t.Errorf("%v, want ErrNever", err)
	}
}

func TestJSONErrorsNameTheField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"repeat":"daily","start":"02:30","for":"1h","frm":"2026-01-01"}`:                 "frm: unknown field",
		`{"repeat":"daily","for":"1h"}`:                                                    "start: want a time of day",
		`{"repeat":"hourly","start":"02:30","for":"1h"}`:                                   `repeat: "hourly": want one of once, daily`,
		`{"repeat":"daily","start":"25:00","for":"1h"}`:                                    `"25:00": want 00:00 to 23:59`,
		`{"repeat":"daily","start":"02:30","for":"one hour"}`:                              `"one hour": want a duration`,
		`{"repeat":"daily","start":"02:30"}`:                                               "for: \"0s\": a window lasts longer than nothing",
		`{"repeat":"daily","every":"2","start":"02:30","for":"1h"}`:                        "every: \"string\": want int",
		`{"repeat":"daily","every":2,"start":"02:30","for":"1h"}`:                          "anchor: every 2 periods",
		`{"repeat":"monthly","weekdays":["tue#x"],"start":"02:30","for":"1h"}`:             `weekdays: "tue#x"`,
		`{"repeat":"monthly","monthDays":[0,33],"start":"02:30","for":"1h"}`:               `monthDays: "33"`,
		`{"repeat":"daily","months":["juni"],"start":"02:30","for":"1h"}`:                  `months: "juni": want one of jan`,
		`{"repeat":"daily","start":"02:30","for":"1h","cutoff":"soon"}`:                    `"soon": want a duration`,
		`{"repeat":"daily","start":"02:30","for":"1h","shift":{"to":"next"}}`:              "shift.calendar",
		`{"repeat":"daily","start":"02:30","for":"1h","latestEnd":{"at":"06:00","day":1}}`: "day: unknown field",
		`{"repeat":"daily","start":"02:30","for":"1h","zone":"../../etc/passwd"}`:          "zone: ",
		`{"repeat":"event","event":"sunset","for":"1h"}`:                                   `event: "sunset": want one of logon`,
		`{"repeat":"once","dates":["2026-02-30"],"start":"02:30","for":"1h"}`:              "2026-02-30",
		`"daily 02:30 for 1h Nowhere nohow"`:                                               "column 20",
		`7`:                                                                                "want ",
	} {
		var w schedule.Window
		err := json.Unmarshal([]byte(text), &w)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if !reflect.DeepEqual(w, schedule.Window{}) {
			t.Errorf("%s: a refused window was half read: %+v", text, w)
		}
	}
	if _, err := json.Marshal(schedule.Window{Repeat: schedule.Daily}); err == nil {
		t.Error("a window without length was written")
	}
}

func TestBindErrors(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for _, c := range []struct {
		text string
		b    schedule.Binding
		want error
		rule string
	}{
		{"daily 02:30 for 1h local", schedule.Binding{Zone: time.LoadLocation}, schedule.ErrZone, "not known"},
		{"daily 02:30 for 1h Mars/Olympus", schedule.Binding{Zone: time.LoadLocation}, schedule.ErrZone, "no such zone"},
		{"daily 02:30 for 1h Europe/Berlin", schedule.Binding{}, schedule.ErrZone, "want UTC, local or"},
		{"daily 02:30 for 1h Europe/Berlin", schedule.Binding{Zone: func(string) (*time.Location, error) { return nil, gone }}, gone, "no such zone"},
		{"daily 02:30 for 1h Europe/Berlin", schedule.Binding{Zone: func(string) (*time.Location, error) { return nil, nil }}, schedule.ErrZone, "no such zone"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{}, schedule.ErrCalendar, "no business calendars"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{Calendar: func(string) (*schedule.Calendar, error) { return nil, gone }}, gone, "gone"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{Calendar: func(string) (*schedule.Calendar, error) { return nil, nil }}, schedule.ErrCalendar, "want the name"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{Calendar: func(string) (*schedule.Calendar, error) {
			return &schedule.Calendar{Workdays: []schedule.Weekday{7}}, nil
		}}, schedule.ErrCalendar, "weekday 7"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{Calendar: func(string) (*schedule.Calendar, error) {
			return &schedule.Calendar{Holidays: []schedule.Date{{Year: 2026, Month: 2, Day: 30}}}, nil
		}}, schedule.ErrCalendar, "2026-02-30"},
		{"monthly 1 shift next of x 02:30 for 1h UTC", schedule.Binding{Calendar: func(string) (*schedule.Calendar, error) {
			return &schedule.Calendar{Holidays: make([]schedule.Date, schedule.MaxHolidays+1)}, nil
		}}, schedule.ErrCalendar, "at most"},
	} {
		w, err := schedule.ParseWindow(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		_, err = w.Bind(c.b)
		var field *schedule.FieldError
		if !errors.Is(err, c.want) || !errors.As(err, &field) || !strings.Contains(field.Rule, c.rule) {
			t.Errorf("%s: %v, want %v with %q", c.text, err, c.want, c.rule)
		}
	}
	if _, err := (schedule.Window{}).Bind(schedule.Binding{}); err == nil {
		t.Error("the zero window was bound")
	}
}

// TestRandomWindowsRoundTrip takes windows of every shape through both forms.
func TestRandomWindowsRoundTrip(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		w := randomWindow(r, 2026)
		w.Zone = []string{"", "local", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+3"}[r.IntN(7)]
		roundTrip(t, w)
	}
}

func roundTrip(t *testing.T, w schedule.Window) {
	t.Helper()
	text := w.String()
	fromText, err := schedule.ParseWindow(text)
	if err != nil {
		t.Fatalf("%#v\n%v", w, err)
	}
	if again := fromText.String(); again != text {
		t.Fatalf("%q became %q", text, again)
	}
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var fromJSON schedule.Window
	if err := json.Unmarshal(data, &fromJSON); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if !reflect.DeepEqual(fromText, fromJSON) {
		t.Fatalf("%q\n%s\n got %#v\nwant %#v", text, data, fromJSON, fromText)
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, c := range texts() {
		f.Add(c[0])
	}
	f.Add("daily 02:30 for 18446744073709551615w")
	f.Add("every 9999 years mon#53,-1 pick -366 anchor 9999-12-31 23:59:59 for 366d")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := schedule.ParseWindow(text)
		if err != nil {
			var syntax *schedule.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%q: %v is no syntax error", text, err)
			}
			_ = syntax.Caret()
			return
		}
		roundTrip(t, w)
		b, err := w.Bind(schedule.Binding{Local: time.UTC, Zone: func(string) (*time.Location, error) { return time.UTC, nil }, Calendar: london})
		if err != nil {
			return
		}
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		if s, ok := b.Next(at); ok && (s.Empty() || !s.Start.After(at) || !b.Contains(s.Start)) {
			t.Fatalf("%q: Next gives %v", w, s)
		}
	})
}

func FuzzWindowJSON(f *testing.F) {
	for _, c := range texts() {
		w, err := schedule.ParseWindow(c[0])
		if err != nil {
			f.Fatal(err)
		}
		data, err := json.Marshal(w)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w schedule.Window
		if json.Unmarshal(data, &w) == nil {
			roundTrip(t, w)
		}
	})
}
