package rollout

import (
	"strings"
	"time"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// State is what one region's journal says: the fold of its entries. It decides
// and it answers, and it changes only by Apply.
//
// The shell's duty, in this order: Decide and Apply each of N commands in
// memory (Take does both); one Journal.Append of all their entries; then release
// replies, grants and hints. On any error of Append the state is thrown away and
// folded anew.
//
// The same entries give the same state on every machine, and the same state,
// command and instant the same events, byte for byte. A State is not safe for
// concurrent use, but its reading methods (Offer, Next, Explain, Progress,
// Summary, Head, Decide) may run concurrently with each other.
//
// The zero State is an empty region: only Configure is legal.
type State struct {
	head   Link
	at     time.Time // of the last entry, in milliseconds
	config Config
	ready  bool // configured: the tables below are made
	epoch  uint64
	holder string

	hosts    hostTable
	confined map[hostIndex]confinement // of those that are quarantined
	keys     keyTable
	counters counterTable
	terms    termsTable
	timers   timers
	words    wordTable // of reporters' reasons

	rollouts []*rolloutState
	byID     map[ID]int
	unjudged int     // rollouts that a Tick has to look at now
	blocks   []block // in the order of their setting
	outages  []outage
	signals  map[signalKey]signalValue
	pools    map[RegionID]Summary // of child regions, the newest of each
	gen      uint32               // counts what changed for all hosts
	tables   *gatestat.Tables     // what the gates' plans are made from; not part of the fold
}

// confinement is why a host is quarantined, and since when.
type confinement struct {
	rule  string // a reason's code
	since time.Time
}

// wordTable interns the short codes that reporters give. Word 0 is "".
type wordTable struct {
	words  []string
	byWord map[string]uint16
}

// add returns the index of a word. When the table is full further words become
// "other": the journal keeps what was said.
func (t *wordTable) add(word string) uint16 {
	if word == "" {
		return 0
	}
	if i, ok := t.byWord[word]; ok {
		return i
	}
	if len(t.words) >= maxWords {
		word = "other"
		if i, ok := t.byWord[word]; ok {
			return i
		}
	}
	i := uint16(len(t.words))
	word = strings.Clone(word) // it may be part of a whole entry's text
	t.words = append(t.words, word)
	t.byWord[word] = i
	return i
}

const maxWords = 4096

// prepare makes the tables of a region that is configured for the first time.
func (s *State) prepare() {
	s.ready = true
	s.tables = new(gatestat.Tables)
	s.keys = newKeyTable()
	s.counters = newCounterTable()
	s.words = wordTable{words: []string{""}, byWord: map[string]uint16{}}
	s.byID = map[ID]int{}
	s.confined = map[hostIndex]confinement{}
	s.signals = map[signalKey]signalValue{}
	s.pools = map[RegionID]Summary{}
}

// Head returns the link of the last entry.
func (s *State) Head() Link { return s.head }

// Holder returns the region's coordinator and its epoch, of the last TakeOver;
// zero if there was none.
func (s *State) Holder() (holder string, epoch uint64) { return s.holder, s.epoch }

// Next returns the earliest instant at which a Tick can change something; zero
// if none can. O(1). An instant that is not after that of the last entry says
// that a Tick is due now: evidence has come in that the gates have not judged.
func (s *State) Next() time.Time {
	if s.unjudged > 0 {
		return s.at
	}
	if len(s.timers.seconds) == 0 {
		return time.Time{}
	}
	return fromSeconds(s.timers.seconds[0])
}
