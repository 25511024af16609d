package rollout

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fettle-dev/fettle"
)

// sameEvents compares what events say: not what was remembered of the state, nor
// how an empty list is kept.
func sameEvents() []cmp.Option {
	return []cmp.Option{cmpopts.IgnoreUnexported(OutcomeRow{}, GrantedRow{}), cmpopts.EquateEmpty()}
}

func TestParseEntry(t *testing.T) {
	t.Parallel()
	s := new(State)
	made, _, err := s.Take(Configure{Config: Config{Region: "lab"}, By: "ann <a&b>"}, time.UnixMilli(1_700_000_000_123))
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	good := string(made[0].Data)
	back, err := ParseEntry(1, made[0].Data)
	if err != nil || back.At != made[0].At || back.Prev != "" || string(back.encode()) != good {
		t.Fatalf("%s came back as %s: %v", good, back.encode(), err)
	}
	replace := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"nothing":                    {"", ErrEntry},
		"rubbish":                    {"what?", ErrEntry},
		"torn":                       {good[:len(good)-5], ErrEntry},
		"a list":                     {"[]", ErrEntry},
		"no kind":                    {`{"v":1}`, ErrEntry},
		"a wrong type":               {replace(`"by":"ann`, `"by":7,"x":"ann`), ErrEntry},
		"a newer version":            {replace(`"v":1`, `"v":2`), ErrNewer},
		"a newer version, all other": {`{"v":3,"kind":["x"],"at":"soon"}`, ErrNewer},
		"a kind that is not known":   {replace(kindRegionConfigured, "region-moved"), ErrNewer},
		"a field that is not known":  {replace(`"data":{`, `"data":{"moved":true,`), ErrNewer},
		"a field of the entry":       {replace(`"v":1`, `"v":1,"w":2`), ErrNewer},
		"a field deep inside":        {replace(`"config":{`, `"config":{"moved":true,`), ErrNewer},
		"white space":                {good + " ", ErrNewer},
	} {
		if _, err := ParseEntry(1, []byte(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	r := randomRows{rand.New(rand.NewPCG(9, 9))}
	for range 60 {
		rows := Entry{Position: 7, At: r.instant(), Prev: fettle.DigestOf(nil), Event: r.event()}
		f.Add(rows.encode())
	}
	s := new(State)
	for _, c := range []Command{
		Configure{Config: Config{Region: "lab"}},
		TakeOver{Epoch: 1, Holder: "a"},
		Signal{Name: "ticket", Value: "open <1>", By: "ann", Outage: Key{Dimension: "site", Value: "x"}, Units: 2},
	} {
		made, _, err := s.Take(c, time.UnixMilli(1_700_000_000_123))
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range made {
			f.Add(e.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntry(7, data)
		switch {
		case err != nil && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrEntry):
			t.Errorf("error %v", err)
		case err == nil && string(e.encode()) != string(data):
			t.Errorf("%s is written as %s", data, e.encode())
		}
		if fast, ok := fastEntry(7, data); ok {
			if slow, err := slowEntry(7, data); err != nil || !cmp.Equal(slow, fast, sameEvents()...) {
				t.Errorf("%s is read otherwise by encoding/json: %v %s", data, err, cmp.Diff(slow, fast, sameEvents()...))
			}
		}
	})
}
