package rollout

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle"
)

// Trial is what one run led to in one region. It is for Tally.Add.
type Trial struct {
	bad       bool
	rings     []ringTrial
	halted    uint32 // forever: it did not
	haltRing  int
	done      uint32
	backedOut uint32 // 0: there was no back-out
	started   int
	hit       int
	verified  int // by the deadline
	all       int // verified in the end
	most      uint32
	hours     []hour
	links     []linkTrial
	late      map[lateKey]*lateTrial
}

type ringTrial struct {
	hosts          int
	opened, passed uint32
	most           uint32 // when 95 % were verified
	done           int    // hosts verified
	held           bool
	holds          []fettle.Reason // why
	verified       []step
}

// step is how many hosts were verified within a bucket.
type step struct {
	bucket, hosts uint32
}

// hour is what happened in an hour, beside the polls of hosts that wait.
type hour struct {
	polls, reports uint32
	bytes          int64
}

type linkTrial struct {
	link  string
	bytes int64 // in its busiest hour
	queue uint32
}

type lateKey struct{ code, site string }

type lateTrial struct {
	hosts    int
	examples []fettle.HostID
}

// mostExamples bounds the hosts that are named for a reason.
const mostExamples = 3

// isMost reports whether a number of hosts is most of all: 95 %.
func isMost(part, whole int) bool { return part*20 >= whole*19 }

// count adds a verified host to a ring's curve. Calls come in the order of time.
func (t *ringTrial) count(now, bucket uint32) {
	if t.done++; t.most == forever && isMost(t.done, t.hosts) {
		t.most = now
	}
	if n := len(t.verified); n > 0 && t.verified[n-1].bucket == bucket {
		t.verified[n-1].hosts++
		return
	}
	t.verified = append(t.verified, step{bucket, 1})
}

func (t *Trial) isLate(code, site string, host fettle.HostID) {
	l := t.late[lateKey{code, site}]
	if l == nil {
		l = &lateTrial{}
		t.late[lateKey{code, site}] = l
	}
	if l.hosts++; len(l.examples) < mostExamples {
		l.examples = append(l.examples, host)
	}
}

// Tally sums up trials. It is not safe for concurrent use; the trials may come
// in any order and lead to the same outlook.
type Tally struct {
	r      *Rehearsal
	seed   uint64
	trials map[[2]int]*Trial // by run and region
}

// Tally returns an empty tally of trials with a seed.
func (r *Rehearsal) Tally(seed uint64) *Tally {
	return &Tally{r: r, seed: seed, trials: map[[2]int]*Trial{}}
}

// Add takes in the trial of a run and a region. The tally keeps it.
func (t *Tally) Add(run, region int, trial *Trial) { t.trials[[2]int{run, region}] = trial }

// runs returns, in order, the trials of the runs of which every region is there.
func (t *Tally) runs() [][]*Trial {
	byRun := map[int][]*Trial{}
	for k, trial := range t.trials {
		if byRun[k[0]] == nil {
			byRun[k[0]] = make([]*Trial, len(t.r.regions))
		}
		byRun[k[0]][k[1]] = trial
	}
	numbers := make([]int, 0, len(byRun))
	for run, trials := range byRun {
		if !slices.Contains(trials, nil) {
			numbers = append(numbers, run)
		}
	}
	slices.Sort(numbers)
	out := make([][]*Trial, len(numbers))
	for i, run := range numbers {
		out[i] = byRun[run]
	}
	return out
}

// amounts returns the quantiles of values, which it sorts.
func amounts(values []int64) Amounts {
	if len(values) == 0 {
		return Amounts{}
	}
	slices.Sort(values)
	return Amounts{P10: quantile(values, 10), P50: quantile(values, 50), P90: quantile(values, 90), Max: values[len(values)-1]}
}

// quantile returns the smallest of sorted values that percent of them do not
// exceed.
func quantile[T cmp.Ordered](sorted []T, percent int) T {
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}

// instants returns the quantiles of those seconds that came.
func (r *Rehearsal) instants(seconds []uint32) Instants {
	came := slices.DeleteFunc(seconds, func(s uint32) bool { return s == forever })
	if len(came) == 0 {
		return Instants{}
	}
	slices.Sort(came)
	return Instants{
		Runs: len(came), P50: r.instant(quantile(came, 50)), P90: r.instant(quantile(came, 90)),
	}
}
