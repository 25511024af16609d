//go:build !unix

package rollout

import "time"

// cpuTime stands in for processor time where there is no portable way to it.
func cpuTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
