package inventory

import "errors"

// ErrNoHost is returned by Store.Get for a host that the store does not hold.
var ErrNoHost = errors.New("inventory: no such host")

// RecordVersion is the version of the JSON form of Record that this package
// writes. A reader refuses a larger one with ErrNewer; within one version fields
// are only added.
const RecordVersion = 1

// Record is a host with what was observed on it: the one form in which hosts
// are written, one JSON object each, and one a line where there are many.
type Record struct {
	Version  int      `json:"version"` // RecordVersion
	Host     Host     `json:"host"`
	Snapshot Snapshot `json:"snapshot"`
}
