// Package osrelease reads the files in which a Linux distribution names
// itself: os-release, and the older redhat-release of systems before it.
package osrelease

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/inventory"
)

// Where the file is, relative to the root. The first that exists is used alone
// (os-release(5)).
const (
	File    = "etc/os-release"
	FileUsr = "usr/lib/os-release"
	// FileRedHat is for ParseRedHat.
	FileRedHat = "etc/redhat-release"
)

// maxSize bounds the file, in bytes. Real ones are below one kilobyte.
const maxSize = 64 << 10

// Parse reads an os-release file, which errors name as file.
//
// The rules are those of os-release(5): assignments as a shell takes them, one
// a line, values bare or in single or double quotes, with the backslash before
// $ " \ and the backtick in double ones; nothing is expanded; of an assignment
// made twice the last counts. Fields of no concern here are ignored, as the
// specification asks. Without an ID it is "linux". Where VERSION_CODENAME is
// missing, as in releases before it was invented, Debian's and Ubuntu's is
// taken from VERSION: 7 (wheezy); 14.04.6 LTS, Trusty Tahr.
//
// A line that is no assignment is an error that names it: half a name could
// choose the wrong feeds.
func Parse(r io.Reader, file string) (inventory.OS, error) {
	fields, err := assignments(r, file)
	if err != nil {
		return inventory.OS{}, err
	}
	os := inventory.OS{
		Family: "linux", ID: fields["ID"], IDLike: strings.Fields(fields["ID_LIKE"]),
		Version: fields["VERSION_ID"], Codename: fields["VERSION_CODENAME"], Variant: fields["VARIANT_ID"],
		Build: fields["BUILD_ID"], CPE: fields["CPE_NAME"], Name: fields["PRETTY_NAME"],
	}
	if os.ID == "" {
		os.ID = "linux"
	}
	if os.Name == "" {
		os.Name = strings.TrimSpace(fields["NAME"] + " " + fields["VERSION"])
	}
	if os.Codename == "" {
		os.Codename = codename(os.ID, fields)
	}
	if len(os.IDLike) == 0 {
		os.IDLike = nil
	}
	return os, nil
}

// codename finds what VERSION_CODENAME would say.
func codename(id string, fields map[string]string) string {
	version := fields["VERSION"]
	switch id {
	case "debian":
		_, rest, _ := strings.Cut(version, "(")
		name, _, closed := strings.Cut(rest, ")")
		if !closed {
			return ""
		}
		return name
	case "ubuntu":
		if name := fields["UBUNTU_CODENAME"]; name != "" {
			return name
		}
		i := strings.IndexAny(version, ",(")
		if i < 0 {
			return ""
		}
		words := strings.FieldsFunc(version[i+1:], func(r rune) bool { return !unicode.IsLetter(r) })
		if len(words) != 2 { // Trusty Tahr
			return ""
		}
		return strings.ToLower(words[0])
	default:
		return ""
	}
}

func assignments(r io.Reader, file string) (map[string]string, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	wrong := func(line int, field string, err error) error {
		return &inventory.RecordError{File: file, Line: line, Field: field, Err: err}
	}
	switch {
	case err != nil:
		return nil, wrong(0, "", err)
	case len(content) > maxSize:
		return nil, wrong(0, "", fmt.Errorf("%w: more than %d bytes", inventory.ErrTooLarge, maxSize))
	case !utf8.Valid(content):
		return nil, wrong(0, "", fmt.Errorf("%w: it is not UTF-8", inventory.ErrFormat))
	}
	fields := make(map[string]string)
	for i, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || !isKey(key) {
			return nil, wrong(i+1, "", fmt.Errorf("%w: %.80q is not of the form KEY=value", inventory.ErrFormat, line))
		}
		if fields[key], err = unquote(value); err != nil {
			return nil, wrong(i+1, key, err)
		}
	}
	if len(fields) == 0 {
		return nil, wrong(0, "", inventory.ErrEmpty)
	}
	return fields, nil
}

// isKey reports whether s is a name that a shell assigns to.
func isKey(s string) bool {
	rest := strings.TrimLeft(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
	return len(rest) < len(s) && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// unquote takes the quotes off one value.
func unquote(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	quote := s[0]
	if quote == '"' || quote == '\'' {
		if len(s) < 2 || s[len(s)-1] != quote {
			return "", fmt.Errorf("%.80q: the quote does not end", s)
		}
		s = s[1 : len(s)-1]
		if quote == '\'' {
			if strings.ContainsRune(s, '\'') {
				return "", errors.New("several quoted strings in one value")
			}
			return s, printable(s)
		}
	} else {
		quote = 0
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 == len(s):
			return "", fmt.Errorf("%.80q ends in a backslash", s)
		case c == '\\' && (quote == 0 || strings.IndexByte("$\"\\`", s[i+1]) >= 0):
			i++
			out.WriteByte(s[i])
		case quote == '"' && c == '"':
			return "", errors.New("several quoted strings in one value")
		case quote == 0 && strings.IndexByte(" \t;|&<>()'\"", c) >= 0:
			return "", fmt.Errorf("%.80q: a value with %q wants quotes", s, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), printable(out.String())
}

func printable(s string) error {
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return fmt.Errorf("%.80q holds a control character", s)
	}
	return nil
}
