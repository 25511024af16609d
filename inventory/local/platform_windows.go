package local

import (
	"context"
	"io/fs"
	"os"
	"time"

	"github.com/fettle-dev/fettle/internal/winsys"
	"github.com/fettle-dev/fettle/inventory"
)

// system32 is the running Windows.
type system32 struct{ c *Collector }

func (system32) key(key string, view inventory.View) (rawKey, error) {
	bits := map[inventory.View]int{inventory.View32: 32, inventory.View64: 64}[view]
	values, subkeys, err := winsys.ReadKey(key, bits)
	raw := rawKey{subkeys: subkeys}
	for _, v := range values {
		raw.values = append(raw.values, registryValue(v.Name, v.Type, v.Data))
	}
	return raw, err
}

func (system32) volume(letter string) fs.FS { return os.DirFS(letter + `:\`) }

func (system32) services() (map[string]uint32, error) { return winsys.ServiceStates() }

func (system32) sinceBoot() time.Duration { return winsys.SinceBoot() }

func (c *Collector) observeWindows(ctx context.Context, needs inventory.Needs) (Observation, error) {
	return c.observeMachine(ctx, system32{c}, needs)
}

func (c *Collector) hostWindows(ctx context.Context) (inventory.Host, error) {
	return machineHost(ctx, system32{c})
}
