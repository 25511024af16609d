package coordinator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// archive is a sink that keeps what it gets, and does what its hook says.
type archive struct {
	mu     sync.Mutex
	at     rollout.Position
	got    []rollout.Record
	tries  int
	onEmit func(try int) error
}

func (a *archive) Resume(context.Context) (rollout.Position, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at, nil
}

func (a *archive) Emit(_ context.Context, records []rollout.Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tries++
	if a.onEmit != nil {
		if err := a.onEmit(a.tries); err != nil {
			return err
		}
	}
	a.got = append(a.got, records...)
	a.at = records[len(records)-1].Position
	return nil
}

// complete fails the test unless the archive has every entry of the journal,
// each once and in order.
func (a *archive) complete(t *testing.T, j rollout.JournalReader) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	want := entries(t, j)
	if len(a.got) != len(want) {
		t.Errorf("the sink has %d entries, the journal %d", len(a.got), len(want))
		return
	}
	for i, e := range want {
		if a.got[i].Position != e.Position || !bytes.Equal(a.got[i].Data, e.Data) {
			t.Errorf("record %d is %d %s", i, a.got[i].Position, a.got[i].Data)
		}
	}
}

func named(name string, s coordinator.EventSink) coordinator.Sink {
	return coordinator.Sink{Name: name, EventSink: s}
}

func TestSinksGetEveryEntry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		good := new(archive)
		failing := &archive{onEmit: func(try int) error {
			if try < 8 {
				return errDisk
			}
			return nil
		}}
		c := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("good", good), named("failing", failing)}})
		for i := range 1000 {
			c.mustSay(fmt.Sprint("signal-", i))
		}
		synctest.Wait()
		good.complete(t, j)
		if s := c.Sinks(); s[1].At != 0 || !strings.Contains(s[1].Err, errDisk.Error()) || s[0].Err != "" || int(s[0].At) != len(entries(t, j)) {
			t.Errorf("status %+v", s)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		failing.complete(t, j)
		if s := c.Sinks(); s[1].Err != "" || s[1].At != s[0].At {
			t.Errorf("status %+v", s)
		}
	})
}

// A sink that hangs ends with the run, and gets the rest from the next.
func TestASinkGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		sink := new(archive)
		for i := range 3 {
			c := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("archive", sink)}})
			c.mustSay(fmt.Sprint("one-", i))
			synctest.Wait()
			c.mustSay(fmt.Sprint("two-", i))
			if err := c.stop(); err != nil { // perhaps before the sink has it
				t.Fatal(err)
			}
		}
		c := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("archive", sink)}})
		c.mustSay("last")
		synctest.Wait()
		sink.complete(t, j)
	})
}

// hung is a sink whose Emit ends with its context only.
type hung struct{}

func (hung) Resume(context.Context) (rollout.Position, error) { return 0, nil }
func (hung) Emit(ctx context.Context, _ []rollout.Record) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestASinkThatHangsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		good := new(archive)
		c := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("hung", hung{}), named("good", good)}})
		c.mustSay("one")
		synctest.Wait()
		good.complete(t, j)
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestASinkThatSaysWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &archive{}
		var at []time.Duration
		began := time.Now()
		sink.onEmit = func(try int) error {
			at = append(at, time.Since(began))
			if try < 3 {
				return &coordinator.RetryError{Wait: 20 * time.Second, Err: errDisk}
			}
			return nil
		}
		start(t, new(memjournal.Journal), "a", &coordinator.Options{Sinks: []coordinator.Sink{named("s", sink)}})
		time.Sleep(time.Minute)
		synctest.Wait()
		if fmt.Sprint(at) != "[0s 20s 40s]" {
			t.Errorf("tries at %v", at)
		}
	})
}

// The journal forgets only what the slowest sink has, and a checkpoint covers.
func TestTheSlowestSinkKeepsEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		slow := &archive{onEmit: func(try int) error {
			if try > 3 {
				return errDisk
			}
			return nil
		}}
		fast := new(archive)
		c := start(t, j, "a", &coordinator.Options{
			Sinks:           []coordinator.Sink{named("fast", fast), named("slow", slow)},
			CheckpointEvery: 10, Release: true, Retain: 2,
		})
		for i := range 100 {
			c.mustSay(fmt.Sprint("signal-", i))
			synctest.Wait()
		}
		kept, err := j.Load(t.Context())
		if err != nil || kept.At < 90 {
			t.Errorf("the checkpoint is at %d: %v", kept.At, err)
		}
		has := c.Sinks()[1].At
		if _, err := j.Read(t.Context(), has, 1); err != nil {
			t.Errorf("the slow sink has %d, and what follows is gone: %v", has, err)
		}
		if _, err := j.Read(t.Context(), has-1, 1); !errors.Is(err, rollout.ErrCompacted) {
			t.Errorf("what every sink has is still there: %v", err)
		}
		// The state is whole in a coordinator that starts from the checkpoint.
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		slow.mu.Lock()
		slow.onEmit = nil
		slow.mu.Unlock()
		again := start(t, j, "a", &coordinator.Options{
			Sinks:           []coordinator.Sink{named("fast", fast), named("slow", slow)},
			CheckpointEvery: 10, Release: true, Retain: 2,
		})
		again.mustSay("again")
		for i := range 10 {
			again.mustSay(fmt.Sprint("more-", i))
			synctest.Wait()
		}
		if len(fast.got) != len(slow.got) {
			t.Errorf("the sinks have %d and %d", len(fast.got), len(slow.got))
		}
		if _, err := j.Read(t.Context(), 90, 1); !errors.Is(err, rollout.ErrCompacted) {
			t.Errorf("both sinks have entry 91, and it is kept: %v", err)
		}
		at := again.Sinks()[0].At
		if _, err := j.Read(t.Context(), at-2, 1); err != nil {
			t.Errorf("of the %d entries before the checkpoint 2 are to be kept: %v", at, err)
		}
		leads(t, again, "a", 2)
		// A sink that lacks what is forgotten stops, and says so.
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
		empty := new(archive)
		third := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("new", empty)}})
		third.mustSay("third")
		synctest.Wait()
		if s := third.Sinks()[0]; !s.Stopped || !strings.Contains(s.Err, "compacted") || len(empty.got) != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestWithoutReleaseNothingIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		c := start(t, j, "a", &coordinator.Options{CheckpointEvery: 5})
		for i := range 50 {
			c.mustSay(fmt.Sprint("signal-", i))
			synctest.Wait()
		}
		if kept, err := j.Load(t.Context()); err != nil || kept.At < 45 {
			t.Errorf("the checkpoint is at %d: %v", kept.At, err)
		}
		if all := entries(t, j); len(all) < 50 {
			t.Errorf("%d entries are left", len(all))
		}
	})
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	sink, err := coordinator.NewLines(path)
	if err != nil {
		t.Fatal(err)
	}
	emit := func(first, last rollout.Position) {
		t.Helper()
		var records []rollout.Record
		for p := first; p <= last; p++ {
			records = append(records, rollout.Record{Position: p, Data: fmt.Appendf(nil, `{"v":1,"n":"<%d>"}`, p)})
		}
		if err := sink.Emit(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	resumes := func(want rollout.Position) {
		t.Helper()
		if at, err := sink.Resume(t.Context()); err != nil || at != want {
			t.Errorf("resumes at %d, want %d: %v", at, want, err)
		}
	}
	resumes(0)
	emit(1, 3)
	resumes(3)
	// A crash has torn the line that was being written.
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"position":4,"ent`...), 0o600); err != nil {
		t.Fatal(err)
	}
	resumes(3)
	emit(4, 5)
	text, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 5 || lines[3] != `{"position":4,"entry":{"v":1,"n":"<4>"}}` {
		t.Errorf("lines %q", lines)
	}
	// The file is rotated away: the next lines begin a new one, and nothing is
	// written twice.
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	resumes(5)
	emit(6, 6)
	if text, err := os.ReadFile(path); err != nil || string(text) != `{"position":6,"entry":{"v":1,"n":"<6>"}}`+"\n" {
		t.Errorf("the new file holds %q: %v", text, err)
	}
	if err := os.WriteFile(path+".offset", []byte("six"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "events.jsonl.offset") {
		t.Errorf("an offset file with rubbish: %v", err)
	}
	if _, err := coordinator.NewLines(""); err == nil {
		t.Error("no path: no error")
	}
}

// brittle is a writer that fails now and then.
type brittle struct {
	bytes.Buffer

	n int
}

func (b *brittle) Write(p []byte) (int, error) {
	if b.n++; b.n%3 == 0 {
		return 0, errDisk
	}
	return b.Buffer.Write(p)
}

func TestLinesToAWriter(t *testing.T) {
	t.Parallel()
	w := new(brittle)
	sink := coordinator.LinesTo(w, 7)
	if at, err := sink.Resume(t.Context()); err != nil || at != 7 {
		t.Fatal(at, err)
	}
	records := []rollout.Record{{Position: 8, Data: []byte(`{"a":1}`)}, {Position: 9, Data: []byte("not\njson")}, {Position: 10, Data: nil}}
	for sink.Emit(t.Context(), records) != nil {
	}
	want := `{"position":8,"entry":{"a":1}}` + "\n" + `{"position":9,"data":"bm90Cmpzb24="}` + "\n" + `{"position":10,"data":null}` + "\n"
	if w.String() != want {
		t.Errorf("got %q\nwant %q", w.String(), want)
	}
}

// A receiver that is down, answers strangely and is slow at first gets every
// entry, under a seal, and can tell repetitions.
func TestWebhook(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []json.RawMessage
	var keys []string
	last := rollout.Position(0)
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if n++; n == 1 || n == 4 {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		var e fettle.Envelope
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		payload, err := e.Open(coordinator.EventsType, trust("region"))
		if err != nil {
			t.Error(err)
		}
		var events coordinator.Events
		if err := json.Unmarshal(payload, &events); err != nil {
			t.Error(err)
		}
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		for i, entry := range events.Entries {
			if at := events.First + rollout.Position(i); at == last+1 {
				got, last = append(got, entry), at
			} else if at > last {
				t.Errorf("entry %d after %d", at, last)
			}
		}
		if n == 2 { // taken, and the answer is lost
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	hook, err := coordinator.NewWebhook(server.URL, "lab", signer(t, "region"), filepath.Join(t.TempDir(), "offset"), nil)
	if err != nil {
		t.Fatal(err)
	}
	j := new(memjournal.Journal)
	c := start(t, j, "a", &coordinator.Options{Sinks: []coordinator.Sink{named("hook", hook)}, Backoff: time.Millisecond})
	for i := range 20 {
		c.mustSay(fmt.Sprint("signal-<", i, ">"))
	}
	all := entries(t, j)
	for c.Sinks()[0].At < rollout.Position(len(all)) {
		if t.Context().Err() != nil {
			t.Fatal("never complete")
		}
		time.Sleep(time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != len(all) {
		t.Fatalf("%d entries of %d came", len(got), len(all))
	}
	for i, e := range all {
		if !bytes.Equal(got[i], e.Data) {
			t.Errorf("entry %d came as %s, is %s", i+1, got[i], e.Data)
		}
	}
	if !strings.HasPrefix(keys[0], "lab/1-") {
		t.Errorf("idempotency keys %q", keys)
	}
	if at, err := hook.Resume(t.Context()); err != nil || int(at) != len(all) {
		t.Errorf("resumes at %d: %v", at, err)
	}
}

func TestAWebhookThatIsMisspelt(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"", "ftp://x/", "http://", "://", "example"} {
		if _, err := coordinator.NewWebhook(target, "lab", signer(t, "region"), "o", nil); err == nil {
			t.Errorf("%q: no error", target)
		}
	}
	if _, err := coordinator.NewWebhook("http://localhost/", "lab", signer(t, "region"), "", nil); err == nil {
		t.Error("no offset file: no error")
	}
}

// Whatever a crash leaves of the files, Resume answers or says what is wrong, and
// only cuts what follows the last line feed.
func FuzzLinesResume(f *testing.F) {
	f.Add([]byte(`{"position":1,"entry":{}}`+"\n"+`{"pos`), []byte("1"))
	f.Add([]byte("\n"), []byte("18446744073709551615\n"))
	f.Add([]byte(nil), []byte("-1"))
	f.Add(bytes.Repeat([]byte("x"), 200_000), []byte(""))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, lines, offset []byte) {
		path := filepath.Join(dir, "events.jsonl")
		if err := os.WriteFile(path, lines, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".offset", offset, 0o600); err != nil {
			t.Fatal(err)
		}
		sink, err := coordinator.NewLines(path)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := sink.Resume(t.Context()); err == nil && strings.TrimSuffix(string(offset), "\n") != fmt.Sprint(at) &&
			strings.TrimLeft(strings.TrimSuffix(string(offset), "\n"), "0") != strings.TrimLeft(fmt.Sprint(at), "0") {
			t.Errorf("the offset %q was read as %d", offset, at)
		}
		left, err := os.ReadFile(path)
		if want := lines[:bytes.LastIndexByte(lines, '\n')+1]; err != nil || !bytes.Equal(left, want) {
			t.Errorf("%d bytes are left of %d, want %d: %v", len(left), len(lines), len(want), err)
		}
	})
}
