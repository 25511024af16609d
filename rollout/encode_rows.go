package rollout

import (
	"strconv"
	"time"
)

// The events that hold hosts by the hundred are written by hand, as encoding/json
// would write them. A test holds the two together.

// appendText appends a JSON string.
func appendText[T ~string](b []byte, text T) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return appendJSON(b, string(text))
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// appendMember appends a member of an object, unless it is empty.
func appendMember[T ~string](b []byte, name string, text T) []byte {
	if text == "" {
		return b
	}
	b = append(b, name...)
	return appendText(b, text)
}

// appendList appends a list of texts, null for a list that is nil.
func appendList[T ~string](b []byte, list []T) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, text := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, text)
	}
	return append(b, ']')
}

// appendRows appends a list of objects, null for a list that is nil.
func appendRows[T any](b []byte, rows []T, one func(b []byte, row *T) []byte) []byte {
	if rows == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, &rows[i])
	}
	return append(b, ']')
}

func appendInstant(b []byte, at time.Time) []byte {
	b = append(b, '"')
	b = at.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// roomFor returns about how many bytes an event's data take, rather too many.
func roomFor(e Event) int {
	room := 256
	switch e := e.(type) {
	case *OutcomesRecorded:
		for i := range e.Rows {
			room += 80 + len(e.Rows[i].Host) + len(e.Rows[i].Reason) + len(e.Rows[i].Boot)
		}
	case *GrantsIssued:
		for i := range e.Rows {
			room += 40 + len(e.Rows[i].Host) + len(e.Rows[i].Boot) + 4*len(e.Rows[i].Charges)
		}
	}
	return room
}

func (e *OutcomesRecorded) appendData(b []byte) []byte {
	words := outcomes()
	b = append(b, `{"rollout":`...)
	b = appendText(b, e.Rollout)
	b = append(b, `,"rows":`...)
	b = appendRows(b, e.Rows, func(b []byte, row *OutcomeRow) []byte { return appendOutcome(b, row, words.Word(uint8(row.Outcome))) })
	return append(b, '}')
}

func appendOutcome(b []byte, row *OutcomeRow, outcome string) []byte {
	b = append(b, `{"host":`...)
	b = appendText(b, row.Host)
	b = append(b, `,"outcome":"`...)
	b = append(b, outcome...)
	b = append(b, '"')
	if row.Class != 0 {
		b = append(b, `,"class":"`...)
		b = append(b, row.Class.String()...)
		b = append(b, '"')
	}
	b = appendMember(b, `,"reason":`, row.Reason)
	if row.Seq != 0 {
		b = append(b, `,"seq":`...)
		b = strconv.AppendUint(b, row.Seq, 10)
	}
	b = appendMember(b, `,"boot":`, row.Boot)
	if !row.Wake.IsZero() {
		b = append(b, `,"wake":`...)
		b = appendInstant(b, row.Wake)
	}
	if row.Loose {
		b = append(b, `,"loose":true`...)
	}
	if row.Late {
		b = append(b, `,"late":true`...)
	}
	return append(b, '}')
}

func (e *GrantsIssued) appendData(b []byte) []byte {
	b = append(b, `{"items":`...)
	b = appendRows(b, e.Items, func(b []byte, item *GrantedItem) []byte {
		b = append(b, `{"rollout":`...)
		b = appendText(b, item.Rollout)
		b = append(b, `,"patches":`...)
		return append(appendList(b, item.Patches), '}')
	})
	if e.Epoch != 0 {
		b = append(b, `,"epoch":`...)
		b = strconv.AppendUint(b, e.Epoch, 10)
	}
	b = append(b, `,"issued":`...)
	b = appendInstant(b, e.Issued)
	b = append(b, `,"startBy":`...)
	b = appendInstant(b, e.StartBy)
	b = append(b, `,"endBy":`...)
	b = appendInstant(b, e.EndBy)
	b = append(b, `,"run":`...)
	b = appendText(b, e.Run.String())
	if e.PreIssued {
		b = append(b, `,"preIssued":true`...)
	}
	if e.Backout {
		b = append(b, `,"backout":true`...)
	}
	if len(e.Charges) > 0 {
		b = append(b, `,"charges":`...)
		b = appendRows(b, e.Charges, func(b []byte, c *Charge) []byte {
			b = append(b, `{"budget":`...)
			b = appendText(b, c.Budget)
			b = appendMember(b, `,"key":`, c.Key)
			return append(appendMember(b, `,"rollout":`, c.Rollout), '}')
		})
	}
	b = append(b, `,"rows":`...)
	b = appendRows(b, e.Rows, func(b []byte, row *GrantedRow) []byte {
		b = append(b, `{"host":`...)
		b = appendText(b, row.Host)
		b = appendMember(b, `,"boot":`, row.Boot)
		if len(row.Charges) > 0 {
			b = append(b, `,"charges":`...)
			b = appendRows(b, row.Charges, func(b []byte, c *int) []byte { return strconv.AppendInt(b, int64(*c), 10) })
		}
		return append(b, '}')
	})
	return append(b, '}')
}

func (e *HostsJoined) appendData(b []byte) []byte {
	b = append(b, `{"hosts":`...)
	b = appendRows(b, e.Hosts, appendJoined)
	return append(b, '}')
}

func appendJoined(b []byte, j *JoinedHost) []byte {
	b = append(b, `{"host":`...)
	b = appendText(b, j.Host)
	if len(j.Keys) > 0 {
		b = append(b, `,"keys":`...)
		b = appendRows(b, j.Keys, appendKey)
	}
	if j.Ephemeral {
		b = append(b, `,"ephemeral":true`...)
	}
	if len(j.Rollouts) > 0 {
		b = append(b, `,"rollouts":`...)
		b = appendRows(b, j.Rollouts, func(b []byte, m *JoinedMember) []byte {
			b = append(b, `{"rollout":`...)
			b = appendText(b, m.Rollout)
			b = append(b, `,"eligible":`...)
			b = strconv.AppendUint(b, m.Eligible, 10)
			b = appendMember(b, `,"ring":`, m.Ring)
			return append(appendMember(b, `,"skipped":`, m.Skipped), '}')
		})
	}
	return append(b, '}')
}

func appendKey(b []byte, k *Key) []byte {
	b = append(b, `{"dimension":`...)
	b = appendText(b, k.Dimension)
	b = append(b, `,"value":`...)
	return append(appendText(b, k.Value), '}')
}

func (e *MembersAssigned) appendData(b []byte) []byte {
	b = append(b, `{"rollout":`...)
	b = appendText(b, e.Rollout)
	b = appendMember(b, `,"ring":`, e.Ring)
	b = appendMember(b, `,"skipped":`, e.Skipped)
	b = append(b, `,"hosts":`...)
	return append(appendList(b, e.Hosts), '}')
}

func (e *GrantsLapsed) appendData(b []byte) []byte {
	b = append(b, `{"reason":`...)
	b = appendText(b, e.Reason)
	b = append(b, `,"hosts":`...)
	return append(appendList(b, e.Hosts), '}')
}

func (e *HostsLeft) appendData(b []byte) []byte {
	b = append(b, `{"hosts":`...)
	b = appendList(b, e.Hosts)
	b = appendMember(b, `,"by":`, e.By)
	return append(appendMember(b, `,"why":`, e.Why), '}')
}
