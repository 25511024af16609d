package civil_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

func TestUTC(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"2026-11-22T01:00:00+02:00":      true,
		"0000-01-01T00:00:00Z":           true,
		"0000-01-01T00:59:59+01:00":      false,
		"9999-12-31T23:59:59.999999999Z": true,
		"9999-12-31T23:00:00-01:00":      false,
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := civil.UTC(at)
		if (err == nil) != good || good && (!got.Equal(at) || got.Location() != time.UTC) || !good && !errors.Is(err, civil.ErrYear) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if _, err := got.MarshalJSON(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, seconds := range []int64{math.MinInt64, math.MaxInt64, 1 << 40} {
		if got, err := civil.UTC(time.Unix(seconds, 0)); err == nil {
			t.Errorf("%d: %v", seconds, got)
		}
	}
}
