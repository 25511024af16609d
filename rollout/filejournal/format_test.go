package filejournal

import (
	"bytes"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// parseFrame never panics, and what it accepts is exactly what appendFrame
// writes.
func FuzzParseFrame(f *testing.F) {
	f.Add(appendFrame(nil, 1, 0, [][]byte{[]byte("one"), {}, []byte("three")}))
	f.Add(appendFrame(nil, 1<<40, 1<<39, [][]byte{{}}))
	f.Add(appendFrame(appendFrame(nil, 5, 4, [][]byte{{1}}), 6, 4, [][]byte{{2}}))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, buf []byte) {
		parsed, size, rule := parseFrame(buf)
		if rule != "" {
			return
		}
		_, synced := framePositions(buf)
		batch := parsed.entries(nil, 0, parsed.count)
		if again := appendFrame(nil, parsed.first, synced, batch); !bytes.Equal(again, buf[:size]) {
			t.Errorf("frame %x is written again as %x", buf[:size], again)
		}
	})
}

// A folder with anything in its files is refused, or opened and usable.
func FuzzOpen(f *testing.F) {
	log := appendFrame(segmentHeader(1), 1, 0, [][]byte{[]byte("one")})
	f.Add(log, slot(1, 1), []byte(nil))
	f.Add(appendFrame(log, 2, 1, [][]byte{[]byte("two")}), make([]byte, 600), append(checkpointHeader(1, 0, []byte("s")), 's'))
	f.Fuzz(func(t *testing.T, log, mark, checkpoint []byte) {
		fs := newFakeFS()
		for name, content := range map[string][]byte{segmentName(1): log, syncedName: mark, checkpointName(1): checkpoint} {
			if len(content) > 0 {
				fs.seen[name] = &inode{seen: content, durable: bytes.Clone(content)}
				fs.durable[name] = fs.seen[name]
			}
		}
		j, err := openIn(fs, Options{})
		if err != nil {
			return
		}
		end := j.Recovery().End
		if err := j.Append(t.Context(), end, [][]byte{[]byte("next")}); err != nil {
			t.Fatal(err)
		}
		page, err := j.Read(t.Context(), end, 10)
		if err != nil || len(page) != 1 || string(page[0]) != "next" {
			t.Fatalf("read %q, %v", page, err)
		}
	})
}

func TestNamesRoundTrip(t *testing.T) {
	t.Parallel()
	for _, at := range []rollout.Position{0, 1, 255, 1 << 63} {
		if got, ok := position(segmentName(at), segmentSuffix); !ok || got != at {
			t.Errorf("%s is read as %d, %v", segmentName(at), got, ok)
		}
	}
	for _, name := range []string{"", ".log", "1.log", "000000000000000G.log", "000000000000000A.log", "0000000000000001.log.tmp", "-000000000000001.log"} {
		if at, ok := position(name, segmentSuffix); ok {
			t.Errorf("%q is read as %d", name, at)
		}
	}
}
