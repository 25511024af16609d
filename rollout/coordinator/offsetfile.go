package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/rollout"
)

// offsetFile keeps a position in a file of its own: a decimal number and a line
// feed.
type offsetFile string

func (f offsetFile) load() (rollout.Position, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("coordinator: offset file: %w", err)
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(string(text), "\n"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("coordinator: offset file %s: %.40q: want the position of the last entry, a number", f, text)
	}
	return rollout.Position(n), nil
}

func (f offsetFile) save(at rollout.Position) error {
	root, err := os.OpenRoot(filepath.Dir(string(f)))
	if err != nil {
		return fmt.Errorf("coordinator: offset file: %w", err)
	}
	defer root.Close()
	if err := replaceFile(root, filepath.Base(string(f)), strconv.AppendUint(nil, uint64(at), 10)); err != nil {
		return fmt.Errorf("coordinator: offset file: %w", err)
	}
	return nil
}
