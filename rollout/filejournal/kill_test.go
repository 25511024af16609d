package filejournal_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
)

// childDir names the folder that a child process works in; a process without it
// is the test.
const childDir = "FETTLE_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// killEntry is what stands at a position, so that anybody can tell whether it
// was invented.
func killEntry(at rollout.Position) []byte {
	entry := binary.BigEndian.AppendUint64(nil, uint64(at))
	for i := range uint64(at) * 37 % 300 {
		entry = append(entry, byte(uint64(at)+i))
	}
	return entry
}

// inFlight is how many commands a child has on their way at any time.
const inFlight = 256

// child appends until it is killed: many callers, each with one command on its
// way, and one writer that takes what is waiting as one batch, as a coordinator
// does. A line on standard output is an acknowledgement, of an append or a save.
func child(dir string) error {
	j, err := filejournal.Open(dir, &filejournal.Options{SegmentSize: 200_000})
	if err != nil {
		return err
	}
	commands := make(chan chan rollout.Position, inFlight)
	for range inFlight {
		go func() {
			for reply := make(chan rollout.Position, 1); ; {
				commands <- reply
				fmt.Fprintln(os.Stdout, "append", <-reply)
			}
		}()
	}
	end := j.Recovery().End
	for n := 0; ; n++ {
		waiting := []chan rollout.Position{<-commands}
		for range len(commands) {
			waiting = append(waiting, <-commands)
		}
		batch := make([][]byte, len(waiting))
		for i := range batch {
			batch[i] = killEntry(end + rollout.Position(i) + 1)
		}
		if err := j.Append(context.Background(), end, batch); err != nil {
			return err
		}
		for _, reply := range waiting {
			end++
			reply <- end
		}
		if n%8 == 7 {
			c := rollout.Checkpoint{At: end, State: killEntry(end)}
			if err := j.Save(context.Background(), c, end-min(end, 1000)); err != nil {
				return err
			}
			fmt.Fprintln(os.Stdout, "save", end)
		}
	}
}

// A child is killed with SIGKILL while it writes, again and again in the same
// folder: 10 times, 200 when FETTLE_NIGHTLY is set.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	kills := 10
	if os.Getenv("FETTLE_NIGHTLY") != "" {
		kills = 200
	}
	dir := t.TempDir()
	acked := map[string]rollout.Position{}
	for n := range kills {
		runAndKill(t, dir, 1+n*377%4000, acked)
		checkKilled(t, dir, acked)
	}
	t.Logf("%d kills, %d entries acknowledged", kills, acked["append"])
}

// runAndKill kills a child after some acknowledgements and notes all it gave.
func runAndKill(t *testing.T, dir string, after int, acked map[string]rollout.Position) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var failure strings.Builder
	cmd.Stderr = &failure
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was not given
			if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
				t.Fatal(err)
			}
			break
		}
		what, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		at, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			t.Fatalf("the child says %q", line)
		}
		acked[what] = max(acked[what], rollout.Position(at))
		if n == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); failure.Len() > 0 || cmd.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v %s", err, failure.String())
	}
}

// checkKilled wants everything acknowledged and nothing invented.
func checkKilled(t *testing.T, dir string, acked map[string]rollout.Position) {
	t.Helper()
	j, err := filejournal.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := j.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c.At < acked["save"] || c.At > 0 && string(c.State) != string(killEntry(c.At)) {
		t.Fatalf("checkpoint at %d, acknowledged was %d", c.At, acked["save"])
	}
	last := c.At - min(c.At, 1000)
	for record, err := range rollout.Records(t.Context(), j, last) {
		if err != nil {
			t.Fatal(err)
		}
		if last++; record.Position != last || string(record.Data) != string(killEntry(last)) {
			t.Fatalf("entry %d was never appended", record.Position)
		}
	}
	if last < acked["append"] || last != j.Recovery().End {
		t.Fatalf("the journal ends at %d, acknowledged was %d", last, acked["append"])
	}
	acked["append"] = last
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
