package fleet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/inventory"
)

func saved(tb testing.TB, f *fleet.Fleet) []byte {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, f.Save(&out))
	return out.Bytes()
}

// TestSaveLoad saves random fleets, loads them under the same catalogue and under
// another, and goes on changing what was loaded.
func TestSaveLoad(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		g := newRandom(1000 + seed)
		l := &loop{catalog: g.catalog(), records: map[fettle.HostID]*inventory.Record{}}
		f := fleet.New(l.catalog)
		for range 40 {
			g.step(t, f, l)
		}
		if g.Chance(50) {
			l.catalog = g.catalog()
		}
		content := saved(t, f)
		loaded, err := fleet.Load(bytes.NewReader(content), l.catalog, nil)
		require.NoError(t, err)
		require.Equal(t, content, saved(t, loaded), "what is saved again is the same")
		check(t, loaded, l, g, fmt.Sprintf("seed %d, loaded", seed))
		for range 20 {
			g.step(t, loaded, l)
		}
		check(t, loaded, l, g, fmt.Sprintf("seed %d, loaded and changed", seed))
	}
}

// small returns a saved index with a bit of everything.
func small(tb testing.TB) (*applicability.Catalog, []byte) {
	tb.Helper()
	g := newRandom(5)
	c := g.catalog()
	f := fleet.New(c)
	for i := range 12 {
		require.NoError(tb, f.Put(g.Record(fettle.HostID(fmt.Sprintf("h%d", i)))))
	}
	f.Remove("h3")
	return c, saved(tb, f)
}

// TestLoadRefusesDamage flips bits and cuts at every place.
func TestLoadRefusesDamage(t *testing.T) {
	t.Parallel()
	c, content := small(t)
	for at := range content {
		_, err := fleet.Load(bytes.NewReader(content[:at]), c, nil)
		require.ErrorIs(t, err, fleet.ErrCorrupt, "cut at %d", at)
		damaged := bytes.Clone(content)
		damaged[at] ^= 1 << (at % 8)
		_, err = fleet.Load(bytes.NewReader(damaged), c, nil)
		require.True(t, errors.Is(err, fleet.ErrCorrupt) || errors.Is(err, fleet.ErrNewer), "byte %d: %v", at, err)
	}
	_, err := fleet.Load(bytes.NewReader(append(bytes.Clone(content), 0)), c, nil)
	require.ErrorIs(t, err, fleet.ErrCorrupt, "a byte too many")
	_, err = fleet.Load(bytes.NewReader(content), c, &fleet.LoadOptions{MaxBytes: int64(len(content)) - 1})
	require.ErrorIs(t, err, fleet.ErrCorrupt, "more than MaxBytes")
	_, err = fleet.Load(bytes.NewReader(content), c, &fleet.LoadOptions{MaxHosts: 5})
	require.ErrorIs(t, err, fleet.ErrCorrupt, "more than MaxHosts")
	newer := bytes.Clone(content)
	newer[len("fettle-fleet\n")] = 99
	_, err = fleet.Load(bytes.NewReader(newer), c, nil)
	require.ErrorIs(t, err, fleet.ErrNewer)
}

// seal puts the right checksum under content.
func seal(content []byte) []byte {
	return binary.LittleEndian.AppendUint32(content, crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)))
}

// FuzzLoad loads damaged indices whose checksum is right. What is accepted has to
// answer, and to take changes.
func FuzzLoad(f *testing.F) {
	c, content := small(f)
	f.Add(content[:len(content)-4])
	f.Add([]byte("fettle-fleet\n\x03\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		loaded, err := fleet.Load(bytes.NewReader(seal(bytes.Clone(content))), c, &fleet.LoadOptions{MaxHosts: 1000})
		if err != nil {
			if !errors.Is(err, fleet.ErrCorrupt) && !errors.Is(err, fleet.ErrNewer) {
				t.Fatalf("neither corrupt nor newer: %v", err)
			}
			return
		}
		loaded.All(now)
		g := newRandom(1)
		require.NoError(t, loaded.Put(g.Record("h1")))
		require.NoError(t, loaded.Put(g.Record("new")))
		loaded.Remove("h2")
		loaded.All(now)
	})
}

// failing is a writer that takes some bytes and then no more.
type failing struct{ left int }

var errFull = errors.New("full")

func (w *failing) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestSaveReportsTheWriter(t *testing.T) {
	t.Parallel()
	g := newRandom(5)
	f := fleet.New(g.catalog())
	require.NoError(t, f.Put(g.Record("h")))
	require.ErrorIs(t, f.Save(&failing{left: 10}), errFull)
}
