package rollout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// goldenEvents is one event of each kind, with every field that it can have.
func goldenEvents(t *testing.T) []Event {
	t.Helper()
	text, err := os.ReadFile("testdata/wire/spec.json")
	require.NoError(t, err)
	spec, err := ParseSpec("spec.json", text)
	require.NoError(t, err)
	digest, at := fettle.DigestOf([]byte("spec")), time.Unix(1_772_442_000, 0).UTC()
	reason := fettle.Reason{Code: ReasonRawHalted, Args: map[string]string{"failed": "3", "started": "20"}, Until: at}
	key := Key{"model", "X1"}
	id := spec.ID
	return []Event{
		&RegionConfigured{By: "ann", Config: Config{
			Region: "emea", ClockMargin: Duration(5 * time.Minute), PollEvery: Duration(15 * time.Minute), EmergencyApprovers: 2, RequireBackout: true,
			Budgets: []Budget{
				{Name: "all", Units: 500, Hold: UntilOutcome},
				{Name: "cluster", Per: "label.cluster", Share: Percent(30), Hold: UntilHealthy, Keys: map[string]int{"db": 0, "web": 2}},
				{Name: "away", Units: 50, Hold: UntilOutcome, PreIssued: true},
			},
		}},
		&TakenOver{Epoch: 2, Holder: "site-b"},
		&RolloutProposed{Spec: spec, Digest: digest, By: "ann", BackoutOf: "older"},
		&RolloutApproved{Rollout: id, Digest: digest, Ring: "pilot", By: "bob", StepUp: "webauthn:1234"},
		&PhaseChanged{Rollout: id, Phase: Held, By: "bob", Why: "look <first>", Reasons: []fettle.Reason{reason}, Base: 120, Waived: "pilot", Next: at},
		&HostsJoined{Hosts: []JoinedHost{
			{Host: "web-01", Keys: []Key{{"label.cluster", "web"}, key}, Ephemeral: true, Rollouts: []JoinedMember{
				{Rollout: id, Eligible: 7, Ring: "pilot"}, {Rollout: "other", Eligible: 1 << 63, Skipped: ReasonNoRing},
			}},
			{Host: "naïve \"host\""},
		}},
		&HostsLeft{Hosts: []fettle.HostID{"web-01", "web-02"}, By: "ann", Why: "scrapped"},
		&HostsRelabelled{Hosts: []RelabelledHost{{Host: "web-01", Keys: []Key{key}}, {Host: "web-02"}}},
		&MembersAssigned{Rollout: id, Ring: "pilot", Hosts: []fettle.HostID{"web-01", "web-02"}},
		&RingOpened{Rollout: id, Ring: "pilot", Hosts: 20, Base: 1000, Next: at},
		&GateJudged{Rollout: id, Ring: "pilot", Gates: []GateStatus{{Gate: "raw", Verdict: "halted", Reasons: []fettle.Reason{reason}}}, Next: at},
		&RingPassed{Rollout: id, Ring: "pilot"},
		&BlockSet{Name: "w49/model:X1", Rollout: id, Patches: []fettle.PatchID{"DSA-1"}, Host: "web-01", Key: &key, Reason: reason},
		&BlockLifted{Name: "w49/model:X1", By: "ann", Why: "driver mended"},
		&GrantsIssued{
			Items: []GrantedItem{{Rollout: id, Patches: []fettle.PatchID{"DSA-1"}}}, Epoch: 2, Issued: at, StartBy: at.Add(time.Hour),
			EndBy: at.Add(3 * time.Hour), Run: Duration(125 * time.Minute), PreIssued: true, Backout: true,
			Charges: []Charge{{Budget: "all"}, {Budget: "cluster", Key: "web", Rollout: id}},
			Rows:    []GrantedRow{{Host: "web-01", Boot: "b1", Charges: []int{0, 1}}, {Host: "web-02"}},
		},
		&GrantsLapsed{Reason: ReasonLapsed, Hosts: []fettle.HostID{"web-01"}},
		&OutcomesRecorded{Rollout: id, Rows: []OutcomeRow{
			{Host: "web-01", Outcome: Verified, Seq: 17},
			{Host: "web-02", Outcome: Failed, Class: ClassNetwork, Reason: "proxy", Seq: 4, Boot: "b2", Wake: at},
			{Host: "web-03", Outcome: Silent},
			{Host: "web-04", Outcome: Pending, Reason: ReasonRevoked, Seq: 9, Loose: true},
			{Host: "web-05", Outcome: Verified, Seq: 3, Loose: true, Late: true},
		}},
		&HostsQuarantined{Reason: ReasonClone, Hosts: []fettle.HostID{"web-01"}},
		&HostsReleased{Hosts: []fettle.HostID{"web-01"}, By: "ann", Why: "reinstalled"},
		&SignalReceived{Name: "outage", Value: "on", Rollout: id, By: "monitor", Outage: &Key{"label.cluster", "web"}, Units: 1, Until: at},
		&OutageEnded{Signal: "outage", Key: Key{"label.cluster", "web"}},
		&PermitGiven{Rollout: id, Digest: digest, Ring: "broad", Units: 40, By: "world"},
		&SummaryReceived{From: "apac", Summary: Summary{Region: "apac", Epoch: 1, At: 99, Rollouts: []RolloutSummary{{
			Rollout: id, Spec: digest, Phase: Running, Rings: []RingSummary{{Ring: "pilot", Hosts: 20, Open: true, Counts: map[string]int{"verified": 19, "failed": 1}}},
		}}}},
		&BackoutStarted{Rollout: id, Backout: id + BackoutSuffix, By: "bob"},
	}
}

// The bytes of every kind are frozen: what was written once is read for good, and
// is written so again. FETTLE_GOLDEN=write writes the files of new kinds; a file
// that is there is never written over.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	kinds := kindsOfTheCode(t)
	var seen []string
	for _, event := range goldenEvents(t) {
		seen = append(seen, event.Kind())
		entry := Entry{Position: 7, At: time.UnixMilli(1_772_442_000_123).UTC(), Prev: fettle.DigestOf([]byte("the entry before")), Event: event}
		file := filepath.Join("testdata/journal", event.Kind()+".json")
		if _, err := os.Stat(file); os.IsNotExist(err) && os.Getenv("FETTLE_GOLDEN") == "write" {
			require.NoError(t, os.WriteFile(file, append(entry.encode(), '\n'), 0o644))
		}
		golden, err := os.ReadFile(file)
		require.NoError(t, err)
		line := strings.TrimSuffix(string(golden), "\n")
		require.Equal(t, line, string(entry.encode()))
		read, err := ParseEntry(7, []byte(line))
		require.NoError(t, err, line)
		require.Equal(t, line, string(read.encode()))
		stated(t, event.Kind(), reflect.ValueOf(event).Elem())
		for _, newer := range []string{
			strings.Replace(line, `"v":1`, `"v":2`, 1), strings.Replace(line, `"data":{`, `"data":{"aNewField":1,`, 1),
			strings.TrimSuffix(line, "}}") + `,"aNewField":1}}`, strings.Replace(line, event.Kind(), event.Kind()+"-anew", 1),
		} {
			_, err := ParseEntry(7, []byte(newer))
			require.ErrorIs(t, err, ErrNewer, newer)
		}
	}
	require.ElementsMatch(t, kinds, seen)
}

// stated fails if a field of a golden event is left out, so that its name is not
// frozen.
func stated(t *testing.T, kind string, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.IsExported() && v.Field(i).IsZero() && kind+"."+f.Name != kindMembersAssigned+".Skipped" {
			t.Errorf("the golden %s does not state %s", kind, f.Name)
		}
	}
}

// kindsOfTheCode reads the kinds out of the source.
func kindsOfTheCode(t *testing.T) (kinds []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event_kinds.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			kinds = append(kinds, kind)
		}
		return true
	})
	return kinds
}

// The table of events names every kind, in the code's order, with its fields.
func TestTableOfEvents(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/rollout-events.md")
	require.NoError(t, err)
	var kinds []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		kinds = append(kinds, m[1])
		event := newEvent(m[1])
		require.NotNil(t, event, m[1])
		var fields []string
		for field := range reflect.TypeOf(event).Elem().Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		require.Equal(t, strings.Join(fields, ", "), m[2], m[1])
	}
	require.Equal(t, kindsOfTheCode(t), kinds)
}
