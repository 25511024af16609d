package rollout

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The drawn phases are those of the code.
func TestDrawnPhases(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/rollout-course.md")
	require.NoError(t, err)
	var drawn []Phase
	for _, m := range regexp.MustCompile(`(?m)^    (\S+) --> (\w+)`).FindAllStringSubmatch(string(text), -1) {
		for _, name := range m[1:] {
			if name != "[*]" && !slices.Contains(drawn, Phase(name)) {
				drawn = append(drawn, Phase(name))
			}
		}
	}
	require.ElementsMatch(t, []Phase{Proposed, Waiting, Running, Paused, Held, Halted, Aborted, Done, Retired}, drawn)
}
