//go:build !windows

package local

import (
	"context"

	"github.com/fettle-dev/fettle/inventory"
)

// observeWindows is for a running Windows, which this is not.
func (c *Collector) observeWindows(context.Context, inventory.Needs) (Observation, error) {
	return Observation{}, ErrNothing
}

func (c *Collector) hostWindows(context.Context) (inventory.Host, error) {
	return inventory.Host{}, ErrNothing
}
