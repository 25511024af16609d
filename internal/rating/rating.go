// Package rating maps the words in which vendors rate advisories onto the
// library's scale.
package rating

import (
	"strings"

	"github.com/fettle-dev/fettle"
)

// Word returns the severity that a vendor's word means, whatever its case;
// SeverityUnknown for a word that is none. Important and moderate are Red Hat's
// and SUSE's words for high and medium, negligible is Ubuntu's lowest.
func Word(word string) fettle.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical":
		return fettle.SeverityCritical
	case "high", "important":
		return fettle.SeverityHigh
	case "medium", "moderate":
		return fettle.SeverityMedium
	case "low", "minor", "negligible":
		return fettle.SeverityLow
	case "none":
		return fettle.SeverityNone
	default:
		return fettle.SeverityUnknown
	}
}

// Headline returns the severity at the head of a title, as in "Important:
// openssl security update"; SeverityUnknown where there is none.
func Headline(title string) fettle.Severity {
	word, _, found := strings.Cut(title, ": ")
	if !found {
		return fettle.SeverityUnknown
	}
	return Word(word)
}
