package baseline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/inventory"
)

// full states every field of the form once.
const full = `{"version": 1, "name": "all", "revision": 7, "title": "T",
 "checks": [{"id": "c", "title": "t", "rationale": "r", "references": ["CIS 1.1"], "class": "removal", "severity": "high",
  "applies": "always", "expect": {"not": {"product": {"code": "{90160000-008C-0000-1000-0000000FF1CE}"}}}, "inForce": "os.family = windows", "restart": "host",
  "remedy": {"requires": [["a", "b"]], "estimate": "1h30m0s", "payloads": [{"name": "n", "size": 3,
   "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "locations": ["l"], "when": "os.arch = amd64", "removes": ["r"]}]}}],
 "exceptions": [{"id": "e", "kind": "mitigation", "patches": ["all/c"], "where": "site = london", "holds": "always",
  "owner": "o", "reason": "r", "from": "2026-01-01T02:00:00+02:00", "expires": "2026-02-01T00:00:00Z"}]}`

func read(t *testing.T, text string) *baseline.Baseline {
	t.Helper()
	b, err := baseline.Read(strings.NewReader(text), "test.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func assessorOf(t *testing.T, baselines ...*baseline.Baseline) *baseline.Assessor {
	t.Helper()
	var patches []applicability.Patch
	for _, b := range baselines {
		patches = append(patches, b.Patches()...)
	}
	catalog, problems := applicability.Compile(patches, nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	a, err := baseline.New(catalog, baselines...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b := read(t, full)
	if got := b.Exceptions[0].From; got != time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("from %v, want it in UTC", got)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var again baseline.Baseline
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*b, again, cmp.Comparer(func(x, y applicability.Footprint) bool { return x.String() == y.String() })); diff != "" {
		t.Error(diff)
	}
	checkNoZero(t, "baseline", reflect.ValueOf(*b))
}

// checkNoZero keeps full full: a field that it does not state is not tested.
func checkNoZero(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("%s is not stated", path)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				checkNoZero(t, path+"."+field.Name, v.Field(i))
			}
		}
	case reflect.Pointer:
		checkNoZero(t, path, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			checkNoZero(t, path, v.Index(i))
		}
	default:
	}
}

// The schema lists the fields that the types have.
func TestSchemaHasTheFields(t *testing.T) {
	t.Parallel()
	type object struct {
		Properties           map[string]json.RawMessage `json:"properties"`
		AdditionalProperties *bool                      `json:"additionalProperties"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(baseline.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		got  object
		want any
	}{
		"baseline":  {schema.object, baseline.Baseline{}},
		"check":     {schema.Defs["check"], baseline.Check{}},
		"remedy":    {schema.Defs["remedy"], baseline.Remedy{}},
		"payload":   {schema.Defs["payload"], applicability.Payload{}},
		"exception": {schema.Defs["exception"], baseline.Exception{}},
	} {
		var want, got []string
		for field := range reflect.TypeOf(c.want).Fields() {
			if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag != "-" {
				want = append(want, tag)
			}
		}
		if name == "remedy" {
			want = append(want, "estimate")
		}
		for property := range c.got.Properties {
			got = append(got, property)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: schema has %v, the type %v", name, got, want)
		}
		if c.got.AdditionalProperties == nil || *c.got.AdditionalProperties {
			t.Errorf("%s: the schema admits other members, the reader does not", name)
		}
	}
}

func TestFaultsAreTyped(t *testing.T) {
	t.Parallel()
	const one = `{"version":1,"name":"x","checks":[{"id":"c","applies":"always","expect":"always"%s}]}`
	deep := strings.Repeat(`{"not":`, 70) + `{"always":{}}` + strings.Repeat("}", 70)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"newer":         {`{"version":9,"name":[]}`, baseline.ErrNewer},
		"no version":    {`{"name":"x","checks":[]}`, baseline.ErrMissing},
		"not JSON":      {`version: 1`, baseline.ErrFormat},
		"cut":           {`{"version":1,`, baseline.ErrFormat},
		"another field": {fmt.Sprintf(one, `,"sevrity":"high"`), baseline.ErrField},
		"another case":  {fmt.Sprintf(one, `,"Severity":"high"`), baseline.ErrField},
		"twice":         {fmt.Sprintf(one, `,"id":"d"`), baseline.ErrFormat},
		"null":          {fmt.Sprintf(one, `,"title":null`), baseline.ErrValue},
		"wrong type":    {fmt.Sprintf(one, `,"title":1`), baseline.ErrValue},
		"a word":        {fmt.Sprintf(one, `,"severity":"bad"`), baseline.ErrValue},
		"too deep":      {fmt.Sprintf(one, `,"inForce":`+deep), applicability.ErrTooDeep},
		"a version":     {fmt.Sprintf(one, `,"inForce":"deb:a < \"1 2\""`), applicability.ErrVersion},
		"not an object": {`[]`, baseline.ErrFormat},
		"trailing":      {fmt.Sprintf(one, "") + "{}", baseline.ErrFormat},
		"too large":     {strings.Repeat(" ", baseline.MaxSize+1), baseline.ErrTooLarge},
		"a year":        {strings.Replace(full, "2026-02-01T00:00:00Z", "9999-12-31T23:59:59-01:00", 1), baseline.ErrValue},
		"a digest":      {fmt.Sprintf(one, `,"remedy":{"payloads":[{"name":"n","digest":"md5:1"}]}`), nil},
		"a duration":    {fmt.Sprintf(one, `,"remedy":{"payloads":[{"name":"n"}],"estimate":"-1s"}`), baseline.ErrValue},
	} {
		_, err := baseline.Read(strings.NewReader(c.text), "f.json")
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
			continue
		}
		if fault, ok := errors.AsType[*baseline.Fault](err); !ok || fault.File != "f.json" {
			t.Errorf("%s: %v names no file", name, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	b := read(t, full)
	empty, _ := applicability.Compile(nil, nil)
	if _, err := baseline.New(empty, b); !errors.Is(err, baseline.ErrNotCompiled) {
		t.Errorf("a check without its patch: %v", err)
	}
	catalog, _ := applicability.Compile(b.Patches(), nil)
	other := *b
	other.Name, other.Checks = "other", nil
	if _, err := baseline.New(catalog, b, &other); !errors.Is(err, baseline.ErrDuplicate) {
		t.Errorf("two exceptions of one id: %v", err)
	}
	if _, err := baseline.New(catalog, b, b); !errors.Is(err, baseline.ErrDuplicate) {
		t.Errorf("one baseline twice: %v", err)
	}
	if _, err := baseline.New(catalog, &baseline.Baseline{Name: "x"}); !errors.Is(err, baseline.ErrMissing) {
		t.Errorf("an empty baseline: %v", err)
	}
}

// An exception covers patches of feeds too, by id or alias, and changes no
// finding.
func TestExceptionsCoverPatches(t *testing.T) {
	t.Parallel()
	patches := []applicability.Patch{{
		ID: "DSA-1", Aliases: []fettle.PatchID{"CVE-LIKE-1"}, Target: applicability.MustParse("always"),
		Installed: applicability.MustParse("fact.fixed = yes"), Restart: fettle.RestartNone,
	}}
	b := read(t, `{"version":1,"name":"x","exceptions":[{"id":"R","kind":"waiver","patches":["CVE-LIKE-1"],"where":"label.lab",
	  "owner":"o","reason":"r","expires":"2030-01-01T00:00:00Z"}]}`)
	catalog, _ := applicability.Compile(patches, nil)
	a, err := baseline.New(catalog, b)
	if err != nil {
		t.Fatal(err)
	}
	host := &inventory.Record{Host: inventory.Host{ID: "h", Labels: map[string]string{"lab": ""}}}
	host.Snapshot.Facts = map[string]string{"fixed": "no"}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := a.Assess(host, now)
	if r.Patches[baseline.Waived] != 1 || r.Exposed[fettle.Yes] != 1 || r.Results[0].Exception != "R" {
		t.Errorf("%+v", r)
	}
	if want := catalog.Assess(host, now).Of(0); r.Results[0].Finding != want {
		t.Errorf("finding %+v, want %+v", r.Results[0].Finding, want)
	}
	if needs := a.Needs(); !slices.Contains(needs.Facts, "fixed") {
		t.Errorf("needs %+v", needs)
	}
}

func TestNeedsOfExceptions(t *testing.T) {
	t.Parallel()
	b := read(t, `{"version":1,"name":"x","checks":[{"id":"c","applies":"always","expect":"fact.a = 1"}],
	 "exceptions":[{"id":"R","kind":"mitigation","patches":["x/c"],"where":"fact.b = 1","holds":"fact.c = 1","owner":"o","reason":"r","expires":"2030-01-01T00:00:00Z"}]}`)
	if got := assessorOf(t, b).Needs().Facts; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("needs %v, want a, b and c", got)
	}
}

func TestDriftOfTwoHosts(t *testing.T) {
	t.Parallel()
	a := assessorOf(t, read(t, full))
	one, two := &inventory.Record{Host: inventory.Host{ID: "a"}}, &inventory.Record{Host: inventory.Host{ID: "b"}}
	if _, err := a.Drift(one, two, time.Time{}); !errors.Is(err, baseline.ErrValue) {
		t.Errorf("%v", err)
	}
	if list, err := a.Drift(one, one, time.Time{}); err != nil || len(list) != 0 {
		t.Errorf("a host against itself: %v %v", list, err)
	}
}

// twin says what an exception does in the plainest words: the status of a check
// whose own answer is own, on a host where the exceptions' Where and Holds come
// out as given.
func twin(own fettle.Truth, list []weighed, now int) baseline.Status {
	if own == fettle.Yes {
		return baseline.Met
	}
	if own == fettle.Unknown {
		return baseline.Unknown
	}
	status := baseline.Unmet
	for _, e := range list {
		if e.where != fettle.Yes || now < e.from || now >= e.expires {
			continue
		}
		if e.kind == baseline.Waiver && status == baseline.Unmet {
			status = baseline.Waived
		}
		if e.kind == baseline.Mitigation && e.holds == fettle.Yes {
			status = baseline.Mitigated
		}
	}
	return status
}

type weighed struct {
	kind          baseline.Kind
	where, holds  fettle.Truth
	from, expires int // days
}

func TestExceptionsAgreeWithTwin(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 9))
	truth := func() fettle.Truth { return fettle.Truth(random.IntN(3)) }
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	seen := map[baseline.Status]int{}
	for round := range 2000 {
		host := &inventory.Record{Host: inventory.Host{ID: "h"}, Snapshot: inventory.Snapshot{Facts: map[string]string{}}}
		fact := func(name string, v fettle.Truth) applicability.Footprint {
			if v != fettle.Unknown {
				host.Snapshot.Facts[name] = v.String()
			}
			return applicability.MustParse("fact." + name + " = yes")
		}
		own := truth()
		b := &baseline.Baseline{Name: "x", Checks: []baseline.Check{{ID: "c", Applies: applicability.MustParse("always"), Expect: fact("own", own), Restart: fettle.RestartNone}}}
		var list []weighed
		for i := range random.IntN(4) {
			e := weighed{kind: baseline.Waiver + baseline.Kind(random.IntN(2)), where: truth(), holds: truth(), from: random.IntN(5)}
			e.expires = e.from + 1 + random.IntN(5)
			list = append(list, e)
			x := baseline.Exception{
				ID: strconv.Itoa(i), Kind: e.kind, Patches: []fettle.PatchID{"x/c"}, Where: fact(fmt.Sprintf("where%d", i), e.where),
				Owner: "o", Reason: "r", From: day(e.from), Expires: day(e.expires),
			}
			if e.kind == baseline.Mitigation {
				x.Holds = fact(fmt.Sprintf("holds%d", i), e.holds)
			}
			b.Exceptions = append(b.Exceptions, x)
		}
		now := random.IntN(12)
		r := assessorOf(t, b).Assess(host, day(now))
		got, want := r.Results[0].Status, twin(own, list, now)
		if got != want {
			t.Fatalf("round %d: own %v, exceptions %+v, day %d: %v, want %v", round, own, list, now, got, want)
		}
		if exposed := own.Not(); r.Results[0].Exposed != exposed || r.Exposed[exposed] != 1 {
			t.Fatalf("round %d: exposed %v, want %v whatever is waived", round, r.Results[0].Exposed, exposed)
		}
		seen[got]++
	}
	if len(seen) != 5 {
		t.Errorf("statuses seen: %v, want five", seen)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(strings.Replace(full, "2026-02-01T00:00:00Z", "9999-12-31T23:59:59-01:00", 1)))
	f.Add([]byte(sshBaseline))
	f.Add([]byte(sshExceptions))
	stories, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range stories {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range bytes.SplitSeq(text, []byte("baseline")) {
			if input, _, ok := bytes.Cut(part, []byte("\n----")); ok {
				f.Add(bytes.TrimSpace(input))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := baseline.Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		again, err := baseline.Read(bytes.NewReader(text), "written")
		if err != nil {
			t.Fatalf("%s\nwritten %s: %v", data, text, err)
		}
		second, err := json.Marshal(again)
		if err != nil || !bytes.Equal(text, second) {
			t.Fatalf("written %s, then %s (%v)", text, second, err)
		}
	})
}
