package rollout_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
)

// fleet yields n hosts that may be in every ring; change makes them differ.
func fleet(n int, change func(i int, m *rollout.Member)) iter.Seq[rollout.Member] {
	return func(yield func(rollout.Member) bool) {
		for i := range n {
			m := rollout.Member{
				Host:     fettle.HostID(fmt.Sprintf("h%05d", i)),
				Rollouts: []rollout.Candidate{{Rollout: "r", Eligible: ^uint64(0)}},
			}
			if change != nil {
				change(i, &m)
			}
			if !yield(m) {
				return
			}
		}
	}
}

func previewSpec(rings ...rollout.Ring) *rollout.Spec {
	s := fullSpec()
	s.ID, s.Rings, s.Coverage, s.Salt = "r", rings, nil, "salt"
	return s
}

func sizes(p rollout.Preview) []int {
	var all []int
	for _, r := range p.Rings {
		all = append(all, r.Hosts)
	}
	return all
}

// TestPreviewOfShares counts by the published formula, host by host.
func TestPreviewOfShares(t *testing.T) {
	t.Parallel()
	s := previewSpec(
		rollout.Ring{Name: "a", Share: rollout.Percent(5)},
		rollout.Ring{Name: "b", Share: rollout.Percent(20), Pins: []fettle.HostID{"h00007"}},
		rollout.Ring{Name: "c", Rest: true},
	)
	const n = 5000
	want := make([]int, 3)
	for i := range n {
		host := fmt.Sprintf("h%05d", i)
		sum := sha256.Sum256([]byte("salt\x00" + host))
		u := float64(binary.BigEndian.Uint64(sum[:8])) / (1 << 32) / (1 << 32)
		switch {
		case host == "h00007":
			want[1]++
		case i%100 == 3: // not in the first
			if u < 0.25 {
				want[1]++
			} else {
				want[2]++
			}
		case u < 0.05:
			want[0]++
		case u < 0.25:
			want[1]++
		default:
			want[2]++
		}
	}
	p := s.Preview(fleet(n, func(i int, m *rollout.Member) {
		if i%100 == 3 {
			m.Rollouts[0].Eligible = 0b110
		}
	}))
	if !slices.Equal(sizes(p), want) || p.NoRing != 0 || p.Hosts != n {
		t.Errorf("%v, want %v", sizes(p), want)
	}
}

func TestPreviewOfCounts(t *testing.T) {
	t.Parallel()
	s := previewSpec(
		rollout.Ring{Name: "canary", Count: 30, Pins: []fettle.HostID{"h00000", "h00001"}},
		rollout.Ring{Name: "pilot", Share: rollout.Percent(10)},
		rollout.Ring{Name: "more", Count: 100},
		rollout.Ring{Name: "rest", Rest: true},
	)
	p := s.Preview(fleet(1000, nil))
	if got := sizes(p); got[0] != 30 || got[2] != 100 || got[0]+got[1]+got[2]+got[3] != 1000 || got[1] > 110 {
		t.Errorf("%v", got)
	}
	// A count that the fleet cannot fill, and nobody left for what follows.
	p = s.Preview(fleet(20, nil))
	if got := sizes(p); !slices.Equal(got, []int{20, 0, 0, 0}) {
		t.Errorf("%v", got)
	}
	if got := paths(p.Problems, true); !slices.Equal(got, []string{"rings[0].count", "rings[1]", "rings[2]", "rings[3]"}) {
		t.Errorf("%v", p.Problems)
	}
	// Hosts that no ring may have.
	s = previewSpec(rollout.Ring{Name: "a", Count: 5}, rollout.Ring{Name: "b", Count: 5})
	p = s.Preview(fleet(12, func(i int, m *rollout.Member) {
		if i == 0 {
			m.Rollouts[0].Eligible = 0
		}
		if i == 1 {
			m.Rollouts = nil // no target
		}
	}))
	if got := sizes(p); !slices.Equal(got, []int{5, 5}) || p.NoRing != 1 || p.Hosts != 11 || p.Examples[0] != "h00000" {
		t.Errorf("%v %d %v", got, p.NoRing, p.Examples)
	}
}

func TestPreviewNamesWhatThePilotLacks(t *testing.T) {
	t.Parallel()
	s := previewSpec(rollout.Ring{Name: "pilot", Count: 2, Pins: []fettle.HostID{"h00000", "h00001"}}, rollout.Ring{Name: "rest", Rest: true})
	s.Coverage = []string{"os", "label.app"}
	p := s.Preview(fleet(10, func(i int, m *rollout.Member) {
		m.Keys = []rollout.Key{{Dimension: "os", Value: "debian-12"}, {Dimension: "label.app", Value: "shop"}, {Dimension: "site", Value: "x"}}
		switch {
		case i >= 6:
			m.Keys[0].Value = "debian-11"
		case i >= 4:
			m.Keys = m.Keys[:1]
		}
	}))
	want := &rollout.Coverage{
		Ring: "pilot", Mixes: 3, CoveredMixes: 1, CoveredHosts: 4,
		Lacks: []rollout.MixCount{
			{Mix: []rollout.Key{{Dimension: "os", Value: "debian-11"}, {Dimension: "label.app", Value: "shop"}}, Hosts: 4},
			{Mix: []rollout.Key{{Dimension: "os", Value: "debian-12"}, {Dimension: "label.app"}}, Hosts: 2},
		},
	}
	if diff := cmp.Diff(want, p.Coverage); diff != "" {
		t.Error(diff)
	}
	texts := []string{
		`warning: coverage: "os=debian-11 label.app=shop": ring "pilot" has no host like this; 4 of 10 hosts are`,
		`warning: coverage: "os=debian-12 label.app=(none)": ring "pilot" has no host like this; 2 of 10 hosts are`,
	}
	var got []string
	for _, one := range p.Problems {
		got = append(got, one.Error())
	}
	if diff := cmp.Diff(texts, got); diff != "" {
		t.Error(diff)
	}
	// Many mixes are summed up.
	p = s.Preview(fleet(40, func(i int, m *rollout.Member) {
		m.Keys = []rollout.Key{{Dimension: "os", Value: strconv.Itoa(i)}}
	}))
	if last := p.Problems[len(p.Problems)-1].Error(); len(p.Problems) != 11 || last != `warning: coverage: "28 more mixes": ring "pilot" has no host like these; 28 of 40 hosts are` {
		t.Errorf("%d %s", len(p.Problems), last)
	}
}

func TestPreviewSaysWhatRingsCanProve(t *testing.T) {
	t.Parallel()
	rate := []rollout.Gate{{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}}}
	pooled := []rollout.Gate{{Rate: &rollout.RateGate{Limit: rollout.Percent(5), Pool: true}}}
	s := previewSpec(
		rollout.Ring{Name: "pilot", Share: rollout.Percent(5), Gates: rate},
		rollout.Ring{Name: "half", Share: rollout.Percent(5), Gates: pooled},
		rollout.Ring{Name: "rest", Rest: true, Gates: rate},
	)
	p := s.Preview(fleet(700, nil))
	if p.Rings[0].Needs != 59 || len(p.Problems) != 1 || p.Problems[0].Path != "rings[0].gates[0].rate" {
		t.Errorf("%v %+v", p.Problems, p.Rings)
	}
}

// TestPreviewIsSteady: adding hosts moves nobody between rings of shares.
func TestPreviewIsSteady(t *testing.T) {
	t.Parallel()
	s := previewSpec(rollout.Ring{Name: "a", Share: rollout.Percent(30)}, rollout.Ring{Name: "b", Rest: true})
	s.Target = applicability.MustParse("always")
	before := sizes(s.Preview(fleet(1000, nil)))
	extra := sizes(s.Preview(fleet(1500, func(i int, m *rollout.Member) {
		if i < 1000 {
			m.Rollouts = nil
		}
	})))
	both := sizes(s.Preview(fleet(1500, nil)))
	for i := range both {
		if both[i] != before[i]+extra[i] {
			t.Errorf("ring %d: %d, want %d and %d", i, both[i], before[i], extra[i])
		}
	}
}
