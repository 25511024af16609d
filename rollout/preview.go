package rollout

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// Preview says, before anything is signed, what a spec means for the hosts that
// there are: who is in which ring, what a ring of that size can prove, and what
// the first ring has no sample of.
type Preview struct {
	Hosts int           `json:"hosts"` // targets
	Rings []RingPreview `json:"rings"`
	// NoRing are hosts that get nothing, since no ring may have them or has room.
	NoRing   int             `json:"noRing"`
	Examples []fettle.HostID `json:"examples,omitempty"` // of those, a few
	Coverage *Coverage       `json:"coverage,omitempty"` // nil: the spec names no dimensions
	// Problems are warnings about all of this, the worst first.
	Problems Problems `json:"problems,omitempty"`
}

// RingPreview is one ring's size.
type RingPreview struct {
	Ring  string `json:"ring"`
	Hosts int    `json:"hosts"`
	// Needs is how many hosts its rate gate needs for a pass without a failure,
	// those whose evidence is pooled included; 0: it has none, or needs more than a
	// million.
	Needs int `json:"needs,omitempty"`
}

// Coverage is what the first ring is a sample of. A mix is one combination of
// values in the spec's coverage dimensions, as hosts have it.
type Coverage struct {
	Ring         string `json:"ring"`
	Mixes        int    `json:"mixes"`        // that there are
	CoveredMixes int    `json:"coveredMixes"` // of which the ring has a host
	CoveredHosts int    `json:"coveredHosts"` // hosts whose mix the ring has
	// Lacks are the mixes that the ring has no host of, those of most hosts first.
	Lacks []MixCount `json:"lacks,omitempty"`
}

// MixCount is a mix with its hosts. A dimension in which a host has no value has
// the value "".
type MixCount struct {
	Mix   []Key `json:"mix"` // in the order of the spec's dimensions
	Hosts int   `json:"hosts"`
}

// String returns the mix as people write it: os=debian-12 label.app=shop.
func (m MixCount) String() string {
	parts := make([]string, len(m.Mix))
	for i, k := range m.Mix {
		parts[i] = k.Dimension + "=" + cmp.Or(k.Value, "(none)")
	}
	return strings.Join(parts, " ")
}

// Preview places the hosts as State will: by pin and hash, and into rings of a
// number of hosts as if all hosts joined before the first ring opened. hosts are
// as the shell resolves them for Join; those that are no Candidate of this
// rollout are no targets. It is pure and takes some 150 bytes a host. The spec is
// to be free of errors (Validate).
func (s *Spec) Preview(hosts iter.Seq[Member]) Preview {
	p := previewer{spec: s, placing: newPlacing(s), mixes: map[string]int{}}
	for h := range hosts {
		for _, c := range h.Rollouts {
			if c.Rollout == s.ID {
				p.add(&h, c.Eligible)
			}
		}
	}
	p.openRings()
	return p.result()
}

type placed struct {
	host     fettle.HostID
	unit     uint64
	eligible uint64
	ring     int16 // -1: none
	mix      int32
}

type previewer struct {
	spec    *Spec
	placing *placing
	hosts   []placed
	mixes   map[string]int // by text: index in counts
	counts  []MixCount
}

func (p *previewer) add(h *Member, eligible uint64) {
	one := placed{host: h.Host, unit: hashUnit(p.spec.Salt, h.Host), eligible: eligible, mix: -1}
	one.ring = int16(p.placing.ring(h.Host, eligible))
	if len(p.spec.Coverage) > 0 {
		one.mix = p.mixOf(h.Keys)
	}
	p.hosts = append(p.hosts, one)
}

func (p *previewer) mixOf(keys []Key) int32 {
	mix := MixCount{Mix: make([]Key, len(p.spec.Coverage))}
	var id strings.Builder
	for i, dimension := range p.spec.Coverage {
		mix.Mix[i].Dimension = dimension
		if at := slices.IndexFunc(keys, func(k Key) bool { return k.Dimension == dimension }); at >= 0 {
			mix.Mix[i].Value = keys[at].Value
		}
		id.WriteString(mix.Mix[i].Value)
		id.WriteByte(0)
	}
	i, ok := p.mixes[id.String()]
	if !ok {
		i = len(p.counts)
		p.mixes[id.String()] = i
		p.counts = append(p.counts, mix)
	}
	p.counts[i].Hosts++
	return int32(i)
}

// openRings lets the rings of a number of hosts choose, in order: pins first,
// then the smallest hashes among those that no ring before has.
func (p *previewer) openRings() {
	for i, r := range p.spec.Rings {
		if r.Count == 0 {
			continue
		}
		var list []previewed
		for k := range p.hosts {
			h := &p.hosts[k]
			if h.ring >= 0 && int(h.ring) <= i || h.eligible>>i&1 == 0 {
				continue
			}
			at, pinned := p.placing.pins[h.host]
			list = append(list, previewed{unit: h.unit, host: h, pin: pinned && at == i})
		}
		slices.SortFunc(list, previewed.compare)
		for _, c := range list[:min(len(list), r.Count)] {
			c.host.ring = int16(i)
		}
	}
}

// previewed is a host that a ring of a number of hosts may choose.
type previewed struct {
	unit uint64
	host *placed
	pin  bool
}

func (c previewed) compare(d previewed) int {
	switch {
	case c.pin != d.pin && c.pin:
		return -1
	case c.pin != d.pin:
		return 1
	case c.unit != d.unit:
		return cmp.Compare(c.unit, d.unit)
	default:
		return cmp.Compare(c.host.host, d.host.host)
	}
}

func (p *previewer) result() Preview {
	out := Preview{Hosts: len(p.hosts), Rings: make([]RingPreview, len(p.spec.Rings))}
	first := make([]bool, len(p.counts)) // by mix: the first ring has it
	for _, h := range p.hosts {
		if h.ring < 0 {
			if out.NoRing++; len(out.Examples) < 5 {
				out.Examples = append(out.Examples, h.host)
			}
			continue
		}
		out.Rings[h.ring].Hosts++
		if h.ring == 0 && h.mix >= 0 {
			first[h.mix] = true
		}
	}
	f := &finder{}
	if len(p.spec.Coverage) > 0 && len(p.hosts) > 0 {
		out.Coverage = p.coverage(first)
		f.lacks(out.Coverage, len(p.hosts))
	}
	for i := range out.Rings {
		out.Rings[i].Ring = p.spec.Rings[i].Name
		f.sized(p.spec, i, out.Rings)
	}
	if out.NoRing > 0 {
		f.warn("rings", string(out.Examples[0]), "%d of %s get nothing: no ring may have them or has room; this is one", out.NoRing, hostsOf(out.Hosts))
	}
	out.Problems = f.found
	return out
}

func (p *previewer) coverage(first []bool) *Coverage {
	c := &Coverage{Ring: p.spec.Rings[0].Name, Mixes: len(p.counts)}
	for i, mix := range p.counts {
		if first[i] {
			c.CoveredMixes++
			c.CoveredHosts += mix.Hosts
		} else {
			c.Lacks = append(c.Lacks, mix)
		}
	}
	slices.SortFunc(c.Lacks, func(a, b MixCount) int {
		return cmp.Or(cmp.Compare(b.Hosts, a.Hosts), strings.Compare(a.String(), b.String()))
	})
	return c
}

// lacks warns of the mixes that the first ring has no host of.
func (f *finder) lacks(c *Coverage, hosts int) {
	const shown = 10
	for _, mix := range c.Lacks[:min(shown, len(c.Lacks))] {
		f.warn("coverage", mix.String(), "ring %q has no host like this; %d of %d hosts are", c.Ring, mix.Hosts, hosts)
	}
	if more := len(c.Lacks) - shown; more > 0 {
		rest := 0
		for _, mix := range c.Lacks[shown:] {
			rest += mix.Hosts
		}
		f.warn("coverage", fmt.Sprintf("%d more mixes", more), "ring %q has no host like these; %d of %d hosts are", c.Ring, rest, hosts)
	}
}

// sized warns of what a ring of its real size cannot do.
func (f *finder) sized(s *Spec, i int, rings []RingPreview) {
	r, at := &s.Rings[i], fmt.Sprintf("rings[%d]", i)
	have := rings[i].Hosts
	switch {
	case have == 0 && i == 0:
		f.warn(at, r.Name, "no host is in it, so nothing starts: the first ring has to hold somebody")
	case have == 0:
		f.warn(at, r.Name, "no host is in it")
	case r.Count > have:
		f.warn(at+".count", strconv.Itoa(r.Count), "only %s may be in it", hostsOf(have))
	}
	for j, g := range r.Gates {
		if g.Rate == nil || g.Kind() != "rate" {
			continue
		}
		evidence := have
		for k := range i {
			if g.Rate.Pool {
				evidence += rings[k].Hosts
			}
		}
		rings[i].Needs = gatestat.FewestHosts(g.Rate.effective())
		if evidence < rings[i].Needs && have > 0 && s.Mode == Act {
			f.warn(fmt.Sprintf("%s.gates[%d].rate", at, j), g.Rate.Limit.String(),
				"it needs %d hosts without a failure and there are %d: it can halt, and it cannot pass", rings[i].Needs, evidence)
		}
	}
}
