package inventory

import "github.com/fettle-dev/fettle"

// Host is what is asserted about a host, by an enrolment or a register, never
// by looking at it.
type Host struct {
	ID     fettle.HostID     `json:"id"`               // stable for as long as the host exists
	Name   string            `json:"name,omitempty"`   // what people call it; not unique
	Site   string            `json:"site,omitempty"`   // where it stands
	Labels map[string]string `json:"labels,omitempty"` // what it is for: role, cluster, ring
	Zone   string            `json:"zone,omitempty"`   // IANA name of its time zone: Europe/London
}
