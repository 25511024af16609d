package vercmp

import (
	"errors"
	"strings"
)

var errEmptyText = errors.New("empty")

// CheckText returns nil for every version but the empty one.
func CheckText(v string) error {
	if v == "" {
		return errEmptyText
	}
	return nil
}

// CompareText compares a and b byte by byte.
func CompareText(a, b string) (int, error) {
	if a == "" || b == "" {
		return 0, errEmptyText
	}
	return strings.Compare(a, b), nil
}

// AppendTextKey appends v as it is.
func AppendTextKey(dst []byte, v string) ([]byte, error) {
	if v == "" {
		return dst, errEmptyText
	}
	return append(dst, v...), nil
}
