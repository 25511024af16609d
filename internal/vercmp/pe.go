package vercmp

// CheckPE returns nil if v is one to four numbers with dots between them, as
// Windows files and MSI products carry.
func CheckPE(v string) error {
	_, err := splitPE(v)
	return err
}

// ComparePE compares two such versions number by number. A missing one is 0,
// so 1.2 equals 1.2.0.0. The numbers may have any length, although a file's
// own are 16 bits each: vendors' tables are not held to that.
func ComparePE(a, b string) (int, error) {
	x, err := splitPE(a)
	if err != nil {
		return 0, err
	}
	y, err := splitPE(b)
	if err != nil {
		return 0, err
	}
	for i := range x {
		if c := compareNumbers(x[i], y[i]); c != 0 {
			return c, nil
		}
	}
	return 0, nil
}

// AppendPEKey appends the key of such a version.
func AppendPEKey(dst []byte, v string) ([]byte, error) {
	x, err := splitPE(v)
	if err != nil {
		return dst, err
	}
	for _, part := range x {
		dst = appendNumber(dst, 0, part)
	}
	return dst, nil
}

func splitPE(v string) (parts [4]string, err error) {
	for i, n := 0, 0; ; n++ {
		end := digitsEnd(v, i)
		if end == i {
			return parts, broken(i, "a number")
		}
		parts[n] = v[i:end]
		switch {
		case end == len(v):
			return parts, nil
		case v[end] != '.':
			return parts, broken(end, "digits and dots only")
		case n == 3:
			return parts, broken(end, "at most four numbers")
		}
		i = end + 1
	}
}
