package lists

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/feed"
)

// keys makes the verifiers of the entries, each keyring once.
type keys struct {
	fsys  fs.FS
	etc   string
	build func(keys [][]byte, only []string) (feed.Verifier, error)
	made  map[string]feed.Verifier // by Signed-By
}

// verifier returns what Signed-By asks for: keyring files, fingerprints of keys
// in apt's own keyrings, or a key written out; empty: any key in apt's own.
func (k *keys) verifier(signedBy string) (feed.Verifier, error) {
	if v, ok := k.made[signedBy]; ok {
		return v, nil
	}
	blocks, only, err := k.read(signedBy)
	if err != nil {
		return nil, err
	}
	v, err := k.build(blocks, only)
	if err != nil {
		return nil, err
	}
	k.made[signedBy] = v
	return v, nil
}

func (k *keys) read(signedBy string) (blocks [][]byte, only []string, err error) {
	if strings.Contains(signedBy, "-----BEGIN") {
		return [][]byte{written(signedBy)}, nil, nil
	}
	for _, word := range strings.FieldsFunc(signedBy, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' }) {
		if !strings.HasPrefix(word, "/") {
			only = append(only, word)
			continue
		}
		block, err := readFile(k.fsys, strings.TrimPrefix(path.Clean(word), "/"))
		if err != nil {
			return nil, nil, err
		}
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		blocks, err = k.trusted()
	}
	return blocks, only, err
}

// trusted reads apt's own keyrings: trusted.gpg and trusted.gpg.d.
func (k *keys) trusted() ([][]byte, error) {
	names := []string{path.Join(k.etc, "trusted.gpg")}
	for _, ending := range []string{"*.gpg", "*.asc"} {
		more, err := fs.Glob(k.fsys, path.Join(k.etc, "trusted.gpg.d", ending))
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	var blocks [][]byte
	for _, name := range names {
		block, err := readFile(k.fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// written takes a key out of a field: each line behind its blank, and a lone
// dot for an empty line.
func written(field string) []byte {
	var text strings.Builder
	for line := range strings.Lines(field) {
		line = strings.TrimSpace(line)
		if line == "." {
			line = ""
		}
		text.WriteString(line + "\n")
	}
	return []byte(text.String())
}
