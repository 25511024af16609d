package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// fileList is a flag that may be repeated and may hold several files, separated
// by commas.
type fileList []string

func (l *fileList) String() string { return "" }

func (l *fileList) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			return errors.New("want the name of a file or a folder")
		}
		*l = append(*l, name)
	}
	return nil
}

// spread lets -policy take several files: "-policy a b" becomes "-policy a
// -policy b".
func spread(args []string) []string {
	var out []string
	listing := false
	for _, a := range args {
		switch {
		case strings.HasPrefix(a, "-"):
			listing = a == "-policy" || a == "--policy"
			if !listing {
				out = append(out, a)
			}
		case listing:
			out = append(out, "-policy", a)
		default:
			out = append(out, a)
		}
	}
	if listing && (len(out) == 0 || out[len(out)-1] == "-policy" || args[len(args)-1] == "-policy") {
		out = append(out, "-policy") // the flag package says what is missing
	}
	return out
}

// policyFlags are the flags of every command that reads policies.
type policyFlags struct {
	files fileList
}

func (p *policyFlags) add(f *flag.FlagSet) {
	f.Var(&p.files, "policy", "a policy layer as a JSON `FILE`, or a folder of them; several may follow, and the flag may be repeated")
}

// layers reads the files and their conditions; every fault of every file is in
// the error.
func (p *policyFlags) layers() ([]*schedule.Layer, *conditions, error) {
	if len(p.files) == 0 {
		return nil, nil, errors.New("-policy is missing")
	}
	layers, err := readLayers(p.files)
	c, wrong := readConditions(layers)
	return layers, c, errors.Join(err, wrong)
}

func readLayers(names []string) ([]*schedule.Layer, error) {
	var layers []*schedule.Layer
	var errs []error
	for _, name := range names {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(name, "*.json")); err != nil || len(files) == 0 {
				errs = append(errs, fmt.Errorf("%s: no *.json in this folder", name))
			}
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			l, err := schedule.ParseLayer(file, data)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			layers = append(layers, l)
		}
	}
	return layers, errors.Join(errs...)
}

// complainAll prints every fault that an error joins, a line each.
func complainAll(errs io.Writer, err error) int {
	list := []error{err}
	for i := 0; i < len(list); {
		if joined, ok := list[i].(interface{ Unwrap() []error }); ok && isJoin(list[i]) {
			list = slices.Replace(list, i, i+1, joined.Unwrap()...)
			continue
		}
		i++
	}
	for _, e := range list {
		complain(errs, e)
	}
	return exitUsage
}

// isJoin reports whether an error says nothing but what it joins.
func isJoin(err error) bool {
	var fe *schedule.FieldError
	return !errors.As(err, &fe) || fe.Error() != err.Error()
}

// when reads an instant flag; empty means def.
func when(name, text string, def time.Time) (time.Time, error) {
	if text == "" {
		return def, nil
	}
	return instant("-"+name, text)
}
