package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// maxSmall bounds what is read of files of a line or a few, in bytes.
const maxSmall = 1 << 20

// readSmall reads a file of at most maxSmall bytes.
func readSmall(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSmall {
		return "", fmt.Errorf("%s: %w: more than %d bytes", name, inventory.ErrTooLarge, maxSmall)
	}
	return string(content), nil
}

// line reads a file of one line; what cannot be read is empty.
func (t *tree) line(name string) string {
	text, err := readSmall(t.fsys, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.problem("%w", err)
		}
		return ""
	}
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSpace(text)
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// maxOutput bounds the output of a program, in bytes.
const maxOutput = 64 << 20

// limited keeps what is written to it up to a limit and then fails, which ends
// the program that writes.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.most {
		return 0, fmt.Errorf("%w: more than %d bytes of output", inventory.ErrTooLarge, l.most)
	}
	return l.Buffer.Write(p)
}

// head keeps the first bytes of what is written to it and swallows the rest.
type head struct {
	bytes.Buffer
	most int
}

func (h *head) Write(p []byte) (int, error) {
	if room := h.most - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// run runs a program in the C locale and returns its output; the error holds
// the beginning of what it wrote to standard error.
func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C", "LANGUAGE=")
	out, wrong := &limited{most: maxOutput}, &head{most: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, wrong
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if message := strings.TrimSpace(wrong.String()); message != "" {
			return nil, fmt.Errorf("%s: %w: %s", name, err, message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out.Bytes(), nil
}
