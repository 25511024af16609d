package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// call runs the command line and returns what it prints and its exit status.
func call(t *testing.T, in string, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(in), &o, &e)
	return o.String(), e.String(), status
}

func TestBatchAnswersEachLine(t *testing.T) {
	t.Parallel()
	in := `
{"id":7,"window":"daily 02:30 for 1h","zone":"America/New_York","from":"2026-03-07T12:00:00Z","n":2}
{"window":"daily 02:30 for 1h America/New_York","zone":"Asia/Tokyo","from":"2026-03-08T07:30:00Z","n":1}
{"window":"tue#5 23:00 for 3h UTC","from":"2026-01-01","to":"2026-07-01T00:00:00Z"}
{"window":"once 2026-03-14 02:00 for 1h UTC","from":"2027-01-01T00:00:00Z","n":3}
{"window":"fri 22:00 to 06:00 +3d Europe/Paris","from":"2026-03-27T00:00:00+01:00","n":1}
{"rrule":"DTSTART:19970902T090000\nRRULE:FREQ=MONTHLY;BYDAY=+1TU,-1TH;COUNT=3","n":5}
{"rrule":"DTSTART:19970902T090000\nRRULE:FREQ=YEARLY;BYWEEKNO=20","n":3}
{"window":"daily 02:30 for 1h","from":"2026-03-07T12:00:00Z","n":2}
{"window":"daily 25:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":2}
{"window":"daily 02:00 for 1h Mars/Olympus","from":"2026-03-07T12:00:00Z","n":2}
{"window":"daily 02:00 for 1h UTC","from":"yesterday","n":2}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z"}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":-1}
{"window":"daily 02:00 for 1h UTC"
[1]
{}
rubbish
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":1.5}
{"window":5,"from":"2026-03-07T12:00:00Z","n":1}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":1,"n":2}
`
	want := `{"id":7,"window":"daily 02:30 for 1h","zone":"America/New_York","from":"2026-03-07T12:00:00Z","n":2,"starts":["2026-03-08T07:30:00Z","2026-03-09T06:30:00Z"],"ends":["2026-03-08T08:30:00Z","2026-03-09T07:30:00Z"]}
{"window":"daily 02:30 for 1h America/New_York","zone":"Asia/Tokyo","from":"2026-03-08T07:30:00Z","n":1,"starts":["2026-03-08T07:30:00Z"],"ends":["2026-03-08T08:30:00Z"]}
{"window":"tue#5 23:00 for 3h UTC","from":"2026-01-01","to":"2026-07-01T00:00:00Z","starts":["2026-03-31T23:00:00Z","2026-06-30T23:00:00Z"],"ends":["2026-04-01T02:00:00Z","2026-07-01T02:00:00Z"]}
{"window":"once 2026-03-14 02:00 for 1h UTC","from":"2027-01-01T00:00:00Z","n":3,"starts":[],"ends":[]}
{"window":"fri 22:00 to 06:00 +3d Europe/Paris","from":"2026-03-27T00:00:00+01:00","n":1,"starts":["2026-03-27T21:00:00Z"],"ends":["2026-03-30T04:00:00Z"]}
{"rrule":"DTSTART:19970902T090000\nRRULE:FREQ=MONTHLY;BYDAY=+1TU,-1TH;COUNT=3","n":5,"local":["1997-09-02T09:00:00","1997-09-25T09:00:00","1997-10-07T09:00:00"]}
{"rrule":"DTSTART:19970902T090000\nRRULE:FREQ=YEARLY;BYWEEKNO=20","n":3,"refused":"BYWEEKNO","why":"ical: BYWEEKNO: \"20\": no window can say it"}
{"window":"daily 02:30 for 1h","from":"2026-03-07T12:00:00Z","n":2,"error":"schedule: zone: \"local\": the host's own zone is not known"}
{"window":"daily 25:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":2,"error":"schedule: start: \"25:00\": want a time of day from 00:00 to 23:59 (column 7 of \"daily 25:00 for 1h UTC\")"}
{"window":"daily 02:00 for 1h Mars/Olympus","from":"2026-03-07T12:00:00Z","n":2,"error":"schedule: zone: \"Mars/Olympus\": no such zone in the zone database"}
{"window":"daily 02:00 for 1h UTC","from":"yesterday","n":2,"error":"from \"yesterday\": want an instant such as 2026-01-31T00:00:00Z, or a date"}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","error":"want n or to"}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":-1,"error":"n -1: want 1 to 1000000"}
{"input":"{\"window\":\"daily 02:00 for 1h UTC\"","error":"want one JSON object: unexpected end of JSON input"}
{"input":"[1]","error":"want one JSON object: it begins otherwise"}
{"error":"want a window or an rrule"}
{"input":"rubbish","error":"want one JSON object: invalid character 'r' looking for beginning of value"}
{"window":"daily 02:00 for 1h UTC","from":"2026-03-07T12:00:00Z","n":1.5,"error":"n: number 1.5 where a whole number is wanted"}
{"window":5,"from":"2026-03-07T12:00:00Z","n":1,"error":"window: number where text is wanted"}
{"input":"{\"window\":\"daily 02:00 for 1h UTC\",\"from\":\"2026-03-07T12:00:00Z\",\"n\":1,\"n\":2}","error":"want one JSON object: \"n\" is stated twice"}
`
	out, errs, status := call(t, in, "batch")
	if out != want || status != exitFailed || !strings.Contains(errs, "13 of 20 lines") {
		t.Errorf("status %d, %s\ngot\n%s\nwant\n%s", status, errs, out, want)
	}
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestNextPrintsATable(t *testing.T) {
	t.Parallel()
	out, errs, status := call(t, "", "next", "-window", "daily 02:30 for 1h local", "-zone", "America/New_York", "-from", "2026-03-07T00:00:00Z", "-n", "2")
	want := `daily 02:30 for 1h local
start                 end                   start in America/New_York    end in America/New_York
2026-03-07T07:30:00Z  2026-03-07T08:30:00Z  Sat 2026-03-07 02:30 -05:00  Sat 2026-03-07 03:30 -05:00
2026-03-08T07:30:00Z  2026-03-08T08:30:00Z  Sun 2026-03-08 03:30 -04:00  Sun 2026-03-08 04:30 -04:00  clocks skip 02:30 on 2026-03-08
`
	if out != want || status != exitOK || errs != "" {
		t.Errorf("status %d, %s\ngot\n%s\nwant\n%s", status, errs, out, want)
	}
}

func TestCommandLineMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, exitUsage, "usage: windowcalc COMMAND"},
		{[]string{"nxt"}, exitUsage, `no command "nxt"`},
		{[]string{"-h"}, exitOK, "usage: windowcalc COMMAND"},
		{[]string{"next", "-h"}, exitOK, "windowcalc next -window"},
		{[]string{"batch", "--help"}, exitOK, `"rrule","n"`},
		{[]string{"next", "-windw", "x"}, exitUsage, "there is no flag -windw; there is -window"},
		{[]string{"next", "daily", "02:30"}, exitUsage, `"daily" is no flag`},
		{[]string{"next"}, exitUsage, "-window is missing"},
		{[]string{"next", "-window", "daily 02:30 fro 1h UTC"}, exitUsage, "\n  daily 02:30 fro 1h UTC\n              ^\n"},
		{[]string{"next", "-window", "daily 02:30 for 1h UTC", "-n", "0"}, exitUsage, "n 0: want 1"},
		{[]string{"next", "-window", "monthly 1 shift next of uk 02:30 for 1h UTC"}, exitUsage, "no -calendar uk=FILE.ics is given"},
		{[]string{"next", "-window", "monthly 1 shift next of uk 02:30 for 1h UTC", "-calendar", "uk"}, exitUsage, "want NAME=FILE.ics"},
		{[]string{"next", "-window", "at logon for 1h UTC"}, exitOK, "no times of its own"},
	} {
		out, errs, status := call(t, "", c.args...)
		if status != c.status || !strings.Contains(out+errs, c.want) {
			t.Errorf("%q: status %d, want %d with %q\n%s%s", c.args, status, c.status, c.want, out, errs)
		}
	}
}

func TestNextJSON(t *testing.T) {
	t.Parallel()
	out, _, status := call(t, "", "next", "-window", "daily 02:30 for 1h utc", "-from", "2026-03-07T02:30:00Z", "-n", "1", "-json")
	want := fmt.Sprintln(`{"window":"daily 02:30 for 1h UTC","zone":"UTC","from":"2026-03-07T02:30:00Z","n":1,"starts":["2026-03-07T02:30:00Z"],"ends":["2026-03-07T03:30:00Z"]}`)
	if out != want || status != exitOK {
		t.Errorf("status %d\n got %s\nwant %s", status, out, want)
	}
}

func TestBatchGoesOnAfterALineThatIsTooLong(t *testing.T) {
	t.Parallel()
	good := `{"window":"daily 02:30 for 1h UTC","from":"2026-03-07T02:30:00Z","n":1}`
	for _, size := range []int{maxLine + 1, 2 * maxLine, 3*maxLine + 100} {
		out, errs, status := call(t, good+"\n"+strings.Repeat("x", size)+"\n"+good, "batch")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 3 || !strings.Contains(lines[1], "want lines of at most") || len(lines[1]) > 300 || lines[2] != lines[0] || status != exitFailed {
			t.Errorf("size %d: status %d, %s, %d lines", size, status, errs, len(lines))
		}
	}
}
