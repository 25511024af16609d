package rollout

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// randomRows draws events that are written by hand, with what is hard to write in
// names.
type randomRows struct{ *rand.Rand }

func (r randomRows) text() string {
	return []string{"", "web-01", "naïve", "a\"b", "back\\slash", "tab\t", "<&>", "\u2028", "\x7f", "日本", "line\nfeed"}[r.IntN(11)]
}

func (r randomRows) names() (list []fettle.HostID) {
	for range r.IntN(4) {
		list = append(list, fettle.HostID(r.text()))
	}
	return list
}

func (r randomRows) instant() time.Time {
	if r.IntN(3) == 0 {
		return time.Time{}
	}
	return time.Unix(1_700_000_000+r.Int64N(1e9), 0).UTC()
}

func (r randomRows) judged() *GateJudged {
	e := &GateJudged{Rollout: ID(r.text()), Ring: r.text(), Next: r.instant()}
	for range r.IntN(4) {
		g := GateStatus{Gate: r.text(), Verdict: r.text()}
		for range r.IntN(3) {
			reason := fettle.Reason{Code: r.text(), Until: r.instant()}
			for range r.IntN(3) * r.IntN(12) {
				if reason.Args == nil {
					reason.Args = map[string]string{}
				}
				reason.Args[r.text()+r.text()] = r.text()
			}
			g.Reasons = append(g.Reasons, reason)
		}
		e.Gates = append(e.Gates, g)
	}
	return e
}

func (r randomRows) event() Event {
	switch r.IntN(7) {
	case 6:
		return r.judged()
	case 0:
		e := &OutcomesRecorded{Rollout: ID(r.text())}
		for range r.IntN(4) {
			e.Rows = append(e.Rows, OutcomeRow{
				Host: fettle.HostID(r.text()), Outcome: Outcome(r.IntN(numOutcomes)), Class: Class(r.IntN(9)), Reason: r.text(),
				Seq: uint64(r.IntN(3)) * r.Uint64(), Boot: r.text(), Wake: r.instant(), Loose: r.IntN(2) == 0, Late: r.IntN(3) == 0,
			})
		}
		return e
	case 1:
		e := &GrantsIssued{
			Epoch: uint64(r.IntN(2)), Issued: r.instant(), StartBy: r.instant(), EndBy: r.instant(), Run: Duration(r.IntN(9)) * Duration(time.Minute),
			PreIssued: r.IntN(2) == 0, Backout: r.IntN(2) == 0,
		}
		for range r.IntN(3) {
			e.Items = append(e.Items, GrantedItem{Rollout: ID(r.text()), Patches: []fettle.PatchID{fettle.PatchID(r.text())}})
			e.Charges = append(e.Charges, Charge{Budget: r.text(), Key: r.text(), Rollout: ID(r.text())})
			row := GrantedRow{Host: fettle.HostID(r.text()), Boot: r.text()}
			for range r.IntN(3) {
				row.Charges = append(row.Charges, r.IntN(12))
			}
			e.Rows = append(e.Rows, row)
		}
		return e
	case 2:
		e := &HostsJoined{}
		for range r.IntN(4) {
			j := JoinedHost{Host: fettle.HostID(r.text()), Ephemeral: r.IntN(2) == 0}
			for range r.IntN(3) {
				j.Keys = append(j.Keys, Key{r.text(), r.text()})
				j.Rollouts = append(j.Rollouts, JoinedMember{Rollout: ID(r.text()), Eligible: r.Uint64(), Ring: r.text(), Skipped: r.text()})
			}
			e.Hosts = append(e.Hosts, j)
		}
		return e
	case 3:
		return &MembersAssigned{Rollout: ID(r.text()), Ring: r.text(), Skipped: r.text(), Hosts: r.names()}
	case 4:
		return &HostsLeft{Hosts: r.names(), By: r.text(), Why: r.text()}
	default:
		return &GrantsLapsed{Reason: r.text(), Hosts: r.names()}
	}
}

// What is written and read by hand is what encoding/json writes and reads.
func TestRowsAreWrittenAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()
	r := randomRows{rand.New(rand.NewPCG(7, 7))}
	for range 4000 {
		e := r.event()
		want := string(appendJSON(nil, e))
		require.Equal(t, want, string(e.appendData(nil)))
		slow := newEvent(e.Kind())
		require.NoError(t, json.Unmarshal([]byte(want), slow))
		entry := Entry{Position: 9, At: r.instant(), Prev: fettle.DigestOf(nil), Event: e}
		entry.Data = entry.encode()
		read, err := ParseEntry(9, entry.Data)
		require.NoError(t, err, string(entry.Data))
		require.Empty(t, cmp.Diff(slow, read.Event, sameEvents()...))
		require.Equal(t, string(entry.Data), string(read.encode()))
		if _, ok := e.(*HostsLeft); !ok {
			_, fast := fastEntry(9, entry.Data)
			require.True(t, fast, string(entry.Data))
		}
	}
}

// Whatever bytes are read fast are those that would be written, also where one of
// them was changed.
func TestWhatIsReadFastIsWrittenAlike(t *testing.T) {
	t.Parallel()
	r := randomRows{rand.New(rand.NewPCG(8, 8))}
	parts := []string{`0`, `"`, `\\`, `,"seq":0`, `,"reason":""`, `,"class":"patch"`, `,"args":{}`, `,"until":"2026-03-02T09:00:00Z"`, `{"a":"b","a":"b"}`, `[]`, `null`, ` `, `+00:00`, `.000`, `\u0041`, `7`, `}`}
	took := 0
	for range 60_000 {
		entry := Entry{Position: 9, At: r.instant(), Prev: fettle.DigestOf(nil), Event: r.event()}
		data := entry.encode()
		at, cut := r.IntN(len(data)), r.IntN(3)
		part := parts[r.IntN(len(parts))]
		changed := string(data[:at]) + part + string(data[min(at+cut, len(data)):])
		if read, ok := fastEntry(9, []byte(changed)); ok {
			took++
			require.Equal(t, changed, string(read.encode()))
			_, err := slowEntry(9, []byte(changed))
			require.NoError(t, err, changed)
		}
	}
	require.Positive(t, took)
}

// Texts that are not UTF-8 never make a journal that cannot be read again.
func TestTextsThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	r := newBenchRegion(t, 30, true)
	bad := "ann \xff\xc0"
	for _, c := range []Command{
		Configure{Config: r.state.Config(), By: bad},
		Pause{Rollout: benchID, By: bad, Why: bad},
		Resume{Rollout: benchID, By: bad},
		Signal{Name: "s" + bad, Value: bad, By: bad},
		Join{Hosts: []Member{{Host: "fine", Keys: []Key{{"model", bad}}, Rollouts: []Candidate{{benchID, 1}}}}},
		Reports{Hosts: []HostReport{{Host: "fine", Seq: 1, Boot: bad, Results: []Result{{Rollout: benchID, Outcome: Refused, Reason: bad}}}}},
		Leave{Hosts: []fettle.HostID{"fine"}, By: bad, Why: bad},
	} {
		r.take(c)
	}
	_, reasons, err := r.state.Take(Join{Hosts: []Member{{Host: fettle.HostID(bad)}, {Host: "also fine"}}}, r.now)
	require.NoError(t, err)
	require.Len(t, reasons, 1)
	require.Equal(t, ReasonHostNameless, reasons[0].Code)
	r.take(Tick{})
	again := new(State)
	last := len(r.entries)
	require.NoError(t, Replay(t.Context(), benchJournal(r.entries[:last]), again))
	require.Equal(t, Position(last), again.Head().Position)
}
