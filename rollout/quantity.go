package rollout

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Share is a part of a whole in parts per million, exact: 50,000 is "5%".
type Share uint32

// Whole is 100 %.
const Whole Share = 1_000_000

// Percent returns a share of whole per cents.
func Percent(n int) Share { return Share(n) * 10_000 }

// Of returns the part of n that s is: floor, but at least 1 of at least one if
// s is not zero.
func (s Share) Of(n int) int {
	part := int(uint64(s) * uint64(max(n, 0)) / uint64(Whole))
	if part == 0 && s > 0 && n > 0 {
		return 1
	}
	return part
}

// floorOf returns the part of n that s is, rounded down.
func (s Share) floorOf(n int) int { return int(uint64(s) * uint64(max(n, 0)) / uint64(Whole)) }

// String returns the share in per cent with as many decimals as it has: "0.5%".
func (s Share) String() string {
	text := fmt.Sprintf("%d.%04d", s/10_000, s%10_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// MarshalText returns what String returns.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts per cents from 0% to 100% with at most four decimals.
func (s *Share) UnmarshalText(text []byte) error {
	number, found := strings.CutSuffix(string(text), "%")
	wholes, decimals, _ := strings.Cut(number, ".")
	if !found || len(wholes) > 3 || len(decimals) > 4 || strings.HasSuffix(number, ".") {
		return shareError(text)
	}
	n, err := strconv.ParseUint(wholes+decimals+"0000"[len(decimals):], 10, 32)
	if err != nil || Share(n) > Whole {
		return shareError(text)
	}
	*s = Share(n)
	return nil
}

func shareError(text []byte) error {
	return fmt.Errorf("rollout: share %q: want per cents from 0%% to 100%% with at most four decimals, as 2.5%%", text)
}

// Duration is elapsed time, whose text form has days, too: "7d", "36h", "90m".
type Duration time.Duration

// String returns the shortest form: days if they are whole, else Go's.
func (d Duration) String() string {
	const day = Duration(24 * time.Hour)
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// MarshalText returns what String returns.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText accepts what String returns and every form of
// time.ParseDuration; a negative one is an error.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := parseDuration(string(text))
	if err != nil || parsed < 0 {
		return fmt.Errorf("rollout: duration %q: want a number with a unit, as 7d, 36h or 90m, not below 0", text)
	}
	*d = Duration(parsed)
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	days, found := strings.CutSuffix(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseInt(days, 10, 32)
	if err != nil || n > 36_500 {
		return 0, errors.New("days out of range")
	}
	return time.Duration(n) * 24 * time.Hour, nil
}
