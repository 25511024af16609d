package coordinator

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/rollout"
)

// joinRows is how many hosts one Join command holds.
const joinRows = 1000

// Resolver works out what the state needs to know of hosts, from their records:
// the state itself evaluates no footprint. It is pure, and safe for concurrent
// use as long as nobody changes it.
type Resolver struct {
	// Config names the dimensions of budgets, Specs those of strata.
	Config rollout.Config
	// Specs are the rollouts that hosts may be targets of.
	Specs []*rollout.Spec
	// Ephemeral reports whether a host ends by leaving. Nil: none does.
	Ephemeral func(fettle.HostID) bool
}

// Resolved is one host as the state is to know it.
type Resolved struct {
	Member rollout.Member
	// Unknown are the rollouts of which it is not known whether they are for the
	// host: a fact that their Target reads was not collected. The host is no member
	// of them until it is resolved anew with that fact.
	Unknown []rollout.ID
}

// Dimension returns a host's value in a dimension of budgets or strata; "" where
// it has none, and then no budget of that dimension is charged for it:
//
//	label.NAME   the label
//	site, zone   where it stands; its time zone
//	link         the label "link", which names its network link, else its site
//	os           os.ID and os.Version: "debian 12"
//	build, arch  of the operating system
//	kernel       the running one's release
//	any other    the fact of that name: model, firmware
func Dimension(r *inventory.Record, dimension string) string {
	if label, ok := strings.CutPrefix(dimension, "label."); ok {
		return r.Host.Labels[label]
	}
	switch dimension {
	case "site":
		return r.Host.Site
	case "zone":
		return r.Host.Zone
	case "link":
		if link := r.Host.Labels["link"]; link != "" {
			return link
		}
		return r.Host.Site
	case "os":
		return strings.TrimSpace(r.Snapshot.OS.ID + " " + r.Snapshot.OS.Version)
	case "build":
		return r.Snapshot.OS.Build
	case "arch":
		return r.Snapshot.OS.Arch
	case "kernel":
		return r.Snapshot.Kernel.Release
	default:
		return r.Snapshot.Facts[dimension]
	}
}

// dimensions returns the names of those that matter, sorted, once each.
func (r *Resolver) dimensions() []string {
	var names []string
	for _, b := range r.Config.Budgets {
		if b.Per != "" {
			names = append(names, b.Per)
		}
	}
	for _, s := range r.Specs {
		names = append(names, s.Strata...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Members resolves hosts, in their order. An error of the sequence is passed on
// and ends it.
func (r *Resolver) Members(hosts iter.Seq2[inventory.Record, error]) iter.Seq2[Resolved, error] {
	return func(yield func(Resolved, error) bool) {
		names := r.dimensions()
		for record, err := range hosts {
			if err != nil {
				yield(Resolved{}, err)
				return
			}
			if !yield(r.resolve(&record, names), nil) {
				return
			}
		}
	}
}

func (r *Resolver) resolve(record *inventory.Record, names []string) Resolved {
	found := Resolved{Member: rollout.Member{
		Host:      record.Host.ID,
		Ephemeral: r.Ephemeral != nil && r.Ephemeral(record.Host.ID),
	}}
	for _, name := range names {
		if value := Dimension(record, name); value != "" {
			found.Member.Keys = append(found.Member.Keys, rollout.Key{Dimension: name, Value: value})
		}
	}
	for _, s := range r.Specs {
		switch s.Target.Holds(record) {
		case fettle.Yes:
			candidate := rollout.Candidate{Rollout: s.ID, Eligible: eligible(s, record)}
			found.Member.Rollouts = append(found.Member.Rollouts, candidate)
		case fettle.Unknown:
			found.Unknown = append(found.Unknown, s.ID)
		case fettle.No:
		}
	}
	return found
}

// eligible returns the rings that the host may be in, a bit each. A host of
// which that is not known may not: rings of canaries are not for guesses.
func eligible(s *rollout.Spec, record *inventory.Record) (rings uint64) {
	for i, ring := range s.Rings {
		if ring.Eligible.IsZero() || ring.Eligible.Holds(record) == fettle.Yes {
			rings |= 1 << i
		}
	}
	return rings
}

// Enlisted is what came of Enlist.
type Enlisted struct {
	Hosts   int // that were told of
	Members int // how often one of them is a target of a rollout
	// Unknown is, by rollout, of how many hosts it is not known whether it is for
	// them.
	Unknown map[rollout.ID]int
	// Reasons are what was refused, host by host.
	Reasons []fettle.Reason
}

// Enlist tells the region of hosts, new or known, in the name of who: it resolves
// each for every rollout that is under way, and submits them, a thousand at a
// time, as Join. It is called after Propose with the whole inventory (an
// inventory.Store's All), and with each host that joins or changes. Telling of a
// host again changes nothing that was assigned. With an error the hosts before
// it are in the region.
func (c *Coordinator) Enlist(ctx context.Context, who string, hosts iter.Seq2[inventory.Record, error]) (Enlisted, error) {
	done := Enlisted{Unknown: map[rollout.ID]int{}}
	resolver := Resolver{Ephemeral: c.o.Ephemeral}
	if err := c.query(ctx, func(s *rollout.State) { resolver.Config, resolver.Specs = s.Config(), s.Targets() }); err != nil {
		return done, err
	}
	join := rollout.Join{Hosts: make([]rollout.Member, 0, joinRows)}
	submit := func() error {
		receipt, err := c.Submit(ctx, who, join)
		if err != nil {
			return err
		}
		done.Hosts += len(join.Hosts)
		done.Reasons = append(done.Reasons, receipt.Reasons...)
		join.Hosts = join.Hosts[:0]
		return nil
	}
	for found, err := range resolver.Members(hosts) {
		if err != nil {
			return done, err
		}
		join.Hosts = append(join.Hosts, found.Member)
		done.Members += len(found.Member.Rollouts)
		for _, id := range found.Unknown {
			done.Unknown[id]++
		}
		if len(join.Hosts) == joinRows {
			if err := submit(); err != nil {
				return done, err
			}
		}
	}
	if len(join.Hosts) == 0 {
		return done, nil
	}
	return done, submit()
}

// Preview says what a spec means for the hosts that there are, before anybody
// signs it: sizes of rings, what they can prove, what the first one lacks. It
// changes nothing. The spec is to be free of errors (Spec.Validate). With an
// error of the hosts' sequence there is no preview.
func (c *Coordinator) Preview(ctx context.Context, spec *rollout.Spec, hosts iter.Seq2[inventory.Record, error]) (rollout.Preview, error) {
	resolver := Resolver{Ephemeral: c.o.Ephemeral}
	if err := c.query(ctx, func(s *rollout.State) { resolver.Config = s.Config() }); err != nil {
		return rollout.Preview{}, err
	}
	seen := *spec
	seen.Strata = slices.Concat(spec.Strata, spec.Coverage) // the dimensions that are looked at
	resolver.Specs = []*rollout.Spec{&seen}
	var failed error
	preview := spec.Preview(func(yield func(rollout.Member) bool) {
		for found, err := range resolver.Members(hosts) {
			if failed = err; err != nil || !yield(found.Member) {
				return
			}
		}
	})
	if failed != nil {
		return rollout.Preview{}, failed
	}
	return preview, nil
}
