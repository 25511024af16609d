package vercmp

import "strings"

// CheckText returns nil for every string but the empty one.
func CheckText(v string) error {
	if v == "" {
		return broken(0, "a version that is not empty")
	}
	return nil
}

// CompareText compares two strings byte by byte.
func CompareText(a, b string) (int, error) {
	if err := CheckText(a); err != nil {
		return 0, err
	}
	if err := CheckText(b); err != nil {
		return 0, err
	}
	return strings.Compare(a, b), nil
}

// AppendTextKey appends v as it is.
func AppendTextKey(dst []byte, v string) ([]byte, error) {
	return append(dst, v...), CheckText(v)
}
