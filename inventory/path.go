package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrPath is wrapped by CheckPath and CleanKey for what cannot be a path or a
// registry key.
var ErrPath = errors.New("inventory: not a usable path")

// maxPath bounds paths and registry keys, in bytes: the longest path that
// Windows takes (32,767 characters) fits.
const maxPath = 64 << 10

// CheckPath returns an error that wraps ErrPath unless path can name or match
// files: not empty, at most 64 KiB, UTF-8, without NUL.
func CheckPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("%w: it is empty", ErrPath)
	case len(path) > maxPath:
		return fmt.Errorf("%w: %d bytes, want at most %d", ErrPath, len(path), maxPath)
	case strings.ContainsRune(path, 0):
		return fmt.Errorf("%w: %.80q holds a NUL", ErrPath, path)
	case !utf8.ValidString(path):
		return fmt.Errorf("%w: %.80q is not UTF-8", ErrPath, path)
	default:
		return nil
	}
}

// IsPattern reports whether path is a pattern: it holds a * or a ?.
func IsPattern(path string) bool { return strings.ContainsAny(path, "*?") }

// MatchPath reports whether path matches pattern. Within one element of the
// path, * matches any run of characters, also none, and ? one character; an
// element never matches more than one. Every other character stands for
// itself. With fold, as on Windows, case is ignored and / is the same as \.
func MatchPath(pattern, path string, fold bool) bool {
	for {
		p, pRest, pMore := cutElement(pattern, fold)
		q, qRest, qMore := cutElement(path, fold)
		if !matchElement(p, q, fold) || pMore != qMore {
			return false
		}
		if !pMore {
			return true
		}
		pattern, path = pRest, qRest
	}
}

func cutElement(path string, fold bool) (element, rest string, more bool) {
	separators := "/"
	if fold {
		separators = `/\`
	}
	i := strings.IndexAny(path, separators)
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// matchElement matches greedily and goes back to the last * only, which is
// enough and keeps it within len(pattern) * len(name) steps.
func matchElement(pattern, name string, fold bool) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		r, size := utf8.DecodeRuneInString(name[n:])
		if p < len(pattern) {
			pr, pSize := utf8.DecodeRuneInString(pattern[p:])
			switch {
			case pr == '*':
				star, mark = p, n
				p++
				continue
			case pr == '?' || pr == r || fold && unicode.ToLower(pr) == unicode.ToLower(r):
				p += pSize
				n += size
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, skip := utf8.DecodeRuneInString(name[mark:])
		mark += skip
		p, n = star+1, mark
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// comparePath orders paths: as bytes, or with fold as MatchPath folds.
func comparePath(a, b string, fold bool) int {
	if !fold {
		return cmp.Compare(a, b)
	}
	for len(a) > 0 && len(b) > 0 {
		ar, aSize := utf8.DecodeRuneInString(a)
		br, bSize := utf8.DecodeRuneInString(b)
		if c := cmp.Compare(foldRune(ar), foldRune(br)); c != 0 {
			return c
		}
		a, b = a[aSize:], b[bSize:]
	}
	return cmp.Compare(len(a), len(b))
}

func foldRune(r rune) rune {
	if r == '/' {
		return '\\'
	}
	return unicode.ToLower(r)
}

// hive gives the short name of one of the registry's roots, empty for what is
// none.
func hive(name string) string {
	switch strings.ToUpper(name) {
	case "HKEY_LOCAL_MACHINE", "HKLM":
		return "HKLM"
	case "HKEY_CURRENT_USER", "HKCU":
		return "HKCU"
	case "HKEY_CLASSES_ROOT", "HKCR":
		return "HKCR"
	case "HKEY_USERS", "HKU":
		return "HKU"
	case "HKEY_CURRENT_CONFIG", "HKCC":
		return "HKCC"
	default:
		return ""
	}
}

// CleanKey returns a registry key in the form that this package uses: the hive
// by its short name (HKLM, HKCU, HKCR, HKU, HKCC), elements separated by one
// backslash, none at the end; the case of the elements is kept. It returns an
// error that wraps ErrPath for a key that names no hive or that CheckPath
// refuses. Elements may hold / and, in patterns, *.
func CleanKey(key string) (string, error) {
	if err := CheckPath(key); err != nil {
		return "", err
	}
	elements := strings.FieldsFunc(key, func(r rune) bool { return r == '\\' })
	if len(elements) == 0 {
		return "", fmt.Errorf("%w: registry key %.80q names no hive", ErrPath, key)
	}
	root := hive(elements[0])
	if root == "" {
		return "", fmt.Errorf("%w: registry key %.80q: unknown hive %.80q", ErrPath, key, elements[0])
	}
	elements[0] = root
	return strings.Join(elements, `\`), nil
}

// matchKey is MatchPath for registry keys, in which / is an ordinary
// character.
func matchKey(pattern, key string) bool {
	for {
		p, pRest, pMore := strings.Cut(pattern, `\`)
		k, kRest, kMore := strings.Cut(key, `\`)
		if !matchElement(p, k, true) || pMore != kMore {
			return false
		}
		if !pMore {
			return true
		}
		pattern, key = pRest, kRest
	}
}
