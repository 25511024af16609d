package rollout

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The drawn outcomes and arrows are those of the code.
func TestDrawnOutcomes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/rollout-states.md")
	require.NoError(t, err)
	var drawn, want []string
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) --> (\w+)`).FindAllStringSubmatch(string(text), -1) {
		drawn = append(drawn, strings.ReplaceAll(m[1]+" "+m[2], "_", "-"))
	}
	for from := range Outcome(numOutcomes) {
		for to := range Outcome(numOutcomes) {
			if from.mayFollow(to) {
				want = append(want, fmt.Sprint(from, " ", to))
			}
		}
	}
	require.ElementsMatch(t, want, drawn)
	require.Zero(t, Downloaded.next(), "it is never kept")
	for o := range Outcome(numOutcomes) {
		if o.Started() && o != Downloaded {
			require.True(t, o.mayFollow(Silent) && o.mayFollow(Removed), "%s: every host under way has an end", o)
		}
	}
}
