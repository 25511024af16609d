package rollout

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// stage is what a host does next in a trial.
type stage uint8

const (
	idle      stage = iota // nothing is open for it
	polling                // polls at its next chance, and says that it is ready
	working                // fetches and installs
	pending                // waits for its restart
	restarted              // comes back from its restart
	ended                  // verified, failed for good or gone silent
)

// fate is how an attempt ends.
type fate uint8

const (
	succeeds fate = iota
	breaks        // a safety failure
	unserved      // a reach failure
	falls         // silent
)

// hostTrial is one host in a trial.
type hostTrial struct {
	stage   stage
	fate    fate
	tries   uint8
	broken  bool // the bad patch broke it
	done    bool // verified
	backing bool // is to be backed out
	seq     uint32
}

// trial is one run in one region while it lasts.
type trial struct {
	*Trial
	r       *Rehearsal
	fleet   *regionFleet
	chance  chance
	state   *State
	rollout *rolloutState
	backout *rolloutState // nil: there is none yet
	hosts   []hostTrial
	agenda  agenda
	people  []errand
	links   []carrier
	now     uint32
	ticked  Position // head at the last Tick
	held    bool     // now
	judged  bool     // the deadline has passed, and who is late was found
	// backRings are the back-out's rings that have opened.
	backRings      []bool
	planes, undone []PatchState
	wants, undoes  []fettle.PatchID
	// What hosts say at this instant, and the memory for saying it.
	ready   []uint32
	reports []report
	rows    []HostReport
	results []Result
	readies []ReadyHost
}

// report is what a host says at an instant.
type report struct {
	host    uint32
	outcome Outcome
	class   Class
}

// errand is something that people, or other systems, do at an instant.
type errand struct {
	at uint32
	do func() error
}

// Trial simulates one run in one region. It is pure and safe for concurrent use.
// The error says which command the core refused: then spec and configuration do
// not go together.
func (r *Rehearsal) Trial(seed uint64, run, region int) (*Trial, error) {
	t := r.newTrial(seed, run, region)
	if len(t.hosts) == 0 {
		t.done, t.most = 0, 0
		for i := range t.rings {
			t.rings[i].passed, t.rings[i].most = 0, 0
		}
		return t.Trial, nil
	}
	err := t.begin(region)
	if err == nil {
		err = t.run()
	}
	if err != nil {
		return nil, fmt.Errorf("rollout: forecast: run %d, region %d, %s: %w", run, region, r.instant(t.now).Format(time.RFC3339), err)
	}
	t.finish()
	return t.Trial, nil
}

func (r *Rehearsal) newTrial(seed uint64, run, region int) *trial {
	fleet := &r.regions[region]
	t := &trial{
		Trial: &Trial{
			bad: isBad(seed, run, r.assume.Bad), halted: forever, done: forever, most: forever, late: map[lateKey]*lateTrial{},
			rings: make([]ringTrial, len(r.spec.Rings)),
		},
		r: r, fleet: fleet, chance: newChance(seed, run), hosts: make([]hostTrial, len(fleet.ids)),
		links: make([]carrier, len(r.links)),
	}
	for i := range t.rings {
		t.rings[i].opened, t.rings[i].passed, t.rings[i].most = forever, forever, forever
	}
	return t
}

// run goes from one instant at which something happens to the next.
func (t *trial) run() error {
	for {
		at := min(t.agenda.next(), max(t.next(), t.now+1), t.nextErrand())
		if at >= t.r.by && !t.judged {
			t.judge()
		}
		if at >= t.r.until {
			return nil
		}
		t.now = max(at, t.now)
		if err := t.errands(); err != nil {
			return err
		}
		for t.agenda.next() <= t.now {
			t.act(t.agenda.take())
		}
		if err := t.say(); err != nil {
			return err
		}
	}
}

// grain rounds an instant up.
func (t *trial) grain(at uint32) uint32 {
	if at == forever {
		return forever
	}
	g := t.seconds(t.r.assume.Grain)
	return at + (g-at%g)%g
}

// act lets a host do what its stage says.
func (t *trial) act(h uint32) {
	switch x := &t.hosts[h]; x.stage {
	case idle, ended:
	case polling:
		t.ready = append(t.ready, h)
	case working:
		t.worked(h)
	case pending:
		t.await(h)
	case restarted:
		t.result(h)
	}
}

// class returns what h has in common with others.
func (t *trial) class(h uint32) *hostClass { return &t.r.classes[t.fleet.class[h]] }

func (t *trial) draw(h uint32, p purpose, n int) uint64 {
	return t.chance.draw(t.fleet.number[h], p, n)
}

// start begins the installation that the host holds a grant for.
func (t *trial) start(h uint32) {
	x, c := &t.hosts[h], t.class(h)
	a := &t.r.assume
	x.stage = working
	t.report(h, Accepted, 0)
	x.fate = t.fateOf(h)
	begin, end := t.links[c.link].fetch(t.now, a.Payload, t.r.rates[c.link])
	t.hour(begin).bytes += a.Payload
	end += varied(t.draw(h, forLength, int(x.tries)), t.seconds(a.Install), a.Vary)
	x.tries++
	if t.bad && !x.backing {
		t.started++
	}
	if x.fate == falls {
		x.stage = ended
		return
	}
	t.agenda.add(t.grain(end), h)
}

// fateOf draws how the attempt ends.
func (t *trial) fateOf(h uint32) fate {
	x, a := &t.hosts[h], &t.r.assume
	if x.backing {
		return succeeds
	}
	if t.bad && t.class(h).exposed && hits(t.draw(h, forHarm, 0), a.BadFail) {
		if !x.broken {
			x.broken = true
			t.hit++
		}
		if hits(t.draw(h, forHush, 0), a.BadSilent) {
			return falls
		}
		return breaks
	}
	u := Share(below(t.draw(h, forFate, int(x.tries)), uint64(Whole)))
	switch {
	case u < a.Fail:
		return breaks
	case u < a.Fail+a.Reach:
		return unserved
	case u < a.Fail+a.Reach+a.Silent:
		return falls
	}
	return succeeds
}

// worked is what comes after the installation: a restart, if one is needed.
func (t *trial) worked(h uint32) {
	x := &t.hosts[h]
	if !t.class(h).restarts || x.fate != succeeds {
		t.result(h)
		return
	}
	x.stage = pending
	t.await(h)
}

// await restarts the host if it may now. Else it says that it waits, and again
// before its silence would be taken for a failure, as far as it is there.
func (t *trial) await(h uint32) {
	c := t.class(h)
	at := t.chanceIn(h, c.restart, t.now, 0)
	if at > t.now {
		t.report(h, RestartPending, 0)
		again := t.chanceIn(h, c.there, t.now+t.seconds(t.r.spec.Silence)/2+1, 0)
		t.agenda.add(min(t.grain(at), t.grain(again)), h)
		return
	}
	t.hosts[h].stage = restarted
	length := varied(t.draw(h, forRestart, int(t.hosts[h].tries)), t.seconds(t.r.assume.Restart), t.r.assume.Vary)
	t.agenda.add(t.grain(at+length), h)
}

// result reports how the attempt ended, once the host is on the network.
func (t *trial) result(h uint32) {
	x, c := &t.hosts[h], t.class(h)
	x.stage = restarted
	if away, until := t.away(h, t.now); away && !c.always {
		t.agenda.add(t.grain(until), h)
		return
	}
	x.stage = ended
	switch x.fate {
	case succeeds:
		t.report(h, Verified, 0)
	case breaks:
		t.report(h, Failed, ClassPatch)
	case unserved:
		t.report(h, Failed, ClassNetwork)
	case falls:
	}
}

func (t *trial) away(h, at uint32) (bool, uint32) {
	if t.r.assume.Offline == 0 || t.class(h).always {
		return false, forever
	}
	return t.r.assume.absent(t.chance, t.fleet.number[h], at)
}

// chanceIn returns the first instant from at on that lies in one of the
// stretches while the host is there: its turn to poll, if every is not 0. forever
// if there is none.
func (t *trial) chanceIn(h uint32, open []stretch, at, every uint32) uint32 {
	for {
		i := searchStretch(open, at)
		if i == len(open) {
			return forever
		}
		begin := max(at, open[i].start)
		turn := begin
		if every > 0 {
			phase := uint32(below(t.draw(h, forPhase, 0), uint64(every)))
			turn = t.grain(begin + (phase+every-begin%every)%every)
			if turn >= open[i].end { // the window closes before its turn comes
				turn = begin + uint32(below(t.draw(h, forPhase, 0), uint64(open[i].end-begin)))
			}
		}
		away, until := t.away(h, turn)
		if !away {
			return turn
		}
		if until == forever {
			return forever
		}
		at = until
	}
}

// searchStretch returns the index of the first stretch that ends after at.
func searchStretch(open []stretch, at uint32) int {
	lo, hi := 0, len(open)
	for lo < hi {
		if mid := (lo + hi) / 2; open[mid].end <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// wake lets a host poll at its next chance from an instant on.
func (t *trial) wake(h, at uint32) {
	x := &t.hosts[h]
	open := t.class(h).install
	x.stage = polling
	if at = t.chanceIn(h, open, at, t.r.pollEvery()); at == forever {
		x.stage = idle
	}
	t.agenda.add(at, h)
}

func (t *trial) report(h uint32, o Outcome, c Class) {
	t.reports = append(t.reports, report{h, o, c})
}

// hour returns what is counted for the hour of an instant.
func (t *trial) hour(at uint32) *hour {
	for h := int(at / secondsOfHour); len(t.hours) <= h; {
		t.hours = append(t.hours, hour{})
	}
	return &t.hours[at/secondsOfHour]
}

func (t *trial) id(h uint32) fettle.HostID { return t.fleet.ids[h] }
