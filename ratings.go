package fettle

import "github.com/fettle-dev/fettle/internal/enum"

// Severity is how bad it is to go without a patch, in the words of the CVSS
// qualitative scale (CVSS v3.1 section 5). Vendors' own words map onto it:
// important is High, moderate is Medium. Larger is worse, so severities may be
// compared with < and >.
type Severity uint8

// The severities. SeverityUnknown is the zero value: the vendor said nothing,
// which is not the same as SeverityNone.
const (
	SeverityUnknown Severity = iota
	SeverityNone
	SeverityLow
	SeverityMedium
	SeverityHigh
	SeverityCritical
)

var severityWords = enum.Words{Kind: "fettle: severity", Words: []string{"unknown", "none", "low", "medium", "high", "critical"}}

// String returns the lower-case word: unknown, none, low, medium, high or
// critical.
func (s Severity) String() string { return severityWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s Severity) MarshalText() ([]byte, error) { return severityWords.Marshal(uint8(s)) }

// UnmarshalText accepts exactly the words that String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	return severityWords.Unmarshal(text, (*uint8)(s))
}

// Class is what a patch is for, as far as it matters to when and how it may be
// rolled out.
type Class uint8

// The classes. ClassUnknown is the zero value.
const (
	ClassUnknown       Class = iota
	ClassSecurity            // closes a vulnerability
	ClassBugfix              // mends a fault that is not a vulnerability
	ClassEnhancement         // adds to a product without a new feature release
	ClassFeature             // a feature release or an in-place upgrade
	ClassDefinition          // detection data: malware signatures, blocklists
	ClassDriver              // a device driver
	ClassFirmware            // firmware of the host or a device in it
	ClassConfiguration       // a setting put right, as a baseline's remediation
	ClassRemoval             // takes a product off the host
)

var classWords = enum.Words{Kind: "fettle: class", Words: []string{"unknown", "security", "bugfix", "enhancement", "feature", "definition", "driver", "firmware", "configuration", "removal"}}

// String returns the lower-case word, such as security or bugfix.
func (c Class) String() string { return classWords.Word(uint8(c)) }

// MarshalText returns the word that String returns.
func (c Class) MarshalText() ([]byte, error) { return classWords.Marshal(uint8(c)) }

// UnmarshalText accepts exactly the words that String returns.
func (c *Class) UnmarshalText(text []byte) error {
	return classWords.Unmarshal(text, (*uint8)(c))
}

// Restart is what has to restart before a patch is in force. Larger disturbs
// more, so restart needs may be compared with < and >, RestartUnknown apart.
type Restart uint8

// The restart needs. RestartUnknown is the zero value: nobody said, so a
// schedule has to allow for a host restart.
const (
	RestartUnknown        Restart = iota
	RestartNone                   // in force at once
	RestartService                // the services that use it
	RestartHost                   // the host, some time after
	RestartHostBeforeNext         // the host, before any other patch goes in
)

var restartWords = enum.Words{Kind: "fettle: restart", Words: []string{"unknown", "none", "service", "host", "host-before-next"}}

// String returns the lower-case word: unknown, none, service, host or
// host-before-next.
func (r Restart) String() string { return restartWords.Word(uint8(r)) }

// MarshalText returns the word that String returns.
func (r Restart) MarshalText() ([]byte, error) { return restartWords.Marshal(uint8(r)) }

// UnmarshalText accepts exactly the words that String returns.
func (r *Restart) UnmarshalText(text []byte) error {
	return restartWords.Unmarshal(text, (*uint8)(r))
}
