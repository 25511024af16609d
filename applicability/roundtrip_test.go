package applicability_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
)

func equalFootprints() cmp.Options {
	return cmp.Options{
		cmp.Transformer("criterion", applicability.Footprint.Criterion),
		cmpopts.EquateEmpty(),
	}
}

// difference is cmp.Diff, which is slow, behind a fast test for equality.
func difference(want, got applicability.Footprint) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, equalFootprints())
}

// roundTrip takes a footprint through both forms and back.
func roundTrip(t *testing.T, f applicability.Footprint) {
	t.Helper()
	text := f.String()
	parsed, err := applicability.ParseFootprint(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := difference(f, parsed); diff != "" {
		t.Fatalf("%s: by text (-want +got):\n%s", text, diff)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var read applicability.Footprint
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if diff := difference(f, unescaped(read)); diff != "" {
		t.Fatalf("%s: by JSON (-want +got):\n%s", data, diff)
	}
}

// unescaped takes back what json.Marshal, unlike WriteCatalog, escapes inside an
// opaque criterion.
func unescaped(f applicability.Footprint) applicability.Footprint {
	if c, ok := f.Criterion().(applicability.Opaque); ok {
		c.JSON = strings.ReplaceAll(c.JSON, `\u003c`, "<")
		return applicability.That(c)
	}
	return f
}

func TestEveryKindRoundTrips(t *testing.T) {
	t.Parallel()
	for _, c := range everyKind() {
		if err := applicability.That(c).Check(); err != nil {
			t.Errorf("%T: %v", c, err)
		}
		roundTrip(t, applicability.That(c))
	}
}

func TestRandomFootprintsRoundTrip(t *testing.T) {
	t.Parallel()
	g := randomtest.New(5, 5)
	for range 3000 {
		roundTrip(t, g.Footprint(4, nil))
	}
}

func TestOpaqueIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"firmware":{"b":1.50,"a":"\u003c<é\/"}}`,
		`{"package":{"type":"deb","name":"a","epochPolicy":"strict"}}`,
		`{"package":{"type":"deb","name":"a","range":{"intervals":[{"high":"1","fuzzy":true}]}}}`,
		`{"package":{"type":"deb","name":"a","which":"median"}}`,
		`{"os":{"attribute":"id","is":"debian","since":1}}`,
		`{"atLeast":{"n":1,"of":[],"weights":[1]}}`,
		`{"hotfix":{"id":"KB1","minor":2}}`,
		`{"file":{"path":{"path":"/x","drive":"c"}}}`,
	} {
		patch := `{"id":"P","class":"quantum","severity":"unknown","state":"obtained","target":` + text + `,"installed":{"always":{}},"restart":"unknown","later":[1, 2]}`
		header, all, err := applicability.ReadCatalog(strings.NewReader("{\"fettleCatalog\":1}\n" + patch + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = applicability.WriteCatalog(&out, header, func(yield func(*applicability.Patch) bool) {
			for p, err := range all {
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := p.Target.Criterion().(applicability.Opaque); !ok {
					t.Errorf("%s: read as %T", text, p.Target.Criterion())
				}
				yield(p)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"target":` + text, `"class":"quantum"`, `"later":[1,2]`} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("want %s in\n%s", want, out.String())
			}
		}
	}
}

func TestPatchRoundTrips(t *testing.T) {
	t.Parallel()
	want := fullPatch()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got applicability.Patch
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equalFootprints()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFootprintJSONErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"not":`, 70) + `{"always":{}}` + strings.Repeat(`}`, 70)
	wide := `{"any":[` + strings.Repeat(`{"always":{}},`, applicability.MaxCriteria) + `{"always":{}}]}`
	for text, want := range map[string]string{
		deep: "nested too deeply", wide: "too many criteria",
		`{"all":[{"always":{}},{"package":{"type":5}}]}`: "all: [1]: package: type",
		`{"all":{}}`:                        "want a list",
		`{"not":5}`:                         "want an object",
		`{"always":{},"not":{"always":{}}}`: "want one member",
		`{"package":{"type":"deb","type":"rpm","name":"a"}}`:   "occurs twice",
		`{"fact":{"name":["a"]}}`:                              "fact:",
		`{"package":{"name":"a","range":{"intervals":"all"}}}`: "range: intervals",
	} {
		var f applicability.Footprint
		err := json.Unmarshal([]byte(text), &f)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

func TestReadCatalogErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": applicability.ErrNotCatalog, "{}\n": applicability.ErrNotCatalog, "Package: a\n": applicability.ErrNotCatalog,
		"{\"fettleCatalog\":9}\n":                    applicability.ErrNewer,
		strings.Repeat("x", applicability.MaxLine+1): applicability.ErrTooLong,
	} {
		if _, _, err := applicability.ReadCatalog(strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
	good := `{"id":"A","target":{"always":{}},"installed":{"always":{}}}`
	_, all, err := applicability.ReadCatalog(strings.NewReader("{\"fettleCatalog\":1}\n" + good + "\n\n{\"id\":\"B\",\"estimate\":\"soon\"}\n{\"id\":\n" + good))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for p, err := range all {
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, string(p.ID))
		}
	}
	if len(got) != 4 || got[0] != "A" || !strings.Contains(got[1], `line 4: applicability: patch "B": estimate "soon"`) ||
		!strings.HasPrefix(got[2], "line 5: ") || got[3] != "A" {
		t.Errorf("got %q", got)
	}
}

func FuzzParseFootprint(f *testing.F) {
	for _, c := range everyKind() {
		f.Add(applicability.That(c).String())
	}
	f.Add("deb:openssl < 3.0.11-1~deb12u2 and os.id = debian")
	f.Add("not (site = london or label.role) and at-least 2 of (always, rpm:a, any())")
	f.Add(`deb:"a b"[arch=amd64] by deb >= 1 < 2 | = 3 | *`)
	f.Add("((((((((")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := applicability.ParseFootprint(text)
		if err != nil {
			bad, ok := errors.AsType[*applicability.ParseError](err)
			if !ok || bad.Pos > len(text) || bad.Show() == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if parsed.Check() == nil {
			again, err := applicability.ParseFootprint(parsed.String())
			if err != nil {
				t.Fatalf("%s: %v", parsed, err)
			}
			if diff := difference(parsed, again); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", parsed, diff)
			}
		}
		parsed.Needs()
	})
}

func FuzzFootprintJSON(f *testing.F) {
	for _, c := range everyKind() {
		data, err := json.Marshal(applicability.That(c))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"weather":{"sky":"blue"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var read, again applicability.Footprint
		if json.Unmarshal(data, &read) != nil {
			return
		}
		out, err := json.Marshal(read)
		if err != nil {
			t.Fatalf("%s: read, and not to be written: %v", data, err)
		}
		if err := json.Unmarshal(out, &again); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		out2, err := json.Marshal(again)
		if err != nil || !bytes.Equal(out, out2) {
			t.Fatalf("%s, then %s (%v)", out, out2, err)
		}
		_ = read.String()
		if read.Check() == nil && !strings.Contains(string(out), `\u`) {
			if _, err := applicability.ParseFootprint(read.String()); err != nil {
				t.Fatalf("%s: %v", read, err)
			}
		}
	})
}

func FuzzReadCatalog(f *testing.F) {
	patch := fullPatch()
	var file bytes.Buffer
	if err := applicability.WriteCatalog(&file, applicability.CatalogHeader{}, func(yield func(*applicability.Patch) bool) { yield(&patch) }); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("{\"fettleCatalog\":1}\n{\"id\":\"A\",\"class\":\"new\",\"x\":[ 1 ]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, all, err := applicability.ReadCatalog(bytes.NewReader(data))
		if err != nil {
			return
		}
		var patches []applicability.Patch
		for p, err := range all {
			if err == nil {
				patches = append(patches, *p)
			}
		}
		catalog, problems := applicability.Compile(patches, nil)
		r := randomtest.New(1, 1).Record("h")
		a := catalog.Assess(r, r.Snapshot.Taken)
		total := 0
		for _, n := range a.Counts {
			total += n
		}
		if total != len(patches) {
			t.Fatalf("%d patches, %d counted (%v)", len(patches), total, problems)
		}
		for _, finding := range a.Findings {
			id := catalog.ID(int(finding.Patch))
			if _, err := catalog.Explain(r, id, r.Snapshot.Taken); err != nil && id != "" {
				t.Fatal(err)
			}
		}
	})
}
