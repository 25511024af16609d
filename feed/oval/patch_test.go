package oval

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The identifier is what the pattern of the programme's syntax finds first.
func TestCVEIn(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`CVE-\d{4}-\d+`)
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"CVE-", "CVE", "-", "2024", "1", "12345", " ", "x", "CVE-2024-1", "é"}
	found := 0
	for range 20_000 {
		var b strings.Builder
		for range rng.IntN(8) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		text := b.String()
		want := pattern.FindString(text)
		require.Equal(t, want, cveIn(text), text)
		if want != "" {
			found++
		}
	}
	require.Positive(t, found)
}
