package rollout

import (
	"maps"
	"slices"

	"github.com/fettle-dev/fettle"
)

// A look of the gates follows every batch of reports, so half of a journal's
// entries are looks: they are written and read by hand as the rows are.

func (e *GateJudged) appendData(b []byte) []byte {
	b = append(b, `{"rollout":`...)
	b = appendText(b, e.Rollout)
	b = appendMember(b, `,"ring":`, e.Ring)
	if len(e.Gates) > 0 {
		b = append(b, `,"gates":`...)
		b = appendRows(b, e.Gates, appendGate)
	}
	if !e.Next.IsZero() {
		b = append(b, `,"next":`...)
		b = appendInstant(b, e.Next)
	}
	return append(b, '}')
}

func appendGate(b []byte, g *GateStatus) []byte {
	b = append(b, `{"gate":`...)
	b = appendText(b, g.Gate)
	b = append(b, `,"verdict":`...)
	b = appendText(b, g.Verdict)
	b = append(b, `,"reasons":`...)
	b = appendRows(b, g.Reasons, appendReason)
	return append(b, '}')
}

// appendReason appends a reason, its arguments in the order of their names.
func appendReason(b []byte, r *fettle.Reason) []byte {
	b = append(b, `{"code":`...)
	b = appendText(b, r.Code)
	if len(r.Args) > 0 {
		var few [16]string
		names := slices.AppendSeq(few[:0], maps.Keys(r.Args))
		slices.Sort(names)
		b = append(b, `,"args":`...)
		for i, name := range names {
			b = append(b, "{,"[min(i, 1)])
			b = appendText(b, name)
			b = append(b, ':')
			b = appendText(b, r.Args[name])
		}
		b = append(b, '}')
	}
	if !r.Until.IsZero() {
		b = append(b, `,"until":`...)
		b = appendInstant(b, r.Until)
	}
	return append(b, '}')
}

func (e *GateJudged) read(r *rows) {
	r.literal(`{"rollout":`)
	e.Rollout = ID(r.string())
	if r.may(`,"ring":`) {
		e.Ring = r.stated()
	}
	if r.may(`,"gates":`) {
		e.Gates = some(r, r.gate)
	}
	if r.may(`,"next":`) {
		e.Next = r.instant()
		r.bad = r.bad || e.Next.IsZero()
	}
}

func (r *rows) gate() (g GateStatus) {
	r.literal(`{"gate":`)
	g.Gate = r.string()
	r.literal(`,"verdict":`)
	g.Verdict = r.string()
	r.literal(`,"reasons":`)
	g.Reasons = list(r, r.reason)
	r.literal("}")
	return g
}

func (r *rows) reason() (reason fettle.Reason) {
	r.literal(`{"code":`)
	reason.Code = r.string()
	if r.may(`,"args":{`) {
		reason.Args = map[string]string{}
		for last := ""; !r.bad; r.literal(",") {
			name := r.string()
			r.bad = r.bad || len(reason.Args) > 0 && name <= last
			r.literal(":")
			reason.Args[name], last = r.string(), name
			if r.may("}") {
				break
			}
		}
	}
	if r.may(`,"until":`) {
		reason.Until = r.instant()
		r.bad = r.bad || reason.Until.IsZero()
	}
	r.literal("}")
	return reason
}
