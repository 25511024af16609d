package schedule

import (
	"errors"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// Host is what a policy may know of a host: what somebody asserted about it,
// not what was observed on it.
type Host struct {
	ID     fettle.HostID
	Site   string
	Labels map[string]string // read only while a call lasts
	Zone   string            // IANA name of the host's own zone; empty: not known
}

// Selector chooses hosts by one attribute. Its forms are
//
//	label.role=laptop|desktop    the label has one of the values
//	label.role!=trading          the label has none of them, or is not there
//	label.role                   the label is there
//	!label.role                  the label is not there
//
// where label.role may also be site, host (the id) or zone. Comparison is byte
// for byte; white space around the parts is ignored. Several selectors in a
// list must all hold.
type Selector string

var errSelector = errors.New("want attribute=value|value, attribute!=value, attribute or !attribute, " +
	"where attribute is site, host, zone or label.NAME")

// UnmarshalText checks the form.
func (s *Selector) UnmarshalText(text []byte) error {
	if _, err := Selector(text).compile(); err != nil {
		return err
	}
	*s = Selector(text)
	return nil
}

// selector is the compiled form.
type selector struct {
	attribute string // site, host or zone; empty: the label
	label     string
	values    []string // none: presence is asked
	negated   bool
}

func (s Selector) compile() (selector, error) {
	var c selector
	name, values, valued := strings.Cut(string(s), "=")
	name = strings.TrimSpace(name)
	if valued {
		name, c.negated = strings.CutSuffix(name, "!")
		for v := range strings.SplitSeq(values, "|") {
			if v = strings.TrimSpace(v); v == "" {
				return c, errSelector
			}
			c.values = append(c.values, v)
		}
	} else {
		name, c.negated = strings.CutPrefix(name, "!")
	}
	name = strings.TrimSpace(name)
	label, isLabel := strings.CutPrefix(name, "label.")
	switch {
	case isLabel && label != "" && !strings.ContainsAny(label, "!| "):
		c.label = label
	case name == "site" || name == "host" || name == "zone":
		c.attribute = name
	default:
		return c, errSelector
	}
	return c, nil
}

func (c *selector) matches(h *Host) bool {
	var value string
	var there bool
	switch c.attribute {
	case "site":
		value, there = h.Site, h.Site != ""
	case "host":
		value, there = string(h.ID), h.ID != ""
	case "zone":
		value, there = h.Zone, h.Zone != ""
	default:
		value, there = h.Labels[c.label]
	}
	if c.values == nil {
		return there != c.negated
	}
	return (there && slices.Contains(c.values, value)) != c.negated
}

// selectors is a compiled list, all of which must hold.
type selectors []selector

func compileSelectors(list []Selector) (selectors, error) {
	all := make(selectors, 0, len(list))
	for _, s := range list {
		c, err := s.compile()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (list selectors) match(h *Host) bool {
	for i := range list {
		if !list[i].matches(h) {
			return false
		}
	}
	return true
}
