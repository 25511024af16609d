package schedule_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/fettle-dev/fettle/schedule"
)

// texts are window texts beside their canonical form; "" means the same.
func texts() [][2]string {
	return [][2]string{
		{"daily 02:30 for 1h Europe/Berlin", ""},
		{"tue#2 +3d 02:00 for 4h America/New_York", ""},
		{"weekdays 22:00 for 8h local", ""},
		{"every 2 weeks sat,sun from 2026-01-10 01:00 for 6h UTC", ""},
		{"once 2026-03-14 02:00 for 4h Europe/London", ""},
		{"Once 2026-06-13, 2026-03-14 at 2:00 for 240m Europe/London", "once 2026-03-14,2026-06-13 02:00 for 4h Europe/London"},
		{"monthly last 02:00 for 4h", "monthly -1 02:00 for 4h local"},
		{"monthly 1,15,-1 02:00 for 4h UTC", ""},
		{"fri#-1 22:00 for 8h never past 06:00 local", ""},
		{"optional weekdays 09:00 to 17:00 local", ""},
		{"fri 22:00 to 06:00 +3d Europe/Paris", ""},
		{"fri 22:00-06:00 +3d Europe/Paris", "fri 22:00 to 06:00 +3d Europe/Paris"},
		{"weekdays 09:00-24:00", "weekdays 09:00 to 00:00 local"},
		{"every tuesday 02:00 for 1h utc", "tue 02:00 for 1h UTC"},
		{"every day 02:00 for 1h utc", "daily 02:00 for 1h UTC"},
		{"weekends 01:00 for 1d local", "sat,sun 01:00 for 24h local"},
		{
			"every 3 months tue#2 in jan,apr anchor 2026-01-01 from 2026-02-01 until 2027-12-31 02:00 for 4h UTC",
			"every 3 months tue#2 in jan,apr anchor 2026-01-01 from 2026-02-01 until 2027-12-31 02:00 for 4h UTC",
		},
		{"monthly weekdays pick -1 02:00 for 4h cutoff 1h spread 30m UTC", ""},
		{"monthly fri 13 02:00 for 4h cutoff 0s UTC", ""},
		{"yearly mon#20 00:00 to 24:00 local", "yearly mon#20 00:00 to 00:00 local"},
		{"monthly 15 shift next of london except 2026-12-15 02:00 for 4h Europe/London", ""},
		{"every 2 weeks tue,sun weekstart sun from 2026-01-11 02:00:30 for 1h30m5s UTC", ""},
		{"always", "always local"},
		{"always from 2026-01-01 until 2026-12-31 UTC", ""},
		{"at network change for 30m", "at network-change for 30m local"},
		{"optional at shutdown until 2026-12-31 for 1h local", ""},
	}
}

func TestTextAndJSONRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range texts() {
		w, err := schedule.ParseWindow(c[0])
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		want := c[1]
		if want == "" {
			want = c[0]
		}
		if got := w.String(); got != want {
			t.Errorf("%q\n got %q\nwant %q", c[0], got, want)
		}
		again, err := schedule.ParseWindow(w.String())
		if err != nil || !reflect.DeepEqual(w, again) {
			t.Errorf("%q: %v\n got %#v\nwant %#v", w, err, again, w)
		}
		text, err := json.Marshal(w)
		if err != nil {
			t.Errorf("%q: %v", w, err)
			continue
		}
		var back schedule.Window
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(w, back) {
			t.Errorf("%s\n got %#v\nwant %#v", text, back, w)
		}
	}
}
