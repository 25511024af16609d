package rollout_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/schemacheck"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/internal/strictjson"
)

const (
	specSchema     = "spec.schema.json"
	configSchema   = "config.schema.json"
	templateSchema = "template.schema.json"
	wireSchema     = "wire.schema.json"
)

func schemas(t *testing.T) *schemacheck.Checker {
	t.Helper()
	footprint, err := applicability.Schema("footprint")
	if err != nil {
		t.Fatal(err)
	}
	texts := [][]byte{footprint}
	for _, name := range []string{"spec", "config", "template", "wire"} {
		text, err := rollout.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	c, err := schemacheck.New(texts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rollout.Schema("nothing"); err == nil {
		t.Error("a schema of nothing")
	}
	return c
}

// TestSchemaIsTheType holds members and demands of the schema equal to those
// of the Go types, and so to what ParseSpec and ParseConfig refuse.
func TestSchemaIsTheType(t *testing.T) {
	t.Parallel()
	c := schemas(t)
	for _, one := range []struct {
		schema, def string
		value       any
	}{
		{specSchema, "", rollout.Spec{}},
		{specSchema, "patch", rollout.PatchRef{}},
		{specSchema, "catalog", rollout.CatalogRef{}},
		{specSchema, "ring", rollout.Ring{}},
		{specSchema, "gate", rollout.Gate{}},
		{specSchema, "raw", rollout.RawGate{}},
		{specSchema, "approval", rollout.Approval{}},
		{specSchema, "budgetRef", rollout.BudgetRef{}},
		{specSchema, "backout", rollout.Backout{}},
		{specSchema, "backoutPatch", rollout.BackoutPatch{}},
		{specSchema, "retry", rollout.Retry{}},
		{specSchema, "gate.rate", rollout.RateGate{}},
		{specSchema, "gate.bake", rollout.BakeGate{}},
		{specSchema, "gate.signal", rollout.SignalGate{}},
		{specSchema, "gate.permit", rollout.PermitGate{}},
		{configSchema, "", rollout.Config{}},
		{configSchema, "budget", rollout.Budget{}},
		{templateSchema, "", rollout.Template{}},
		{wireSchema, "ask", rollout.Ask{}},
		{wireSchema, "offer", rollout.Offer{}},
		{wireSchema, "due", rollout.Due{}},
		{wireSchema, "policyRef", rollout.PolicyRef{}},
		{wireSchema, "grant", rollout.Grant{}},
		{wireSchema, "grantItem", rollout.GrantItem{}},
		{wireSchema, "report", rollout.Report{}},
		{wireSchema, "report.ready", rollout.Readiness{}},
		{wireSchema, "result", rollout.Result{}},
		{wireSchema, "patchState", rollout.PatchState{}},
		{wireSchema, "ack", rollout.Ack{}},
		{wireSchema, "policySet", rollout.PolicySet{}},
		{wireSchema, "siteKey", rollout.SiteKey{}},
		{wireSchema, "sitePolicy", rollout.SitePolicy{}},
		{wireSchema, "enrolment", rollout.Enrolment{}},
		{wireSchema, "envelope", fettle.Envelope{}},
		{wireSchema, "reason", fettle.Reason{}},
		{templateSchema, ".backout", rollout.BackoutRule{}},
		{templateSchema, ".spec", rollout.Skeleton{}},
	} {
		def, member, inner := strings.Cut(one.def, ".")
		schema := c.Schema(one.schema, def)
		if inner {
			schema = schema["properties"].(map[string]any)[member].(map[string]any)
		}
		all, required := schemacheck.Properties(schema)
		wantAll, wantRequired := strictjson.Names(reflect.TypeOf(one.value))
		slices.Sort(wantAll)
		slices.Sort(wantRequired)
		if !slices.Equal(all, wantAll) || !slices.Equal(required, wantRequired) {
			t.Errorf("%s %s: the schema has %v, demands %v; the type %v, %v", one.schema, one.def, all, required, wantAll, wantRequired)
		}
	}
	classes, _ := schemacheck.Properties(c.Schema(specSchema, "retry")["properties"].(map[string]any)["attempts"].(map[string]any))
	for class := rollout.ClassPatch; class <= rollout.ClassContent; class++ {
		if !slices.Contains(classes, class.String()) {
			t.Errorf("the schema lacks the class %v", class)
		}
	}
}

func TestSchemaAcceptsWhatIsWritten(t *testing.T) {
	t.Parallel()
	c := schemas(t)
	texts := map[string][]string{specSchema: {"weekend.json", "emergency.json", "observe.json"}, configSchema: {"region.json"}}
	for schema, names := range texts {
		for _, name := range names {
			var value any
			if err := json.Unmarshal(sample(t, name), &value); err != nil {
				t.Fatal(err)
			}
			if bad := c.Check(schema, value); bad != "" {
				t.Errorf("%s: %s", name, bad)
			}
		}
	}
	for schema, value := range map[string]any{specSchema: fullSpec(), configSchema: region(), templateSchema: template(t)} {
		generic, err := schemacheck.Generic(value)
		if err != nil {
			t.Fatal(err)
		}
		if bad := c.Check(schema, generic); bad != "" {
			t.Errorf("%s: %s", schema, bad)
		}
	}
}

// TestSchemaAcceptsTheFrozenMessages: the golden files are what agents of other
// languages write and read by the schema.
func TestSchemaAcceptsTheFrozenMessages(t *testing.T) {
	t.Parallel()
	c := schemas(t)
	for file, def := range map[string]string{
		"ask": "ask", "offer": "offer", "ack": "ack", "grant": "grant", "report": "report",
		"policy-set": "policySet", "site-policy": "sitePolicy", "enrolment": "enrolment",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "wire", file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if bad := c.CheckDef(wireSchema, def, value); bad != "" {
			t.Errorf("%s: %s", file, bad)
		}
		value["colour"] = "red"
		if c.CheckDef(wireSchema, def, value) == "" {
			t.Errorf("%s: an unknown member is taken", file)
		}
	}
	for o := rollout.Pending; o <= rollout.Removed; o++ {
		value := map[string]any{"rollout": "r", "outcome": o.String()}
		if bad := c.CheckDef(wireSchema, "result", value); bad != "" {
			t.Errorf("%v: %s", o, bad)
		}
	}
}

// TestSchemaAndReaderRefuseTheSame: one member of a valid spec is made wrong
// at a time.
func TestSchemaAndReaderRefuseTheSame(t *testing.T) {
	t.Parallel()
	c := schemas(t)
	for _, change := range []struct{ from, to string }{
		{`"mode":"act"`, `"mode":"acts"`},
		{`"mode":"act"`, `"moed":"act"`},
		{`"salt":"5f2c"`, `"salt":5`},
		{`"grant":"2d"`, `"grant":"2 days"`},
		{`"growth":"10%"`, `"growth":"10"`},
		{`"growth":"10%"`, `"growth":"101%"`},
		{`"rest":true`, `"rest":"yes"`},
		{`"notAfter":"2027-01-31T00:00:00Z"`, `"notAfter":"2027-01-31"`},
		{`"permit":{}`, `"permit":{"a":1}`},
		{`"permit":{}`, `"permit":[]`},
		{`"count":100`, `"count":1.5`},
		{`"count":100`, `"count":null`},
		{`"disk":3`, `"disc":3`},
		{`"target":{"os":{"attribute":"id","is":"debian"}}`, `"target":7`},
		{`"revision":412`, `"revision":-1`},
	} {
		text, err := json.Marshal(fullSpec())
		if err != nil || !strings.Contains(string(text), change.from) {
			t.Fatalf("%s: %v", change.from, err)
		}
		bad := strings.Replace(string(text), change.from, change.to, 1)
		if _, err := rollout.ParseSpec("x", []byte(bad)); err == nil {
			t.Errorf("%s: ParseSpec takes it", change.to)
		} else {
			t.Log(err)
		}
		var value any
		if err := json.Unmarshal([]byte(bad), &value); err != nil {
			t.Fatal(err)
		}
		if c.Check(specSchema, value) == "" {
			t.Errorf("%s: the schema takes it", change.to)
		}
	}
}
