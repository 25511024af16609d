package rollout

import (
	"encoding/json"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// Payload types of the sealed messages (DSSE payloadType). The number is the
// version of the form; a receiver that does not know it refuses the message,
// and within one version it refuses a field that it does not know.
//
// The digest of a sealed message is that of its payload, so that further
// signatures do not change it. What travels under that digest is the envelope.
const (
	SpecType       = "application/vnd.fettle.spec.v1+json"
	GrantType      = "application/vnd.fettle.grant.v1+json"
	ReportType     = "application/vnd.fettle.report.v1+json"
	PolicySetType  = "application/vnd.fettle.policy-set.v1+json"
	SitePolicyType = "application/vnd.fettle.site-policy.v1+json"
	EnrolmentType  = "application/vnd.fettle.enrolment.v1+json"
)

// Op names one operation: one grant of one host, with at most one restart. An
// installer that sees the same Op again does nothing twice.
type Op string

// Ask is a host's poll. It changes nothing: what a host wants to be done it
// says in a Report. Ask is not sealed; the answer holds nothing that another
// host could use.
type Ask struct {
	Host fettle.HostID `json:"host"`
	// Seen is the generation of the last Offer that the host took in. If nothing
	// changed since, the Offer says so and holds nothing else.
	Seen uint64 `json:"seen,omitempty"`
	// Policy is the epoch of the PolicySet that the host applies.
	Policy uint64 `json:"policy,omitempty"`
	// Ops are the operations that the host knows it holds.
	Ops []Op `json:"ops,omitempty"`
}

// Offer is the answer to an Ask, from durable state only.
type Offer struct {
	Host fettle.HostID `json:"host"`
	// Generation changes whenever anything that concerns this host changes.
	Generation uint64 `json:"generation"`
	// Unchanged: the host has seen this generation; of the rest only PollAfter
	// and Now are stated.
	Unchanged bool `json:"unchanged,omitempty"`
	// Now is the coordinator's clock.
	Now time.Time `json:"now"`
	// PollAfter is the earliest instant at which asking again is of use.
	PollAfter time.Time `json:"pollAfter"`
	// Grants are the live ones, in the order of their Op. They do not travel: the
	// shell seals each of them into Sealed.
	Grants []Grant `json:"-"`
	// Sealed are the grants as they travel, as SealGrant makes them.
	Sealed []fettle.Envelope `json:"grants,omitempty"`
	// Policy is the region's newest PolicySet and its site policies, stated also
	// where Unchanged is. The shell fills it in; a State knows no policies.
	Policy []PolicyRef `json:"policy,omitempty"`
	// Due are rollouts whose ring is open for this host: it may say that it is ready.
	// They stay due while Offers are Unchanged: a host that was refused for want of
	// units says it again at PollAfter, because a unit that is free is no change.
	Due []Due `json:"due,omitempty"`
	// Withdrawn are operations of the Ask that are live no longer: they must not start.
	Withdrawn []Op `json:"withdrawn,omitempty"`
	// Reasons say why there is no grant, by code: waiting for a ring, a budget,
	// quarantined, blocked. To a host that has left, and to one that never was there,
	// ReasonHostUnknown: nothing that it says counts then. Once it is told otherwise, as
	// after ReasonQuarantined, it reports what it has, without an operation.
	Reasons []fettle.Reason `json:"reasons,omitempty"`
}

// PolicyRef is one sealed policy: the PolicySet, or a SitePolicy by its name.
type PolicyRef struct {
	Site   string        `json:"site,omitempty"`
	Epoch  uint64        `json:"epoch"`
	Digest fettle.Digest `json:"digest"`
}

// Due is a rollout that a host may ask a grant for.
type Due struct {
	Rollout ID            `json:"rollout"`
	Spec    fettle.Digest `json:"spec"`
	Catalog CatalogRef    `json:"catalog"`
	Patches []PatchRef    `json:"patches"`
	Mode    Mode          `json:"mode"`
	Lane    Lane          `json:"lane"`
}

// Grant is the permission for one host to do one operation, over all rollouts
// that are due for it, with at most one restart. It is sealed with the region's
// key as GrantType; nothing starts without one.
//
// A host reports Accepted first, and starts once an Ack has taken that without
// refusing it, while its own clock is before StartBy, and while less time has passed
// since it sent the Ask, by a clock that nobody sets, than lay between the Offer's Now
// and StartBy. Where the Ack refuses it or
// comes too late, it reports Deferred: it may count as started by then, and as
// silent. Only a pre-issued grant is started without asking,
// and its units are kept accordingly.
type Grant struct {
	Op      Op            `json:"op"`
	Region  RegionID      `json:"region"`
	Epoch   uint64        `json:"epoch"` // of the coordinator that issued it
	Host    fettle.HostID `json:"host"`
	Items   []GrantItem   `json:"items"` // in the order of the rollouts' start
	Issued  time.Time     `json:"issued"`
	StartBy time.Time     `json:"startBy"` // past this, it is void
	// EndBy is when an outcome is due: past it the host counts as silent.
	EndBy time.Time `json:"endBy"`
	// PreIssued: issued ahead to a host that expects to be off the network.
	PreIssued bool `json:"preIssued,omitempty"`
	// Backout: the payloads take patches out.
	Backout bool `json:"backout,omitempty"`
}

// GrantItem is what a grant permits of one rollout.
type GrantItem struct {
	Rollout ID            `json:"rollout"`
	Spec    fettle.Digest `json:"spec"`
	Patches []PatchRef    `json:"patches"`
}

// Report is what a host says, sealed with its own key as ReportType.
type Report struct {
	Host fettle.HostID `json:"host"`
	// Region is whom the report is for: sealed with it, it counts nowhere else.
	Region RegionID `json:"region"`
	// Seq grows with every report of a host. One that is not larger than the last
	// that was taken is a repetition and changes nothing. A host cannot know that its
	// disk went back, and its numbers with it: if the first answer after a start of its
	// agent names a repetition, it says again, above the number stated there, all that
	// it had to say. A result that is said twice does no harm.
	Seq uint64 `json:"seq"`
	// Boot is the boot id: it tells restarts, and two machines with one identity.
	Boot string `json:"boot"`
	// At is the host's own clock. It decides nothing; one that is far from the
	// coordinator's is said in the Ack.
	At time.Time `json:"at"`
	// Ready: the host could start now and asks for a grant.
	Ready *Readiness `json:"ready,omitempty"`
	// Results, at most one for each rollout.
	Results []Result `json:"results,omitempty"`
}

// Readiness is what a host could start with.
type Readiness struct {
	// Needs are the patches that the host's own assessment found needed, of the
	// rollouts that were due.
	Needs []fettle.PatchID `json:"needs,omitempty"`
	// Away is until when the host expects to be off the network: it asks for a
	// grant ahead. Zero: it stays reachable.
	Away time.Time `json:"away,omitzero"`
}

// Result is how far a host is with one rollout.
type Result struct {
	Rollout ID      `json:"rollout"`
	Op      Op      `json:"op,omitempty"` // empty: seen without an operation, by a later snapshot
	Outcome Outcome `json:"outcome"`
	Class   Class   `json:"class,omitempty"` // of Failed
	// Patches are the planes of the footprints, evaluated after the fact.
	Patches []PatchState `json:"patches,omitempty"`
	// Reason is a code of the reporter, for Deferred, Refused, Failed, Skipped.
	Reason string `json:"reason,omitempty"`
	// Until is how long a Deferred lasts.
	Until time.Time `json:"until,omitzero"`
}

// PatchState is what a footprint says of a patch on a host.
type PatchState struct {
	Patch     fettle.PatchID `json:"patch"`
	Target    fettle.Truth   `json:"target"`
	Installed fettle.Truth   `json:"installed"`
	Active    fettle.Truth   `json:"active"`
}

// Ack is the answer to a Report, released only after what it says is durable.
type Ack struct {
	Host fettle.HostID `json:"host"`
	Seq  uint64        `json:"seq"`
	// Taken: the report was taken in, now or before.
	Taken   bool            `json:"taken"`
	Reasons []fettle.Reason `json:"reasons,omitempty"`
}

// PolicySet is the scheduling policy of a region as it travels: signed by m of
// n, apart from the specs. A host selects and merges the layers that are for it.
type PolicySet struct {
	Region  RegionID  `json:"region"`
	Epoch   uint64    `json:"epoch"` // a host never goes back to a smaller one
	Expires time.Time `json:"expires"`
	// Layers are schedule.Layer in their JSON form, as they were signed.
	Layers []json.RawMessage `json:"layers,omitempty"`
	// Sites are the keys that may narrow this policy for hosts of their own.
	Sites []SiteKey `json:"sites,omitempty"`
}

// SiteKey lets the holder of a key narrow the policy of some hosts, by a
// SitePolicy.
type SiteKey struct {
	Site string `json:"site"` // its name; a SitePolicy says it
	Key  []byte `json:"key"`  // Ed25519, 32 bytes
	// Hosts says for which hosts it may speak, every selector holding; at least one.
	Hosts []schedule.Selector `json:"hosts"`
	// Required: without a valid SitePolicy of this site its hosts have no policy, and
	// nothing is installed there. Otherwise whoever holds it back undoes its freezes.
	Required bool `json:"required,omitempty"`
}

// SitePolicy is what a site adds to the region's PolicySet, sealed with the
// site's key. Its layers take effect after all of the PolicySet's and may only
// tighten what those say, add freezes, and speak of the site's own hosts.
type SitePolicy struct {
	Region  RegionID          `json:"region"`
	Site    string            `json:"site"`
	Epoch   uint64            `json:"epoch"` // a host never goes back to a smaller one
	Expires time.Time         `json:"expires"`
	Layers  []json.RawMessage `json:"layers,omitempty"`
}

// Enrolment binds a host's identity to its key and to what is asserted of it.
// It is sealed by the enrolling authority; labels used in scopes come from here.
type Enrolment struct {
	Host      fettle.HostID     `json:"host"`
	Region    RegionID          `json:"region"`
	Key       []byte            `json:"key"` // Ed25519, 32 bytes
	Name      string            `json:"name,omitempty"`
	Site      string            `json:"site,omitempty"`
	Zone      string            `json:"zone,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Ephemeral bool              `json:"ephemeral,omitempty"`
	Issued    time.Time         `json:"issued"`
	Expires   time.Time         `json:"expires,omitzero"`
}
