package rollout

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// defaultExpiry is how long an approval holds if its spec does not say.
const defaultExpiry = Duration(7 * 24 * time.Hour)

// approvalGiven is one person's word, as the journal keeps it.
type approvalGiven struct {
	By     string
	StepUp string
	At     time.Time
}

// expiry returns how long an approval of a holds.
func (a *Approval) expiry() time.Duration {
	if a.Expires == 0 {
		return time.Duration(defaultExpiry)
	}
	return time.Duration(a.Expires)
}

// counts returns the code of why by's word is not one of those that a asks for,
// and "" if it is.
func (a *Approval) counts(by, stepUp, proposer string) string {
	switch {
	case by == "":
		return ReasonApproverUnnamed
	case by == proposer:
		return ReasonOwnProposal
	case len(a.From) > 0 && !slices.Contains(a.From, by):
		return ReasonNotApprover
	case a.StepUp && stepUp == "":
		return ReasonStepUpMissing
	}
	return ""
}

// tally is how far an approval is at one instant.
type tally struct {
	have    []string  // who counts, sorted
	expired []string  // who did, and no longer does
	until   time.Time // when the first of have expires; zero if none
}

// count returns who of given counts at now. need is a's unless it is larger.
func (a *Approval) count(given []approvalGiven, proposer string, now time.Time) tally {
	var t tally
	for _, g := range given {
		if a.counts(g.By, g.StepUp, proposer) != "" {
			continue
		}
		ends := g.At.Add(a.expiry())
		if !now.Before(ends) {
			t.expired = append(t.expired, g.By)
			continue
		}
		t.have = append(t.have, g.By)
		if t.until.IsZero() || ends.Before(t.until) {
			t.until = ends
		}
	}
	slices.Sort(t.have)
	t.have = slices.Compact(t.have)
	slices.Sort(t.expired)
	t.expired = slices.DeleteFunc(slices.Compact(t.expired), func(by string) bool { return slices.Contains(t.have, by) })
	return t
}

// reason says how many are there and who is missing.
func (t tally) reason(a *Approval, need int) fettle.Reason {
	args := map[string]string{"need": strconv.Itoa(need), "have": strconv.Itoa(len(t.have))}
	if len(t.have) > 0 {
		args["by"] = strings.Join(t.have, ", ")
	}
	if len(t.expired) > 0 {
		args["expired"] = strings.Join(t.expired, ", ")
	}
	if len(t.have) >= need {
		return fettle.Reason{Code: ReasonApproved, Args: args, Until: t.until}
	}
	if len(a.From) > 0 {
		args["from"] = strings.Join(a.From, ", ")
	}
	return fettle.Reason{Code: ReasonApprovals, Args: args}
}

// used is the reason once something rests on the approvals: they expire no more.
func (t tally) used(a *Approval, need int) fettle.Reason {
	r := t.reason(a, need)
	r.Until = time.Time{}
	return r
}
