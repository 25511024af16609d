package baseline

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// Explanation is everything that led to one result: the proof of the finding,
// and what exceptions make of it. Its Reasons are the result's.
type Explanation struct {
	*applicability.Explanation

	Status    Status `json:"status"`
	Exception string `json:"exception,omitempty"` // the id of the one that makes it Waived or Mitigated
}

// Explain proves what Assess answers about one check or patch, named by its id
// or an alias. The error is that of applicability.Catalog.Explain.
func (a *Assessor) Explain(r *inventory.Record, id fettle.PatchID, now time.Time) (*Explanation, error) {
	proof, err := a.catalog.Explain(r, id, now)
	if err != nil {
		return nil, err
	}
	w := a.weigher(r, now)
	result := w.result(a.catalog.Intern(r, nil), proof.Finding)
	proof.Reasons = result.Reasons
	return &Explanation{Explanation: proof, Status: result.Status, Exception: result.Exception}, nil
}

// String renders the explanation for people: the status first, then the proof.
func (e *Explanation) String() string {
	by := ""
	if e.Exception != "" {
		by = " by " + e.Exception
	}
	return fmt.Sprintf("%s: %s%s, exceptions counted\n%s", e.Patch, e.Status, by, e.Text(ReasonText))
}
