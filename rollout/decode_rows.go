package rollout

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// rows reads what encode_rows.go writes, in that order and form and no other: what
// it takes would be written with the same bytes. What it does not take is read by
// encoding/json, which finds out why. Its texts are parts of one string.
type rows struct {
	text string
	bad  bool
}

// literal reads a text that has to be there.
func (r *rows) literal(want string) {
	if !r.may(want) {
		r.bad = true
	}
}

// may reads a text if it is there.
func (r *rows) may(want string) bool {
	rest, ok := strings.CutPrefix(r.text, want)
	r.text = rest
	return ok
}

// string reads a JSON string.
func (r *rows) string() string {
	if len(r.text) == 0 || r.text[0] != '"' {
		r.bad = true
		return ""
	}
	end := strings.IndexByte(r.text[1:], '"') + 1
	if end == 0 {
		r.bad = true
		return ""
	}
	text := r.text[1:end]
	for i := range len(text) {
		if c := text[i]; c == '\\' || c < ' ' || c >= 0x7f {
			return r.escaped()
		}
	}
	r.text = r.text[end+1:]
	return text
}

// escaped reads a JSON string that is not plain.
func (r *rows) escaped() string {
	end := 1
	for end < len(r.text) && r.text[end] != '"' {
		if r.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.text) {
		r.bad = true
		return ""
	}
	var text string
	raw := r.text[:end+1]
	if json.Unmarshal([]byte(raw), &text) != nil || string(appendText(nil, text)) != raw {
		r.bad = true
	}
	r.text = r.text[end+1:]
	return text
}

// stated reads the string of a member that is left out when it is empty.
func (r *rows) stated() string {
	text := r.string()
	r.bad = r.bad || text == ""
	return text
}

func (r *rows) uint() uint64 {
	end := 0
	for end < len(r.text) && r.text[end] >= '0' && r.text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseUint(r.text[:end], 10, 64)
	r.bad = r.bad || err != nil || end > 1 && r.text[0] == '0'
	r.text = r.text[end:]
	return n
}

func (r *rows) instant() time.Time {
	text := r.string()
	at, err := time.Parse(time.RFC3339Nano, text)
	var buffer [40]byte
	r.bad = r.bad || err != nil || string(at.UTC().AppendFormat(buffer[:0], time.RFC3339Nano)) != text
	return at.UTC()
}

// list reads a list; nil for null.
func list[T any](r *rows, one func() T) []T {
	if r.may("null") {
		return nil
	}
	r.literal("[")
	if r.may("]") {
		return []T{}
	}
	read := make([]T, 0, 8)
	for !r.bad {
		read = append(read, one())
		if !r.may(",") {
			r.literal("]")
			return read
		}
	}
	return nil
}

// some reads a list that is left out when it is empty.
func some[T any](r *rows, one func() T) []T {
	read := list(r, one)
	r.bad = r.bad || len(read) == 0
	return read
}

func hostNames(r *rows) []fettle.HostID {
	return list(r, func() fettle.HostID { return fettle.HostID(r.string()) })
}

// readRows reads the data of an event that is written by hand; false if they have
// to be read by encoding/json.
func readRows(e Event, data string) bool {
	r := &rows{text: data}
	switch e := e.(type) {
	case *OutcomesRecorded:
		e.read(r)
	case *GrantsIssued:
		e.read(r)
	case *GateJudged:
		e.read(r)
	case *HostsJoined:
		r.literal(`{"hosts":`)
		e.Hosts = list(r, r.joined)
	case *MembersAssigned:
		r.literal(`{"rollout":`)
		e.Rollout = ID(r.string())
		if r.may(`,"ring":`) {
			e.Ring = r.stated()
		}
		if r.may(`,"skipped":`) {
			e.Skipped = r.stated()
		}
		r.literal(`,"hosts":`)
		e.Hosts = hostNames(r)
	case *GrantsLapsed:
		r.literal(`{"reason":`)
		e.Reason = r.string()
		r.literal(`,"hosts":`)
		e.Hosts = hostNames(r)
	default:
		return false
	}
	r.literal("}")
	return !r.bad && r.text == ""
}

func (e *OutcomesRecorded) read(r *rows) {
	r.literal(`{"rollout":`)
	e.Rollout = ID(r.string())
	r.literal(`,"rows":`)
	if r.may("null") {
		return
	}
	words := outcomes().Words
	e.Rows = make([]OutcomeRow, 0, min(MaxRows, 1+len(r.text)/32))
	r.literal("[")
	for !r.may("]") && !r.bad {
		if len(e.Rows) > 0 {
			r.literal(",")
		}
		e.Rows = append(e.Rows, OutcomeRow{at: noHost})
		e.Rows[len(e.Rows)-1].read(r, words)
	}
}

func (row *OutcomeRow) read(r *rows, outcomes []string) {
	r.literal(`{"host":`)
	row.Host = fettle.HostID(r.string())
	r.literal(`,"outcome":`)
	row.Outcome = Outcome(word(r, outcomes))
	if r.may(`,"class":`) {
		row.Class = Class(word(r, classes().Words))
		r.bad = r.bad || row.Class == 0
	}
	if r.may(`,"reason":`) {
		row.Reason = r.stated()
	}
	if r.may(`,"seq":`) {
		row.Seq = r.uint()
		r.bad = r.bad || row.Seq == 0
	}
	if r.may(`,"boot":`) {
		row.Boot = r.stated()
	}
	if r.may(`,"wake":`) {
		row.Wake = r.instant()
		r.bad = r.bad || row.Wake.IsZero()
	}
	row.Loose = r.may(`,"loose":true`)
	row.Late = r.may(`,"late":true`)
	r.literal("}")
}

// word reads one of some words.
func word(r *rows, words []string) uint8 {
	text := r.string()
	for i, w := range words {
		if w == text {
			return uint8(i)
		}
	}
	r.bad = true
	return 0
}

func (e *GrantsIssued) read(r *rows) {
	r.literal(`{"items":`)
	e.Items = list(r, func() (item GrantedItem) {
		r.literal(`{"rollout":`)
		item.Rollout = ID(r.string())
		r.literal(`,"patches":`)
		item.Patches = list(r, func() fettle.PatchID { return fettle.PatchID(r.string()) })
		r.literal("}")
		return item
	})
	if r.may(`,"epoch":`) {
		e.Epoch = r.uint()
		r.bad = r.bad || e.Epoch == 0
	}
	r.literal(`,"issued":`)
	e.Issued = r.instant()
	r.literal(`,"startBy":`)
	e.StartBy = r.instant()
	r.literal(`,"endBy":`)
	e.EndBy = r.instant()
	r.literal(`,"run":`)
	run := r.string()
	r.bad = e.Run.UnmarshalText([]byte(run)) != nil || e.Run.String() != run || r.bad
	e.PreIssued = r.may(`,"preIssued":true`)
	e.Backout = r.may(`,"backout":true`)
	if r.may(`,"charges":`) {
		e.Charges = some(r, func() (c Charge) {
			r.literal(`{"budget":`)
			c.Budget = r.string()
			if r.may(`,"key":`) {
				c.Key = r.stated()
			}
			if r.may(`,"rollout":`) {
				c.Rollout = ID(r.stated())
			}
			r.literal("}")
			return c
		})
	}
	r.literal(`,"rows":`)
	e.Rows = list(r, func() (row GrantedRow) {
		row.at = noHost
		r.literal(`{"host":`)
		row.Host = fettle.HostID(r.string())
		if r.may(`,"boot":`) {
			row.Boot = r.stated()
		}
		if r.may(`,"charges":`) {
			row.Charges = some(r, func() int { return int(min(r.uint(), 1<<31)) })
		}
		r.literal("}")
		return row
	})
}

func (r *rows) joined() (j JoinedHost) {
	r.literal(`{"host":`)
	j.Host = fettle.HostID(r.string())
	if r.may(`,"keys":`) {
		j.Keys = some(r, func() (k Key) {
			r.literal(`{"dimension":`)
			k.Dimension = r.string()
			r.literal(`,"value":`)
			k.Value = r.string()
			r.literal("}")
			return k
		})
	}
	j.Ephemeral = r.may(`,"ephemeral":true`)
	if r.may(`,"rollouts":`) {
		j.Rollouts = some(r, func() (m JoinedMember) {
			r.literal(`{"rollout":`)
			m.Rollout = ID(r.string())
			r.literal(`,"eligible":`)
			m.Eligible = r.uint()
			if r.may(`,"ring":`) {
				m.Ring = r.stated()
			}
			if r.may(`,"skipped":`) {
				m.Skipped = r.stated()
			}
			r.literal("}")
			return m
		})
	}
	r.literal("}")
	return j
}

// entryInstant reads an entry's instant, in the one form that it has.
func entryInstant(text string, bad bool) (time.Time, bool) {
	at, err := time.Parse(atForm, text)
	var buffer [40]byte
	return at, bad || err != nil || string(at.AppendFormat(buffer[:0], atForm)) != text
}

// fastEntry reads an entry whose event is written by hand; false for any other,
// and for one that is not in the form that encode writes.
func fastEntry(p Position, data []byte) (Entry, bool) {
	r := &rows{text: string(data)}
	r.literal(`{"v":1,"kind":`)
	event := newEvent(r.string())
	switch event.(type) {
	case *OutcomesRecorded, *GateJudged, *GrantsIssued, *HostsJoined, *MembersAssigned, *GrantsLapsed:
	default:
		return Entry{}, false
	}
	e := Entry{Position: p, Event: event, Data: data}
	r.literal(`,"at":`)
	at := r.string()
	e.At, r.bad = entryInstant(at, r.bad)
	r.literal(`,"prev":`)
	e.Prev = fettle.Digest(r.string())
	r.literal(`,"data":`)
	if r.bad || e.Prev != "" && e.Prev.Check() != nil || !strings.HasSuffix(r.text, "}") || !readRows(event, r.text[:len(r.text)-1]) {
		return Entry{}, false
	}
	return e, true
}
