package coordinator

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Content keeps bytes by digest: payloads, signed specs, policies, catalogues.
//
// Open returns what is kept under a digest from offset on, in bytes; the caller
// closes it. It returns rollout.ErrNoContent if nothing is, rollout.ErrRefused
// for an offset past the size, and another error if it cannot tell. Put keeps a
// copy of data under a digest in place of what was there, durable when it
// returns nil. What is kept under a sealed message's digest is the envelope, so
// Content does not check digests: whoever uses the bytes does. Both honour ctx
// and are safe for concurrent use.
type Content interface {
	Open(ctx context.Context, digest fettle.Digest, offset int64) (io.ReadCloser, error)
	Put(ctx context.Context, digest fettle.Digest, data []byte) error
}

// ContentMemory is a Content that lasts as long as the value, for tests and for
// programs that hold nothing else. The zero value is empty and ready to use.
type ContentMemory struct {
	mu   sync.RWMutex
	kept map[fettle.Digest][]byte
}

// Put implements Content.
func (m *ContentMemory) Put(ctx context.Context, digest fettle.Digest, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[fettle.Digest][]byte{}
	}
	m.kept[digest] = bytes.Clone(data)
	return nil
}

// Open implements Content.
func (m *ContentMemory) Open(ctx context.Context, digest fettle.Digest, offset int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	data, ok := m.kept[digest]
	m.mu.RUnlock()
	switch {
	case !ok:
		return nil, noContent(digest)
	case offset < 0 || offset > int64(len(data)):
		return nil, badOffset(digest, offset, int64(len(data)))
	}
	return io.NopCloser(bytes.NewReader(data[offset:])), nil
}

func noContent(digest fettle.Digest) error {
	return fmt.Errorf("coordinator: content %.80q: %w", string(digest), rollout.ErrNoContent)
}

func badOffset(digest fettle.Digest, offset, size int64) error {
	return fmt.Errorf("coordinator: content %.80q of %d bytes from offset %d: %w", string(digest), size, offset, rollout.ErrRefused)
}

// ContentFolder is a Content in one folder: a file for each digest, named
// sha256-HEX. Files that are put there by other means are served too.
type ContentFolder struct {
	root    *os.Root
	writing sync.Mutex // held while a file is replaced
}

// OpenContentFolder returns the Content in dir, which it makes if there is none.
func OpenContentFolder(dir string) (*ContentFolder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("coordinator: content folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("coordinator: content folder: %w", err)
	}
	return &ContentFolder{root: root}, nil
}

// Close gives the folder free. What Open returned stays readable.
func (f *ContentFolder) Close() error { return f.root.Close() }

// fileName returns the name of a digest's file; false for what is no digest,
// which can name no file either.
func fileName(digest fettle.Digest) (string, bool) {
	hash, found := strings.CutPrefix(string(digest), "sha256:")
	if raw, err := hex.DecodeString(hash); !found || err != nil || len(raw) != 32 || strings.ToLower(hash) != hash {
		return "", false
	}
	return "sha256-" + hash, true
}

// Open implements Content.
func (f *ContentFolder) Open(ctx context.Context, digest fettle.Digest, offset int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name, ok := fileName(digest)
	if !ok {
		return nil, noContent(digest)
	}
	file, err := f.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noContent(digest)
	}
	if err != nil {
		return nil, fmt.Errorf("coordinator: content: %w", err)
	}
	info, err := file.Stat()
	if err == nil && (offset < 0 || offset > info.Size()) {
		err = badOffset(digest, offset, info.Size())
	}
	if err == nil {
		_, err = file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// Put implements Content: it writes a new file, which takes the place of the old
// one when it is complete and on disk.
func (f *ContentFolder) Put(ctx context.Context, digest fettle.Digest, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, ok := fileName(digest)
	if !ok {
		return fmt.Errorf("coordinator: content under %.80q: want a SHA-256 digest", string(digest))
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	if err := replaceFile(f.root, name, data); err != nil {
		return fmt.Errorf("coordinator: content: %w", err)
	}
	return nil
}

// replaceFile makes data the content of a file, as a whole or not at all.
func replaceFile(root *os.Root, name string, data []byte) error {
	temporary := name + ".new"
	file, err := root.Create(temporary)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err == nil {
		err = syncFolder(root)
	}
	return err
}

// syncFolder makes names durable, where the system can.
func syncFolder(root *os.Root) error {
	if filepath.Separator == '\\' {
		return nil // Windows has no way to sync a folder
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	err = dir.Sync()
	if closed := dir.Close(); err == nil {
		err = closed
	}
	return err
}
