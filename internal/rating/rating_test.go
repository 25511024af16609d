package rating_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/rating"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]fettle.Severity{
		"Critical": fettle.SeverityCritical, "IMPORTANT": fettle.SeverityHigh, " moderate ": fettle.SeverityMedium, "negligible": fettle.SeverityLow,
		"None": fettle.SeverityNone, "": fettle.SeverityUnknown, "urgent": fettle.SeverityUnknown,
	} {
		require.Equal(t, want, rating.Word(word), word)
	}
	require.Equal(t, fettle.SeverityHigh, rating.Headline("Important: openssl security update"))
	require.Equal(t, fettle.SeverityUnknown, rating.Headline("Important"))
	require.Equal(t, fettle.SeverityUnknown, rating.Headline("openssl: update"))
}
