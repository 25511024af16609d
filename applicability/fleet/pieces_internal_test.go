package fleet

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// TestManyPieces saves an index of several pieces and loads it from a reader that
// gives less than it is asked for.
func TestManyPieces(t *testing.T) {
	t.Parallel()
	e := newEstate(10, 20, 2000)
	f := New(e.catalog(t, 300))
	newInterner(f, e).build(t, 60)
	var saved, again bytes.Buffer
	require.NoError(t, f.Save(&saved))
	require.Greater(t, saved.Len(), 2*savePiece)
	loaded, err := Load(iotest.HalfReader(bytes.NewReader(saved.Bytes())), f.Catalog(), nil)
	require.NoError(t, err)
	require.Equal(t, f.All(benchNow), loaded.All(benchNow))
	require.NoError(t, loaded.Save(&again))
	require.True(t, bytes.Equal(saved.Bytes(), again.Bytes()), "what is saved again is the same")
	for _, at := range []int{saved.Len() / 2, saved.Len() - 1} {
		_, err = Load(bytes.NewReader(saved.Bytes()[:at]), f.Catalog(), nil)
		require.ErrorIs(t, err, ErrCorrupt, "cut at %d", at)
	}
}

// TestLoadReportsTheReader tells a reader that fails from content that is at fault.
func TestLoadReportsTheReader(t *testing.T) {
	t.Parallel()
	f := New(newEstate(1, 5, 20).catalog(t, 3))
	var saved bytes.Buffer
	require.NoError(t, f.Save(&saved))
	lost := errors.New("lost")
	for at := range saved.Len() + 1 {
		r := io.MultiReader(bytes.NewReader(saved.Bytes()[:at]), iotest.ErrReader(lost))
		_, err := Load(r, f.Catalog(), nil)
		require.ErrorIs(t, err, lost, "after %d bytes", at)
		require.NotErrorIs(t, err, ErrCorrupt)
	}
	_, err := Load(iotest.ErrReader(io.ErrUnexpectedEOF), f.Catalog(), nil)
	require.ErrorIs(t, err, ErrCorrupt)
}
