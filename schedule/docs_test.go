package schedule_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/schedule"
)

// TestPolicyReferenceIsCurrent keeps docs/policy.md and the schema together, and
// its example readable.
func TestPolicyReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, table, _ := strings.Cut(text, "## Fields")
	rows := 0
	for _, f := range schedule.Fields() {
		def := "`" + f.Default + "`"
		if f.Default == "" {
			def = "-"
		}
		if row := fmt.Sprintf("| `%s` | %s | %s |", f.Path, f.Direction, def); !strings.Contains(table, row) {
			t.Errorf("the table lacks %s", row)
		}
		rows++
	}
	if got := strings.Count(table, "\n| `"); got != rows {
		t.Errorf("the table has %d rows, the schema %d", got, rows)
	}
	_, example, _ := strings.Cut(text, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	l, err := schedule.ParseLayer("policy.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	merged(t, schedule.Host{Zone: "Europe/London", Labels: map[string]string{"role": "laptop"}}, l)
}
