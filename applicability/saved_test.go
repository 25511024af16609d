package applicability_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
	"github.com/fettle-dev/fettle/inventory"
)

// reopened saves a catalogue and opens what was written.
func reopened(t *testing.T, c *applicability.Catalog) (*applicability.Catalog, []*applicability.Problem) {
	t.Helper()
	data := saved(t, c, nil)
	got, problems, err := applicability.OpenSaved(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return got, problems
}

func saved(tb testing.TB, c *applicability.Catalog, note []byte) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, c.Save(&file, note))
	return file.Bytes()
}

// sameAnswers asks two catalogues everything about one host.
func sameAnswers(t *testing.T, want, got *applicability.Catalog, r *inventory.Record, now time.Time) {
	t.Helper()
	f, g := want.Intern(r, nil), got.Intern(r, nil)
	a, b := want.AssessFacts(f, now, nil), got.AssessFacts(g, now, nil)
	require.Equal(t, a.Findings, b.Findings)
	require.Equal(t, a.Counts, b.Counts)
	require.Equal(t, a.Exposed, b.Exposed)
	for i := range want.Len() {
		x, y := a.Of(i), b.Of(i)
		require.Equal(t, want.ID(i), got.ID(i))
		require.Equal(t, want.Packages(f, x), got.Packages(g, y))
		require.Equal(t, want.Reasons(f, x), got.Reasons(g, y))
		p, errP := want.Explain(r, want.ID(i), now)
		q, errQ := got.Explain(r, want.ID(i), now)
		require.NoError(t, errP)
		require.NoError(t, errQ)
		require.Equal(t, p.String(), q.String())
		require.Equal(t, dump(p), dump(q))
	}
	require.NoError(t, got.Damage())
}

func TestSavedAnswersAsCompiled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for seed := range uint64(200) {
		g := randomtest.New(seed, 7)
		patches := g.Patches(2 + g.IntN(10))
		for i := range patches {
			patches[i].Released = now.AddDate(0, 0, -g.IntN(3))
			if g.Chance(20) {
				patches[i].Aliases = []fettle.PatchID{patches[i].ID + "-alias", "shared"}
			}
		}
		if g.Chance(10) { // of one id
			patches[0].ID = patches[1].ID
		}
		o := &applicability.Options{Published: now.Add(-time.Hour * time.Duration(g.IntN(30))), MaxAge: 24 * time.Hour}
		want, problems := applicability.Compile(patches, o)
		got, reported := reopened(t, want)
		require.Equal(t, want.Options(), got.Options())
		require.Equal(t, want.Needs(), got.Needs())
		require.Len(t, reported, len(problems))
		for i := range problems {
			require.Equal(t, problems[i].Error(), reported[i].Error())
			require.Equal(t, problems[i].Fatal, reported[i].Fatal)
			require.Equal(t, errors.Is(problems[i], applicability.ErrDuplicate), errors.Is(reported[i], applicability.ErrDuplicate))
		}
		bits := g.Uint64()
		approved := func(c *applicability.Catalog) *applicability.Catalog {
			return c.Allow(func(id fettle.PatchID) bool { i, _ := want.Find(id); return bits>>i&1 == 1 })
		}
		for range 2 {
			r := g.Record("h")
			sameAnswers(t, want, got, r, now)
			sameAnswers(t, approved(want), approved(got), r, now)
		}
		for i := range patches {
			for _, id := range append(patches[i].Aliases, patches[i].ID, "GONE", "none") {
				x, ok := want.Find(id)
				y, has := got.Find(id)
				require.Equal(t, x, y)
				require.Equal(t, ok, has)
			}
			difference := cmp.Diff(want.Patch(i), got.Patch(i), equalFootprints())
			require.Empty(t, difference)
		}
		require.NoError(t, got.Verify())
		require.True(t, bytes.Equal(saved(t, want, []byte("x")), saved(t, got, []byte("x"))), "saving what was opened")
	}
}

// TestSavedOddPatches saves patches that could not be compiled, and criteria of
// every kind.
func TestSavedOddPatches(t *testing.T) {
	t.Parallel()
	that := applicability.That
	deep := that(applicability.Always{})
	for range applicability.MaxDepth + 2 {
		deep = that(applicability.Not{Of: deep})
	}
	host := that(applicability.All{Of: []applicability.Footprint{
		that(applicability.File{Path: applicability.Path{Path: "/boot/x"}}),
		that(applicability.Hotfix{ID: "KB5034441"}), that(applicability.Product{Code: "{A}", Range: applicability.Before("2.0")}),
		that(applicability.Service{Name: "s", State: "running"}), that(applicability.Label{Name: "l"}),
		that(applicability.Kernel{Range: applicability.From("6.1")}),
		that(applicability.Registry{Place: applicability.RegistryPlace{Key: `HKLM\SOFTWARE\X`, Value: "v"}, Is: "1"}),
	}})
	patches := []applicability.Patch{
		{ID: "deep", Target: deep, Installed: deep},
		{ID: "unstated"},
		{ID: "", Target: host, Installed: host},
		{ID: "none", Target: host, Installed: host, Requires: [][]fettle.PatchID{{}}},
		{ID: "round", Target: host, Installed: that(applicability.PatchInstalled{Patch: "round"})},
		{ID: "all", Target: host, Installed: host, Estimate: time.Minute, Title: "<odd> & \x00"},
	}
	want, problems := applicability.Compile(patches, nil)
	require.NotEmpty(t, problems)
	got, reported := reopened(t, want)
	require.Len(t, reported, len(problems))
	require.NoError(t, got.Verify())
	g := randomtest.New(1, 1)
	for range 20 {
		sameAnswers(t, want, got, g.Record("h"), time.Time{})
	}
	empty, _ := applicability.Compile(nil, nil)
	got, _ = reopened(t, empty)
	require.Zero(t, got.Len())
	require.Empty(t, got.Assess(g.Record("h"), time.Time{}).Findings)
}

// sample is a small saved catalogue.
func sample(tb testing.TB, seed uint64) []byte {
	tb.Helper()
	g := randomtest.New(seed, 3)
	c, _ := applicability.Compile(g.Patches(4), nil)
	return saved(tb, c, []byte("a note"))
}

// use asks a catalogue everything, whatever it may say.
func use(c *applicability.Catalog) {
	g := randomtest.New(1, 9)
	for range 2 {
		r := g.Record("h")
		f := c.Intern(r, nil)
		a := c.AssessFacts(f, time.Time{}, nil)
		for i := range c.Len() {
			finding := a.Of(i)
			c.Packages(f, finding)
			c.Reasons(f, finding)
			_, _ = c.Explain(r, c.ID(i), time.Time{})
			c.Find(c.Patch(i).ID)
		}
	}
	c.Needs()
	_ = c.Verify()
	_ = c.Damage()
}

func open(data []byte) (*applicability.Catalog, error) {
	c, _, err := applicability.OpenSaved(bytes.NewReader(data), int64(len(data)))
	return c, err
}

// TestOpenSavedDamaged cuts a file at every length and turns every byte.
func TestOpenSavedDamaged(t *testing.T) {
	t.Parallel()
	whole := sample(t, 4)
	want, err := open(whole)
	require.NoError(t, err)
	require.Equal(t, []byte("a note"), want.Note())
	for n := range whole {
		_, err := open(whole[:n])
		require.Error(t, err, "cut at %d", n)
	}
	r := randomtest.New(1, 9).Record("h")
	findings := want.Assess(r, time.Time{}).Findings
	lazy := 0
	for i := range whole {
		broken := bytes.Clone(whole)
		broken[i] ^= 0x40
		c, err := open(broken)
		if err != nil {
			var where *applicability.SavedError
			known := errors.As(err, &where) && where.Section != "" && errors.Is(err, applicability.ErrDamaged)
			require.True(t, known || errors.Is(err, applicability.ErrNotSaved) || errors.Is(err, applicability.ErrNewer), "byte %d: %v", i, err)
			continue
		}
		lazy++
		require.ErrorIs(t, c.Verify(), applicability.ErrDamaged, "byte %d", i)
		require.Equal(t, findings, c.Assess(r, time.Time{}).Findings)
		if i%7 == 0 {
			use(c)
		}
	}
	require.Positive(t, lazy)
}

func TestOpenSavedRefuses(t *testing.T) {
	t.Parallel()
	whole := sample(t, 4)
	with := func(offset int, v byte) []byte {
		data := bytes.Clone(whole)
		data[offset] = v
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":    {nil, applicability.ErrNotSaved},
		"a feed":   {[]byte(`{"fettleCatalog":1,"published":"2026-01-01T00:00:00Z"}`), applicability.ErrNotSaved},
		"newer":    {with(8, 9), applicability.ErrNewer},
		"older":    {with(8, 0), applicability.ErrOutdated},
		"cut":      {whole[:len(whole)-1], applicability.ErrDamaged},
		"appended": {append(bytes.Clone(whole), 0), applicability.ErrDamaged},
	} {
		_, err := open(c.data)
		require.ErrorIs(t, err, c.want, name)
	}
	_, _, err := applicability.OpenSaved(bytes.NewReader(whole), 1<<50) // no such size
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// forged gives a changed file the checksums that it should have, so that what is
// checked behind them is reached.
func forged(data []byte) []byte {
	const head, row, end = 16, 12, 12
	le, table := binary.LittleEndian, crc32.MakeTable(crc32.Castagnoli)
	if len(data) < head+end {
		return data
	}
	sections := int(le.Uint32(data[12:]))
	rows := len(data) - end - sections*row
	if sections > 1000 || rows < head {
		return data
	}
	at := head
	for i := range sections {
		line := data[rows+i*row:]
		n := le.Uint64(line)
		if n > uint64(rows-at) {
			return data
		}
		le.PutUint32(line[8:], crc32.Checksum(data[at:at+int(n)], table))
		at += int(n)
	}
	sum := crc32.Update(crc32.Checksum(data[:head], table), table, data[rows:len(data)-end])
	le.PutUint32(data[len(data)-end:], sum)
	return data
}

// TestOpenSavedForged turns bits behind right checksums.
func TestOpenSavedForged(t *testing.T) {
	t.Parallel()
	opened := 0
	for seed := range uint64(12) {
		whole := sample(t, seed)
		g := rand.New(rand.NewPCG(seed, 5))
		for range 200 {
			data := bytes.Clone(whole)
			for range 1 + g.IntN(3) {
				data[16+g.IntN(len(data)-28)] ^= 1 << g.IntN(8)
			}
			if c, err := open(forged(data)); err == nil {
				opened++
				use(c)
			}
		}
	}
	require.Positive(t, opened)
}

func FuzzOpenSaved(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(sample(f, seed), uint16(0), byte(0))
		f.Add(sample(f, seed), uint16(700), byte(0x80))
	}
	empty, _ := applicability.Compile(nil, nil)
	f.Add(saved(f, empty, nil), uint16(3), byte(1))
	f.Fuzz(func(_ *testing.T, data []byte, at uint16, turn byte) {
		data = bytes.Clone(data)
		if len(data) > 0 {
			data[int(at)%len(data)] ^= turn
		}
		for _, file := range [][]byte{data, forged(bytes.Clone(data))} {
			if c, err := open(file); err == nil {
				use(c)
			}
		}
	})
}

// TestSavedConcurrent asks one opened catalogue from several goroutines.
func TestSavedConcurrent(t *testing.T) {
	t.Parallel()
	c, err := open(sample(t, 2))
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { use(c) })
	}
	all.Wait()
	require.NoError(t, c.Damage())
}

// counting counts what is read.
type counting struct {
	io.ReaderAt
	bytes int64
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.bytes += int64(len(p))
	return c.ReaderAt.ReadAt(p, at)
}

// TestSavedReadsWhatIsAsked: judging reads no record, one proof reads a few.
func TestSavedReadsWhatIsAsked(t *testing.T) {
	t.Parallel()
	patches, r := debianLike(2000, 200)
	c, _ := applicability.Compile(patches, nil)
	data := saved(t, c, nil)
	file := &counting{ReaderAt: bytes.NewReader(data)}
	got, _, err := applicability.OpenSaved(file, int64(len(data)))
	require.NoError(t, err)
	opening := file.bytes
	a := got.Assess(r, time.Time{})
	require.Equal(t, c.Assess(r, time.Time{}).Findings, a.Findings)
	require.Equal(t, opening, file.bytes, "judging reads no record")
	require.Less(t, opening, int64(len(data)/2))
	require.Equal(t, c.Patch(7).ID, got.Patch(7).ID)
	require.Less(t, file.bytes-opening, int64(1000), "one record")
}
