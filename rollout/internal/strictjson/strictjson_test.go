package strictjson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/strictjson"
)

type inner struct {
	N    int                     `json:"n"`
	List []string                `json:"list,omitempty"`
	Map  map[fettle.Severity]int `json:"map,omitempty"`
}

type outer struct {
	inner
	Name  string          `json:"name"`
	At    time.Time       `json:"at,omitzero"`
	Key   []byte          `json:"key,omitempty"`
	Word  fettle.Severity `json:"word,omitempty"`
	Raw   json.RawMessage `json:"raw,omitempty"`
	On    bool            `json:"on,omitempty"`
	U     uint32          `json:"u,omitempty"`
	In    *inner          `json:"in,omitempty"`
	Ins   []inner         `json:"ins,omitempty"`
	Words []fettle.Class  `json:"words,omitempty"`
	Not   string          `json:"-"`
}

var limits = strictjson.Limits{Bytes: 1 << 16, Values: 500}

func read(text string) (outer, []string) {
	var v outer
	var all []string
	for _, f := range strictjson.Read([]byte(text), &v, limits, nil) {
		all = append(all, fmt.Sprintf("%s|%s|%s", f.Path, f.Value, f.Rule))
	}
	return v, all
}

const whole = `{"n": 1, "list": ["a"], "map": {"high": 2}, "name": "x", "at": "2026-03-02T09:00:00+01:00", "key": "AQI=",
 "word": "low", "raw": {"a": [1]}, "on": true, "u": 7, "in": {"n": -2}, "ins": [{"n": 1}, {"n": 2}], "words": ["security"]}`

func TestEveryKindIsRead(t *testing.T) {
	t.Parallel()
	got, faults := read(whole)
	want := outer{
		inner: inner{N: 1, List: []string{"a"}, Map: map[fettle.Severity]int{fettle.SeverityHigh: 2}},
		Name:  "x", At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Key: []byte{1, 2}, Word: fettle.SeverityLow, Raw: json.RawMessage(`{"a": [1]}`),
		On: true, U: 7, In: &inner{N: -2}, Ins: []inner{{N: 1}, {N: 2}}, Words: []fettle.Class{fettle.ClassSecurity},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outer{})); diff != "" || faults != nil {
		t.Errorf("%s %v", diff, faults)
	}
	if got.At.Location() != time.UTC {
		t.Errorf("%v", got.At)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"n":1,"name":"x","ins":[{"n":1},{"N":2}],"u":-1}`: {
			"ins[1].N|2|no such member; did you mean n?", "ins[1].n||it is missing", "u|-1|want a whole number, not below 0",
		},
		`{"n":1.5,"name":7,"at":"noon","key":"?","word":"bad","on":"true"}`: {
			"n|1.5|want a whole number", "name|7|want text",
			"at|noon|want an instant as in RFC 3339, such as 2026-03-02T09:00:00Z", "key|?|want bytes in base64",
			"word|bad|want one of unknown, none, low, medium, high, critical", "on|true|want true or false",
		},
		`{"n":1,"name":"x","map":{"hgih":1},"list":{},"in":[],"ins":null}`: {
			"map.hgih|1|want one of unknown, none, low, medium, high, critical", "list|{}|want a list", "in|[]|want an object",
			"ins||null states nothing: leave the member out",
		},
		`{"n":9223372036854775808,"name":"x"}`: {"n|9223372036854775808|want a whole number"},
		`{"n":1,"name":"x","colour":"red"}`:    {"colour|red|no such member; known are n, list, map, name, at, key, word, raw, on, u, in, ins, words"},
		`{"n":1,"name":"x","Not":"y"}`:         {"Not|y|no such member; known are n, list, map, name, at, key, word, raw, on, u, in, ins, words"},
		`[]`:                                   {"|[]|want an object"},
		``:                                     {"||not JSON: the text ends inside a value at byte 0"},
		`{"n":1,"name":"x"} {}`:                {"||not JSON: not valid JSON at byte 19: more text after the value"},
		`{"n":1,"n":2,"name":"x"}`:             {`||not JSON: duplicate member at byte 7: "n"`},
		"{\"n\":1,\"name\":\"\xff\"}":          {"||not JSON: not valid UTF-8 at byte 15"},
	} {
		if _, got := read(text); !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %q\nwant %q", text, got, want)
		}
	}
}

func TestReadingIsBounded(t *testing.T) {
	t.Parallel()
	many := `{"n":1,"name":"x","list":["a"` + strings.Repeat(`,"a"`, 600) + `]}`
	if _, got := read(many); len(got) != 1 || !strings.Contains(got[0], "too many values") {
		t.Errorf("%q", got)
	}
	if _, got := read(strings.Repeat(" ", 1<<16) + whole); len(got) != 1 || !strings.Contains(got[0], "want at most 65536 bytes") {
		t.Errorf("%q", got)
	}
	wrong := `{"n":1,"name":"x","ins":[{}` + strings.Repeat(`,{}`, 300) + `]}`
	if _, got := read(wrong); len(got) != 100 {
		t.Errorf("%d faults", len(got))
	}
	long := `{"n":1,"name":"x","` + strings.Repeat("ä", 1000) + `":"` + strings.Repeat("ä", 1000) + `"}`
	if _, got := read(long); len(got) != 1 || len(got[0]) > 400 {
		t.Errorf("%q", got)
	}
}

func TestHooksGoFirst(t *testing.T) {
	t.Parallel()
	var v outer
	hooks := map[reflect.Type]strictjson.Hook{
		reflect.TypeFor[inner](): func(raw []byte) (any, error) { return inner{N: len(raw)}, nil },
	}
	faults := strictjson.Read([]byte(`{"n":1,"name":"x","in":"hello"}`), &v, limits, hooks)
	if len(faults) != 0 || v.In.N != 7 {
		t.Errorf("%v %+v", faults, v)
	}
}

// FuzzRead: what is read without a fault is what encoding/json reads of it.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"n":1,"name":"x"}`))
	f.Add([]byte(`{"n":1,"name":"\u00e4","in":{"n":2,"list":[]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, w outer
		if faults := strictjson.Read(data, &v, limits, nil); len(faults) > 0 {
			for _, one := range faults {
				if one.Rule == "" || len(one.Value) > 100 {
					t.Errorf("%+v", one)
				}
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&w); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		w.At = w.At.UTC()
		if diff := cmp.Diff(w, v, cmp.AllowUnexported(outer{})); diff != "" {
			t.Fatal(diff)
		}
	})
}
