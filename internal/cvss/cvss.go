// Package cvss scores vectors of the Common Vulnerability Scoring System,
// versions 2, 3.0, 3.1 and 4.0, as its specifications at FIRST define them:
// the base score, for version 4.0 with the threat metric E where it is stated.
// Temporal, environmental and supplemental metrics are checked for form only;
// what they say depends on the day and the host.
package cvss

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
)

// ErrVector is wrapped by the error for a text that is not a vector.
var ErrVector = errors.New("cvss: not a vector")

// Score is a score in tenths, 0 to 100, so that it is exact.
type Score int

// String returns the score as it is written: 9.8, 10.0.
func (s Score) String() string { return strconv.Itoa(int(s)/10) + "." + strconv.Itoa(int(s)%10) }

// Of returns the base score of a vector and the word that the vector's version
// has for it. A vector begins with CVSS:3.0/, CVSS:3.1/ or CVSS:4.0/; without
// such a prefix it is one of version 2, which has no word for critical or none.
func Of(vector string) (Score, fettle.Severity, error) {
	if len(vector) > maxVector {
		return 0, fettle.SeverityUnknown, fmt.Errorf("%w: longer than %d bytes", ErrVector, maxVector)
	}
	prefix, rest, _ := strings.Cut(vector, "/")
	var (
		score Score
		err   error
	)
	switch prefix {
	case "CVSS:3.0", "CVSS:3.1":
		score, err = scoreV3(rest)
	case "CVSS:4.0":
		score, err = scoreV4(rest)
	default:
		if strings.HasPrefix(prefix, "CVSS:") {
			return 0, fettle.SeverityUnknown, fmt.Errorf("%w: unknown version in %.80q", ErrVector, vector)
		}
		score, err = scoreV2(strings.Trim(vector, "()"))
		return score, severityV2(score, err), in(vector, err)
	}
	return score, severity(score, err), in(vector, err)
}

const maxVector = 500 // a complete vector of version 4.0 has some 200 bytes

func in(vector string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %.80q: %w", ErrVector, vector, err)
}

// severity is the qualitative scale of versions 3 and 4 (v3.1 section 5).
func severity(s Score, err error) fettle.Severity {
	switch {
	case err != nil:
		return fettle.SeverityUnknown
	case s == 0:
		return fettle.SeverityNone
	case s < 40:
		return fettle.SeverityLow
	case s < 70:
		return fettle.SeverityMedium
	case s < 90:
		return fettle.SeverityHigh
	default:
		return fettle.SeverityCritical
	}
}

// severityV2 is NVD's scale for version 2, which defines none itself.
func severityV2(s Score, err error) fettle.Severity {
	switch {
	case err != nil:
		return fettle.SeverityUnknown
	case s < 40:
		return fettle.SeverityLow
	case s < 70:
		return fettle.SeverityMedium
	default:
		return fettle.SeverityHigh
	}
}

// metric is a metric with the letters that it may have; base ones have to be
// there.
type metric struct{ name, letters string }

// read returns the index of each base metric's letter among its letters.
// Metrics that are not in base are only checked for form.
func read(vector string, base []metric, values []int) error {
	for i := range values {
		values[i] = -1
	}
	for pair := range strings.SplitSeq(vector, "/") {
		name, value, ok := strings.Cut(pair, ":")
		if !ok || name == "" || value == "" {
			return fmt.Errorf("%q is not a metric and its value", pair)
		}
		for i, m := range base {
			if m.name != name {
				continue
			}
			if values[i] >= 0 {
				return fmt.Errorf("metric %s is there twice", name)
			}
			if values[i] = strings.Index(m.letters, value); len(value) != 1 || values[i] < 0 {
				return fmt.Errorf("metric %s is %q, want one of %s", name, value, m.letters)
			}
		}
	}
	for i, m := range base {
		if values[i] < 0 {
			return fmt.Errorf("metric %s is missing", m.name)
		}
	}
	return nil
}
