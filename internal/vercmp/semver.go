package vercmp

// semver is [v]major[.minor[.patch]][-pre][+build], the build dropped.
type semver struct {
	numbers [3]string
	pre     string
}

// CheckSemver returns nil if v is a semantic version in the lenient form that
// Masterminds/semver's NewVersion takes: a leading v is ignored, minor and
// patch may be missing and are then 0, numbers may have leading zeros. The
// identifiers of pre-release and build are those of semver 2.0: not empty,
// letters, digits and hyphens, no leading zero in a pre-release number.
func CheckSemver(v string) error {
	_, err := splitSemver(v)
	return err
}

// CompareSemver compares two semantic versions by precedence (semver 2.0
// section 11): build metadata makes no difference.
func CompareSemver(a, b string) (int, error) {
	x, err := splitSemver(a)
	if err != nil {
		return 0, err
	}
	y, err := splitSemver(b)
	if err != nil {
		return 0, err
	}
	for i := range x.numbers {
		if c := compareNumbers(x.numbers[i], y.numbers[i]); c != 0 {
			return c, nil
		}
	}
	return comparePrerelease(x.pre, y.pre), nil
}

// AppendSemverKey appends the key of a semantic version.
func AppendSemverKey(dst []byte, v string) ([]byte, error) {
	x, err := splitSemver(v)
	if err != nil {
		return dst, err
	}
	for _, number := range x.numbers {
		dst = appendNumber(dst, 0, number)
	}
	return appendPrerelease(dst, x.pre), nil
}

func splitSemver(v string) (s semver, err error) {
	i := 0
	if v != "" && v[0] == 'v' {
		i = 1
	}
	for n := 0; ; n++ {
		end := digitsEnd(v, i)
		if end == i {
			return s, broken(i, "a number")
		}
		s.numbers[n] = v[i:end]
		i = end
		if n == 2 || i == len(v) || v[i] != '.' {
			break
		}
		i++
	}
	if i < len(v) && v[i] == '-' {
		end, err := identifiers(v, i+1, true)
		if err != nil {
			return s, err
		}
		s.pre = v[i+1 : end]
		i = end
	}
	if i < len(v) && v[i] == '+' {
		if i, err = identifiers(v, i+1, false); err != nil {
			return s, err
		}
	}
	if i < len(v) {
		return s, broken(i, "[v]major[.minor[.patch]][-pre][+build]")
	}
	return s, nil
}

// identifiers returns the end of the dotted list of identifiers at start, up
// to a plus sign or the end. In a strict list a number has no leading zero.
func identifiers(v string, start int, strict bool) (int, error) {
	for i, first, number := start, start, true; ; i++ {
		switch {
		case i == len(v) || v[i] == '.' || v[i] == '+':
			if i == first {
				return i, broken(i, "an identifier that is not empty")
			}
			if strict && number && v[first] == '0' && i-first > 1 {
				return i, broken(first, "a pre-release number without leading zeros")
			}
			if i == len(v) || v[i] == '+' {
				return i, nil
			}
			first, number = i+1, true
		case isLetter(v[i]) || v[i] == '-':
			number = false
		case !isDigit(v[i]):
			return i, broken(i, "letters, digits and hyphens in an identifier")
		}
	}
}
