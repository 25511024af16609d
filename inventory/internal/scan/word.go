package scan

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxWord bounds names, versions and architectures, in bytes.
const maxWord = 1024

// CheckWord returns an error unless s can be the name, version or architecture
// of a package: not empty, at most 1,024 bytes of UTF-8 without white space and
// control characters.
func CheckWord(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if len(s) > maxWord {
		return fmt.Errorf("%d bytes, want at most %d", len(s), maxWord)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", clip(s))
	}
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return fmt.Errorf("%q holds white space or a control character", clip(s))
		}
	}
	return nil
}

func clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
