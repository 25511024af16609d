package schedule_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

func TestClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window string
		want   []string
	}{
		{"daily 02:30 for 1h America/New_York", []string{
			"2026-03-08 start-moved by 1h0m0s 2026-03-08T07:30:00Z/2026-03-08T08:30:00Z",
		}},
		{"daily 01:30 for 1h America/New_York", []string{
			"2026-03-08 end-moved by 1h0m0s 2026-03-08T06:30:00Z/2026-03-08T07:30:00Z",
			"2026-11-01 start-twice by -1h0m0s 2026-11-01T05:30:00Z/2026-11-01T06:30:00Z",
		}},
		{"daily 22:00 for 8h America/New_York", []string{
			"2026-03-07 end-moved by 1h0m0s 2026-03-08T03:00:00Z/2026-03-08T11:00:00Z",
			"2026-10-31 end-moved by -1h0m0s 2026-11-01T02:00:00Z/2026-11-01T10:00:00Z",
		}},
		{"daily 22:00 to 06:00 America/New_York", []string{
			"2026-03-07 length-moved by 1h0m0s 2026-03-08T03:00:00Z/2026-03-08T10:00:00Z",
			"2026-10-31 length-moved by -1h0m0s 2026-11-01T02:00:00Z/2026-11-01T11:00:00Z",
		}},
		{"daily 01:00 to 02:30 America/New_York", []string{
			"2026-03-08 length-moved by 1h0m0s 2026-03-08T06:00:00Z/2026-03-08T07:00:00Z",
			"2026-11-01 start-twice by -1h0m0s 2026-11-01T05:00:00Z/2026-11-01T07:30:00Z",
		}},
		{"daily 02:30 for 1h never past 03:00 America/New_York", []string{
			"2026-03-08 never-started by 1h0m0s 0001-01-01T00:00:00Z/0001-01-01T00:00:00Z",
		}},
		{"fri 22:00 to 06:00 +3d Europe/Paris", []string{
			"2026-03-27 length-moved by 1h0m0s 2026-03-27T21:00:00Z/2026-03-30T04:00:00Z",
			"2026-10-23 length-moved by -1h0m0s 2026-10-23T20:00:00Z/2026-10-26T05:00:00Z",
		}},
		{"daily 12:00 for 8h America/New_York", nil},
		{"daily 03:00 for 8h America/New_York", nil}, // clocks jump as it would open
		{"daily 02:30 for 1h Asia/Kolkata", nil},
		{"tue 02:30 for 1h America/New_York", nil},
		{"always America/New_York", nil},
		{"at boot for 1h America/New_York", nil},
	} {
		var got []string
		for x := range bind(t, c.window).ClockChanges(year(2026), year(2027)) {
			got = append(got, fmt.Sprintf("%s %s by %s %s", x.Day, x.Effect, x.By, text(x.Span)))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.window, got, c.want)
		}
	}
	for range bind(t, "daily 02:30 for 1h America/New_York").ClockChanges(year(2026), year(2999)) {
		break // an early end stops the walk
	}
}

func TestZoneFingerprint(t *testing.T) {
	t.Parallel()
	of := func(zone string, from, to int) fettle.Digest {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		return schedule.ZoneFingerprint(loc, year(from), year(to))
	}
	berlin := of("Europe/Berlin", 2026, 2027)
	if err := berlin.Check(); err != nil {
		t.Error(err)
	}
	if berlin != of("Europe/Berlin", 2026, 2027) || berlin != of("Europe/Paris", 2026, 2027) || berlin != of("Arctic/Longyearbyen", 2026, 2027) {
		t.Error("zones of one set of rules must have one fingerprint")
	}
	if berlin == of("Europe/London", 2026, 2027) || berlin == of("Europe/Berlin", 2026, 2028) || of("Africa/Lagos", 2026, 2027) == berlin {
		t.Error("other rules must have another fingerprint")
	}
	// One hour east of UTC and no change: the SHA-256 of 3600 in eight bytes.
	if got, want := of("Africa/Lagos", 2026, 2027), fettle.DigestOf([]byte{0, 0, 0, 0, 0, 0, 0x0e, 0x10}); got != want {
		t.Errorf("Lagos: %s, want %s", got, want)
	}
}

// TestHostStart has test vectors, so that others can compute the same places:
// each is int(sha256(len8(seed) seed len8(name) name len8(host) host
// unix8(start))[:8]) mod spread.
func TestHostStart(t *testing.T) {
	t.Parallel()
	b := bind(t, "daily 02:00 for 4h spread 1h UTC")
	s, _ := b.Next(at(t, "2026-01-01T00:00:00Z"))
	for host, want := range map[fettle.HostID]string{
		"web-01": "2026-01-01T02:44:56Z", "web-02": "2026-01-01T02:34:42Z", "": "2026-01-01T02:16:44Z",
	} {
		if got := b.HostStart(s, "seed", "night", host).Format(time.RFC3339); got != want {
			t.Errorf("%q: %s, want %s", host, got, want)
		}
	}
	if b.HostStart(s, "a", "bc", "d").Equal(b.HostStart(s, "ab", "c", "d")) {
		t.Error("the fields are told apart by their lengths")
	}
	tomorrow, _ := b.Next(s.Start)
	if b.HostStart(s, "seed", "night", "web-01").Add(24 * time.Hour).Equal(b.HostStart(tomorrow, "seed", "night", "web-01")) {
		t.Error("a host gets another place in each occurrence")
	}
}

// TestHostStartFits draws the places of many hosts: they fill the spread
// evenly and leave the window and its cutoff alone, on short nights too.
func TestHostStartFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window, after string
		most          time.Duration
	}{
		{"daily 02:00 for 4h spread 1h UTC", "2026-01-01T00:00:00Z", time.Hour},
		{"daily 02:00 for 4h UTC", "2026-01-01T00:00:00Z", 0},
		{"daily 02:00 for 4h spread 2h cutoff 2h UTC", "2026-01-01T00:00:00Z", 2 * time.Hour},
		// Clocks cut the night to one hour, of which half is cutoff.
		{"daily 01:00 to 03:00 spread 90m cutoff 30m America/New_York", "2026-03-08T00:00:00Z", 30 * time.Minute},
	} {
		b := bind(t, c.window)
		s, _ := b.Next(at(t, c.after))
		const hosts = 4000
		var first, last time.Duration = time.Hour, 0
		var sum time.Duration
		for i := range hosts {
			start := b.HostStart(s, "seed", "night", fettle.HostID(fmt.Sprint("host-", i)))
			wait := start.Sub(s.Start)
			first, last, sum = min(first, wait), max(last, wait), sum+wait
			if _, ok := b.Admits(start, 0); !ok || wait%time.Second != 0 {
				t.Fatalf("%s: host %d starts at %s", c.window, i, start)
			}
		}
		mean, half := sum/hosts, c.most/2
		if first > c.most/100 || last > c.most || last < c.most-c.most/100-1 || mean < half*9/10 || mean > half*11/10 {
			t.Errorf("%s: from %s to %s, mean %s; want 0 to %s", c.window, first, last, mean, c.most)
		}
	}
}
