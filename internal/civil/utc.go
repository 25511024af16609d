package civil

import (
	"errors"
	"time"
)

// ErrYear is returned for an instant that RFC 3339 cannot write.
var ErrYear = errors.New("civil: the year in UTC is not one of 0 to 9999")

// UTC returns t in UTC without a monotonic reading, or ErrYear: the offset of
// 9999-12-31T23:00:00-02:00 takes it to a year that no reader takes back.
func UTC(t time.Time) (time.Time, error) {
	if t = t.UTC().Round(0); t.Year() < 0 || t.Year() > MaxYear {
		return time.Time{}, ErrYear
	}
	return t, nil
}
