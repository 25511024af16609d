package coordinator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fettle-dev/fettle/rollout"
)

// appendLine appends a record's line: {"position":7,"entry":{...}}. The entry is
// as it is in the journal, byte for byte, where that is one line of JSON, as
// every entry of the core is; else it stands in base64 under "data".
func appendLine(b []byte, r rollout.Record) []byte {
	b = fmt.Appendf(b, `{"position":%d,`, r.Position)
	if json.Valid(r.Data) && !bytes.ContainsAny(r.Data, "\r\n") {
		b = append(append(b, `"entry":`...), r.Data...)
	} else {
		data, err := json.Marshal(r.Data)
		if err != nil {
			return b // bytes can always be written
		}
		b = append(append(b, `"data":`...), data...)
	}
	return append(b, "}\n"...)
}

// LinesTo is an EventSink that writes the entries after a position to w, a JSON
// object a line: {"position":7,"entry":{...}}. What w takes is taken for durable,
// and where it is after a restart only the caller knows; Lines keeps that itself.
func LinesTo(w io.Writer, after rollout.Position) EventSink { return &lineWriter{w, after} }

type lineWriter struct {
	w  io.Writer
	at rollout.Position
}

func (l *lineWriter) Resume(context.Context) (rollout.Position, error) { return l.at, nil }

func (l *lineWriter) Emit(ctx context.Context, records []rollout.Record) error {
	for _, r := range records {
		if r.Position <= l.at {
			continue // written before a later one failed
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := l.w.Write(appendLine(nil, r)); err != nil {
			return err
		}
		l.at = r.Position
	}
	return nil
}

// Lines is an EventSink that appends the entries to a file, as LinesTo writes
// them, and keeps the position in a second file beside it, named like it with
// ".offset" at the end. The file may be moved away at any time (log rotation):
// the next Emit begins a new one. Make it with NewLines.
type Lines struct {
	path   string
	offset offsetFile
}

// NewLines returns the sink that appends to the file at path. Nothing is opened
// before it is used.
func NewLines(path string) (*Lines, error) {
	if path == "" {
		return nil, errors.New("coordinator: JSON lines: the path is empty")
	}
	return &Lines{path: path, offset: offsetFile(path + ".offset")}, nil
}

// Resume implements EventSink. A line that a crash has torn is cut off.
func (l *Lines) Resume(context.Context) (rollout.Position, error) {
	if err := l.mend(); err != nil {
		return 0, fmt.Errorf("coordinator: JSON lines: %w", err)
	}
	return l.offset.load()
}

// mend cuts the file after its last line feed.
func (l *Lines) mend() error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	const step = 64 << 10
	for end := info.Size(); end > 0; {
		from := max(end-step, 0)
		part := make([]byte, end-from)
		if _, err := file.ReadAt(part, from); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return file.Truncate(from + int64(i) + 1)
		}
		end = from
	}
	return file.Truncate(0)
}

// Emit implements EventSink: the lines are on disk, then the position is.
func (l *Lines) Emit(ctx context.Context, records []rollout.Record) error {
	if err := ctx.Err(); err != nil || len(records) == 0 {
		return err
	}
	var text []byte
	for _, r := range records {
		text = appendLine(text, r)
	}
	if err := l.write(text); err != nil {
		return errors.Join(fmt.Errorf("coordinator: JSON lines: %w", err), l.mend())
	}
	return l.offset.save(records[len(records)-1].Position)
}

func (l *Lines) write(text []byte) error {
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
