package vercmp

// dotted is [v]number{.number}[pre][+build], the build dropped.
type dotted struct{ numbers, pre string }

// CheckDotted returns nil if v is a version as hashicorp/go-version's
// NewVersion takes it: numbers with dots between them, after an optional v;
// then a pre-release, which may follow without a hyphen where it does not start
// with a digit; then build metadata after a plus sign. Identifiers hold
// letters, digits, hyphens and tildes.
func CheckDotted(v string) error {
	_, err := splitDotted(v)
	return err
}

// CompareDotted compares two dotted versions: the numbers, of which any count
// may be stated and missing ones are 0, then the pre-release as in semver,
// where none is newest. Build metadata makes no difference.
//
// It is the order of hashicorp/go-version wherever that is an order. It is not
// where one pre-release continues another with a word ("1.0-b.x" is older than
// "1.0-b" there, and newer by way of "1.0-b.1"), where numbers differ in
// leading zeros or look negative, and for a pre-release after a different count
// of numbers; there semver's rule decides.
func CompareDotted(a, b string) (int, error) {
	x, err := splitDotted(a)
	if err != nil {
		return 0, err
	}
	y, err := splitDotted(b)
	if err != nil {
		return 0, err
	}
	if c := compareRelease(x.numbers, y.numbers); c != 0 {
		return c, nil
	}
	return comparePrerelease(x.pre, y.pre), nil
}

// dottedNumber is the marker of a number in the key, with those of appendNumber
// after it: above preNone, which ends the numbers as preSome does.
const dottedNumber = 0x03

// AppendDottedKey appends the key of a dotted version.
func AppendDottedKey(dst []byte, v string) ([]byte, error) {
	x, err := splitDotted(v)
	if err != nil {
		return dst, err
	}
	dst = appendRelease(dst, dottedNumber, x.numbers)
	return appendPrerelease(dst, x.pre), nil
}

func splitDotted(v string) (d dotted, err error) {
	start := 0
	if v != "" && v[0] == 'v' {
		start = 1
	}
	i := start
	for {
		end := digitsEnd(v, i)
		if end == i {
			return d, broken(i, "a number")
		}
		i = end
		if i == len(v) || v[i] != '.' {
			break
		}
		i++
	}
	d.numbers = v[start:i]
	if i < len(v) && v[i] != '+' {
		// A lone hyphen is a pre-release by itself; before more it is skipped.
		if v[i] == '-' && i+1 < len(v) && v[i+1] != '+' && v[i+1] != '.' {
			i++
		}
		end, err := dottedIdentifiers(v, i)
		if err != nil {
			return d, err
		}
		d.pre = v[i:end]
		i = end
	}
	if i < len(v) {
		if i, err = dottedIdentifiers(v, i+1); err != nil {
			return d, err
		}
	}
	if i < len(v) {
		return d, broken(i, "[v]number{.number}[pre][+build]")
	}
	return d, nil
}

// dottedIdentifiers returns the end of the dotted list of identifiers at i, up
// to a plus sign or the end.
func dottedIdentifiers(v string, i int) (int, error) {
	for first := i; ; i++ {
		switch {
		case i == len(v) || v[i] == '.' || v[i] == '+':
			if i == first {
				return i, broken(i, "an identifier that is not empty")
			}
			if i == len(v) || v[i] == '+' {
				return i, nil
			}
			first = i + 1
		case !isDigit(v[i]) && !isLetter(v[i]) && v[i] != '-' && v[i] != '~':
			return i, broken(i, "letters, digits, hyphens and tildes in an identifier")
		}
	}
}
