package rollout

import (
	"bytes"
	"encoding/json"
)

const atForm = "2006-01-02T15:04:05.000Z"

// encode returns the entry's bytes.
func (e *Entry) encode() []byte {
	b := make([]byte, 0, 256+roomFor(e.Event))
	b = append(b, `{"v":1,"kind":"`...)
	b = append(b, e.Event.Kind()...)
	b = append(b, `","at":"`...)
	b = e.At.AppendFormat(b, atForm)
	b = append(b, `","prev":"`...)
	b = append(b, e.Prev...)
	b = append(b, `","data":`...)
	b = e.Event.appendData(b)
	return append(b, '}')
}

// appendJSON appends a value's JSON in the order of its fields, without escapes
// for HTML.
func appendJSON(b []byte, v any) []byte {
	w := bytes.NewBuffer(b)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return append(b, "null"...)
	}
	return bytes.TrimRight(w.Bytes(), "\n")
}
