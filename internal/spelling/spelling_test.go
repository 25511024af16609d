package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/spelling"
)

func TestMeant(t *testing.T) {
	t.Parallel()
	known := []string{"from", "for", "until", "every", "weekStart", "à"}
	for word, want := range map[string]string{
		"form": "from", "frm": "from", "fro": "from", "fo": "for", "utnil": "until", "untile": "until", "nutli": "until",
		"weekstart": "weekStart", "WEEKSTRAT": "weekStart", "weakStarts": "weekStart", "evry": "every", "EVER": "every",
		"": "", "x": "", "f": "", "fooo": "", "night": "", "wkstrt": "", "\xff\xfe": "",
	} {
		require.Equal(t, want, spelling.Meant(known, word), word)
	}
	require.Empty(t, spelling.Meant(nil, "a"))
	long := string(make([]byte, 100))
	require.Empty(t, spelling.Meant([]string{long}, long))
}

func TestHint(t *testing.T) {
	t.Parallel()
	require.Equal(t, "did you mean for?", spelling.Hint([]string{"from", "for"}, "fur"))
	require.Equal(t, "known are from, for", spelling.Hint([]string{"from", "for"}, "night"))
	require.Empty(t, spelling.Hint(nil, "night"))
}
