package osv

import (
	"net/url"
	"strings"
)

// qualifiers are the parts of a package URL that narrow which instances are
// meant (purl-spec, "Known qualifiers").
type qualifiers struct {
	arch   string // of the binary package
	source bool   // arch says that a source package is named
	module string // name:stream of an rpm module
}

// qualifiersOf reads the qualifiers of a package URL. What is malformed in one
// narrows nothing.
func qualifiersOf(purl string) qualifiers {
	_, query, _ := strings.Cut(purl, "?")
	query, _, _ = strings.Cut(query, "#")
	var q qualifiers
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if err != nil || value == "" {
			continue
		}
		switch strings.ToLower(key) {
		case "arch":
			if q.source = value == "source" || value == "src"; !q.source {
				q.arch = value
			}
		case "rpmmod":
			q.module = stream(value)
		}
	}
	return q
}

// stream shortens the label name:stream:version:context to name:stream; a name
// alone says nothing about the stream.
func stream(label string) string {
	parts := strings.SplitN(label, ":", 3)
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return ""
	}
	return parts[0] + ":" + parts[1]
}
