package cvss_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/cvss"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// The lines are a vector and the scores that another implementation gave.
func TestScoresAsOthersComputeThem(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`^(\S+) - \(-?([0-9.]+),`)
	for _, file := range []string{"vectors_simple2", "vectors_cvsslib2", "vectors_simple3"} {
		n := 0
		for text := range strings.Lines(string(oracle.Read(t, "oracles/cvss/"+file))) {
			m := line.FindStringSubmatch(text)
			require.NotNil(t, m, text)
			want := m[2]
			if !strings.Contains(want, ".") {
				want += ".0"
			}
			score, _, err := cvss.Of(m[1])
			require.NoError(t, err, m[1])
			require.Equal(t, want, score.String(), m[1])
			n++
		}
		require.Positive(t, n, file)
		t.Logf("%s: %d vectors", file, n)
	}
}

// Scores of random vectors by github.com/pandatix/go-cvss v0.6.4. An exact half of
// a tenth goes up here, as in the calculator at first.org; floating point takes
// two of these vectors (5.65) down there.
func TestScoresOfVersion4(t *testing.T) {
	t.Parallel()
	for vector, want := range map[string]string{
		"AV:A/AC:H/AT:P/PR:H/UI:P/VC:H/VI:L/VA:N/SC:L/SI:H/SA:N/E:P": "3.9",
		"AV:L/AC:H/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:N/SI:H/SA:N":     "4.0",
		"AV:L/AC:H/AT:P/PR:L/UI:P/VC:H/VI:H/VA:L/SC:H/SI:N/SA:N":     "6.7",
		"AV:A/AC:L/AT:P/PR:L/UI:N/VC:H/VI:L/VA:L/SC:L/SI:H/SA:L/E:A": "7.1",
		"AV:L/AC:L/AT:P/PR:N/UI:N/VC:L/VI:H/VA:H/SC:L/SI:L/SA:N":     "6.0",
		"AV:L/AC:H/AT:P/PR:H/UI:N/VC:H/VI:H/VA:L/SC:N/SI:N/SA:N":     "7.1",
		"AV:P/AC:L/AT:P/PR:N/UI:A/VC:N/VI:H/VA:H/SC:L/SI:L/SA:L/E:U": "0.7",
		"AV:P/AC:H/AT:P/PR:L/UI:A/VC:L/VI:N/VA:N/SC:N/SI:L/SA:N":     "1.0",
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:L/SC:N/SI:H/SA:L":     "8.8",
		"AV:P/AC:H/AT:P/PR:H/UI:P/VC:L/VI:H/VA:L/SC:H/SI:L/SA:L/E:U": "1.7",
		"AV:N/AC:H/AT:P/PR:L/UI:N/VC:H/VI:N/VA:L/SC:H/SI:H/SA:L":     "7.2",
		"AV:L/AC:H/AT:N/PR:L/UI:N/VC:H/VI:H/VA:L/SC:N/SI:H/SA:L":     "8.5",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:L/SC:N/SI:N/SA:N/E:U": "2.7",
		"AV:P/AC:L/AT:N/PR:L/UI:P/VC:L/VI:N/VA:L/SC:H/SI:H/SA:L":     "4.5",
		"AV:L/AC:H/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:L":     "8.7",
		"AV:L/AC:L/AT:P/PR:N/UI:A/VC:L/VI:L/VA:H/SC:H/SI:N/SA:L/E:A": "6.9",
		"AV:N/AC:H/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N":     "8.3",
		"AV:N/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:H/SC:H/SI:N/SA:L":     "8.3",
		"AV:L/AC:L/AT:P/PR:N/UI:P/VC:H/VI:L/VA:H/SC:N/SI:H/SA:L/E:A": "7.0",
		"AV:P/AC:H/AT:P/PR:N/UI:N/VC:L/VI:N/VA:L/SC:N/SI:H/SA:L":     "2.0",
		"AV:N/AC:L/AT:N/PR:L/UI:A/VC:L/VI:H/VA:N/SC:L/SI:L/SA:N":     "6.9",
		"AV:L/AC:L/AT:N/PR:N/UI:N/VC:N/VI:H/VA:N/SC:N/SI:L/SA:L/E:A": "6.9",
		"AV:N/AC:H/AT:P/PR:L/UI:A/VC:N/VI:H/VA:N/SC:L/SI:H/SA:N":     "6.9",
		"AV:A/AC:H/AT:P/PR:H/UI:N/VC:N/VI:L/VA:N/SC:L/SI:N/SA:L":     "2.0",
		"AV:N/AC:H/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:H/SI:L/SA:H/E:P": "8.9",
		"AV:A/AC:H/AT:P/PR:L/UI:P/VC:N/VI:L/VA:H/SC:N/SI:H/SA:H":     "5.8",
		"AV:P/AC:H/AT:N/PR:N/UI:A/VC:N/VI:H/VA:L/SC:N/SI:L/SA:L":     "4.3",
		"AV:P/AC:L/AT:N/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A": "8.6",
		"AV:P/AC:H/AT:N/PR:N/UI:P/VC:N/VI:L/VA:L/SC:H/SI:L/SA:L":     "2.1",
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:L/VI:L/VA:L/SC:H/SI:L/SA:H":     "5.6",
		"AV:P/AC:H/AT:N/PR:H/UI:N/VC:N/VI:L/VA:N/SC:H/SI:H/SA:H/E:U": "0.5",
		"AV:A/AC:L/AT:N/PR:N/UI:P/VC:L/VI:N/VA:N/SC:H/SI:N/SA:H":     "6.3",
		"AV:N/AC:L/AT:P/PR:H/UI:N/VC:L/VI:H/VA:H/SC:H/SI:H/SA:N":     "7.2",
		"AV:A/AC:L/AT:P/PR:L/UI:A/VC:H/VI:N/VA:H/SC:N/SI:H/SA:N/E:A": "5.7",
		"AV:A/AC:L/AT:N/PR:L/UI:P/VC:L/VI:N/VA:N/SC:L/SI:L/SA:H":     "4.4",
		"AV:L/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:L":     "8.7",
		"AV:P/AC:H/AT:N/PR:N/UI:A/VC:N/VI:N/VA:H/SC:N/SI:N/SA:H/E:A": "5.6",
		"AV:A/AC:H/AT:P/PR:L/UI:N/VC:L/VI:N/VA:L/SC:L/SI:H/SA:H":     "5.3",
		"AV:L/AC:H/AT:P/PR:L/UI:A/VC:N/VI:N/VA:H/SC:H/SI:H/SA:H":     "6.0",
		"AV:L/AC:L/AT:P/PR:H/UI:P/VC:N/VI:N/VA:N/SC:H/SI:L/SA:N/E:P": "0.9",
		"AV:A/AC:H/AT:N/PR:L/UI:N/VC:L/VI:H/VA:N/SC:N/SI:N/SA:H":     "7.0",
		"AV:A/AC:H/AT:P/PR:N/UI:P/VC:N/VI:H/VA:H/SC:L/SI:H/SA:L":     "7.1",
		"AV:L/AC:H/AT:N/PR:N/UI:P/VC:L/VI:N/VA:N/SC:H/SI:H/SA:L/E:P": "2.3",
		"AV:N/AC:H/AT:N/PR:H/UI:P/VC:L/VI:L/VA:H/SC:L/SI:L/SA:L":     "5.8",
		"AV:N/AC:H/AT:N/PR:N/UI:A/VC:N/VI:H/VA:L/SC:N/SI:H/SA:N":     "7.0",
		"AV:A/AC:L/AT:P/PR:N/UI:A/VC:L/VI:L/VA:L/SC:H/SI:N/SA:N/E:A": "4.3",
		"AV:A/AC:L/AT:N/PR:L/UI:P/VC:N/VI:L/VA:H/SC:L/SI:N/SA:H":     "6.8",
		"AV:P/AC:H/AT:N/PR:N/UI:P/VC:L/VI:H/VA:N/SC:L/SI:H/SA:N":     "5.7",
		"AV:L/AC:H/AT:N/PR:H/UI:P/VC:N/VI:L/VA:H/SC:L/SI:N/SA:H/E:U": "1.5",
		"AV:A/AC:L/AT:N/PR:N/UI:A/VC:N/VI:H/VA:N/SC:L/SI:H/SA:L":     "8.3",
		"AV:P/AC:H/AT:N/PR:N/UI:P/VC:L/VI:H/VA:N/SC:N/SI:L/SA:H":     "5.7",
		"AV:N/AC:H/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:N/SA:N/E:A": "7.0",
		"AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:L/SC:N/SI:N/SA:N":     "4.6",
		"AV:P/AC:H/AT:P/PR:N/UI:N/VC:L/VI:H/VA:N/SC:L/SI:H/SA:N":     "5.7",
		"AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:L/SC:N/SI:L/SA:H/E:P": "0.9",
		"AV:L/AC:H/AT:P/PR:H/UI:N/VC:L/VI:N/VA:N/SC:H/SI:H/SA:H":     "5.0",
		"AV:P/AC:L/AT:N/PR:L/UI:P/VC:H/VI:H/VA:H/SC:H/SI:N/SA:L":     "8.4",
		"AV:P/AC:L/AT:P/PR:L/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:H/E:A": "2.1",
		"AV:A/AC:L/AT:P/PR:N/UI:A/VC:N/VI:H/VA:L/SC:L/SI:L/SA:H":     "7.0",
		"AV:L/AC:H/AT:N/PR:N/UI:N/VC:H/VI:L/VA:H/SC:L/SI:H/SA:L":     "7.2",
		"AV:L/AC:H/AT:P/PR:H/UI:N/VC:L/VI:N/VA:H/SC:L/SI:L/SA:L/E:A": "5.7",
		"AV:P/AC:H/AT:P/PR:L/UI:P/VC:L/VI:N/VA:H/SC:H/SI:L/SA:L":     "5.8",
		"AV:A/AC:L/AT:P/PR:H/UI:A/VC:N/VI:L/VA:N/SC:N/SI:H/SA:N":     "1.8",
		"AV:N/AC:L/AT:N/PR:N/UI:P/VC:N/VI:L/VA:N/SC:L/SI:L/SA:N/E:A": "5.3",
		"AV:P/AC:H/AT:P/PR:N/UI:P/VC:N/VI:N/VA:N/SC:L/SI:L/SA:H":     "2.1",
		"AV:L/AC:L/AT:N/PR:H/UI:P/VC:N/VI:N/VA:N/SC:N/SI:N/SA:H":     "4.1",
		"AV:N/AC:L/AT:N/PR:L/UI:N/VC:L/VI:L/VA:N/SC:L/SI:N/SA:L/E:U": "1.3",
		"AV:N/AC:H/AT:P/PR:L/UI:N/VC:N/VI:L/VA:H/SC:N/SI:H/SA:H":     "7.2",
		"AV:L/AC:H/AT:N/PR:L/UI:N/VC:L/VI:N/VA:L/SC:L/SI:N/SA:H":     "4.5",
		"AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:L/SA:H/E:A": "9.0",
		"AV:N/AC:L/AT:P/PR:L/UI:P/VC:L/VI:H/VA:N/SC:N/SI:H/SA:L":     "7.0",
		"AV:N/AC:L/AT:N/PR:L/UI:A/VC:L/VI:H/VA:H/SC:N/SI:L/SA:L":     "7.0",
		"AV:N/AC:H/AT:N/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:L/E:A": "8.7",
		"AV:N/AC:L/AT:P/PR:H/UI:N/VC:H/VI:L/VA:H/SC:N/SI:H/SA:N":     "7.1",
		"AV:N/AC:L/AT:P/PR:H/UI:P/VC:L/VI:H/VA:L/SC:L/SI:H/SA:N":     "7.0",
		"AV:N/AC:H/AT:N/PR:N/UI:P/VC:N/VI:L/VA:H/SC:L/SI:N/SA:N/E:U": "2.3",
		"AV:N/AC:H/AT:P/PR:N/UI:P/VC:N/VI:H/VA:N/SC:N/SI:N/SA:H":     "7.0",
		"AV:A/AC:L/AT:P/PR:H/UI:N/VC:L/VI:H/VA:L/SC:L/SI:H/SA:L":     "7.1",
		"AV:P/AC:H/AT:P/PR:N/UI:P/VC:H/VI:N/VA:N/SC:L/SI:N/SA:L/E:U": "0.6",
		"AV:L/AC:H/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:L/SA:H":     "8.7",
		"AV:N/AC:H/AT:P/PR:H/UI:A/VC:L/VI:H/VA:H/SC:H/SI:H/SA:L":     "7.1",
		"AV:L/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:N/SC:L/SI:N/SA:H/E:U": "3.2",
		"AV:P/AC:L/AT:N/PR:H/UI:A/VC:N/VI:N/VA:N/SC:N/SI:N/SA:H":     "4.1",
		"AV:A/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:L/SC:H/SI:L/SA:H":     "9.3",
		"AV:P/AC:H/AT:P/PR:N/UI:N/VC:H/VI:N/VA:L/SC:L/SI:N/SA:L/E:A": "4.3",
		"AV:N/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:H/SC:L/SI:N/SA:N":     "6.9",
		"AV:P/AC:L/AT:P/PR:N/UI:P/VC:N/VI:H/VA:N/SC:N/SI:L/SA:L":     "4.1",
		"AV:A/AC:L/AT:P/PR:H/UI:P/VC:L/VI:N/VA:H/SC:L/SI:H/SA:N/E:U": "1.5",
		"AV:L/AC:L/AT:P/PR:L/UI:A/VC:N/VI:H/VA:H/SC:H/SI:N/SA:L":     "5.8",
		"AV:L/AC:H/AT:P/PR:N/UI:N/VC:H/VI:H/VA:L/SC:L/SI:H/SA:N":     "8.7",
		"AV:N/AC:L/AT:N/PR:H/UI:P/VC:L/VI:N/VA:L/SC:H/SI:L/SA:L/E:A": "6.2",
		"AV:P/AC:H/AT:N/PR:N/UI:P/VC:L/VI:L/VA:L/SC:H/SI:H/SA:H":     "2.4",
		"AV:A/AC:L/AT:P/PR:H/UI:A/VC:L/VI:H/VA:H/SC:H/SI:L/SA:N":     "5.8",
		"AV:L/AC:H/AT:N/PR:N/UI:P/VC:H/VI:L/VA:H/SC:N/SI:H/SA:N/E:P": "5.6",
		"AV:N/AC:L/AT:N/PR:L/UI:P/VC:L/VI:L/VA:N/SC:L/SI:L/SA:N":     "5.1",
		"AV:P/AC:H/AT:N/PR:L/UI:P/VC:L/VI:N/VA:H/SC:H/SI:N/SA:L":     "5.7",
		"AV:P/AC:L/AT:N/PR:L/UI:P/VC:H/VI:N/VA:N/SC:L/SI:L/SA:H/E:U": "3.9",
		"AV:N/AC:H/AT:P/PR:H/UI:P/VC:N/VI:N/VA:N/SC:N/SI:H/SA:L":     "4.5",
		"AV:A/AC:H/AT:P/PR:L/UI:N/VC:L/VI:H/VA:N/SC:N/SI:H/SA:H":     "7.1",
		"AV:P/AC:L/AT:P/PR:N/UI:A/VC:N/VI:H/VA:H/SC:N/SI:N/SA:L/E:P": "1.6",
	} {
		score, _, err := cvss.Of("CVSS:4.0/" + vector)
		require.NoError(t, err, vector)
		require.Equal(t, want, score.String(), vector)
	}
}

func TestSeverityWords(t *testing.T) {
	t.Parallel()
	for vector, want := range map[string]fettle.Severity{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":     fettle.SeverityCritical,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N":     fettle.SeverityNone,
		"AV:N/AC:L/Au:N/C:C/I:C/A:C":                       fettle.SeverityHigh,
		"AV:L/AC:H/Au:M/C:N/I:N/A:P":                       fettle.SeverityLow,
		"CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N/E:U": fettle.SeverityLow,
	} {
		_, got, err := cvss.Of(vector)
		require.NoError(t, err, vector)
		require.Equal(t, want, got, vector)
	}
}

func TestNotAVector(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "high", "7.5", "CVSS:3.1", "CVSS:3.1/", "CVSS:5.0/AV:N", "AV:N/AC:L/Au:N/C:C/I:C", "AV:N/AC:L/Au:N/C:C/I:C/A:C/A:C",
		"AV:X/AC:L/Au:N/C:C/I:C/A:C", "CVSS:3.1/AV:NA/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", strings.Repeat("AV:N/", 1000),
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:Q",
	} {
		_, severity, err := cvss.Of(text)
		require.ErrorIs(t, err, cvss.ErrVector, text)
		require.Equal(t, fettle.SeverityUnknown, severity)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
	f.Add("AV:L/AC:H/Au:M/C:N/I:N/A:P")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P")
	f.Fuzz(func(t *testing.T, vector string) {
		score, severity, err := cvss.Of(vector)
		if (severity == fettle.SeverityUnknown) != (err != nil) || score < 0 || score > 100 {
			t.Fatalf("%q: %v %v %v", vector, score, severity, err)
		}
	})
}
