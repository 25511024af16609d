package local

import (
	"context"

	"github.com/fettle-dev/fettle/inventory"
)

// observeWindows observes a running Windows.
func observeWindows(context.Context, inventory.Needs) (Observation, error) {
	return Observation{}, ErrNothing
}

func hostWindows(context.Context) (inventory.Host, error) { return inventory.Host{}, ErrNoID }
