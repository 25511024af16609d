package vercmp_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNumbersInOrder: keys of numbers ascend where their forms change.
func TestNumbersInOrder(t *testing.T) {
	t.Parallel()
	var numbers []string
	for n := range 300 {
		numbers = append(numbers, strconv.Itoa(n))
	}
	numbers = append(numbers, "65535", "65536", "16777215", "16777216", "4294967295", "4294967296",
		"999999999999999999", "1000000000000000000", "18446744073709551616", "100000000000000000000000000000")
	for _, o := range orders {
		if o.name == "text" {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			for i, n := range numbers[1:] {
				before, key := o.key(t, "1."+numbers[i]), o.key(t, "1."+n)
				require.Negative(t, bytes.Compare(before, key), "%s, %s", numbers[i], n)
				longer := o.key(t, "1."+numbers[i]+".1")
				require.Negative(t, bytes.Compare(longer, key), "%s.1, %s", numbers[i], n)
			}
		})
	}
}
