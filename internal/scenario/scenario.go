// Package scenario runs the story files that specify decisions: plain text
// that a change manager can read, in which each step is a command with its
// input and the output that is expected of it.
//
//	# A comment explains the step.
//	assess host=web-01
//	patches: DSA-1
//	----
//	DSA-1 needed
//
// A step is a command line (a word and key=value arguments), optional input
// lines, a line of four hyphens, and the expected output up to a blank line.
// Output that holds blank lines itself is fenced by "----" twice in a row on
// both sides. With -update the expected outputs are rewritten in place; the
// difference is then read by a person before it is committed.
package scenario

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expected outputs of scenario files")

const divider = "----"

// Step is one command of a scenario with its input.
type Step struct {
	File  string
	Line  int // of the command, from 1
	Name  string
	Words []string          // what follows the command, as it stands, in order
	Args  map[string]string // key=value words; a bare word is a key with no value
	Input string            // the lines between command and divider, joined by newlines
}

// Run runs every file that matches glob as a sub-test named after it. start is
// called once a file and returns the function that answers its steps in order,
// so no state passes between files. An answer is compared without its trailing
// white space.
func Run(t *testing.T, glob string, start func(t *testing.T) func(t *testing.T, s Step) string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("scenario: no file matches %s (%v)", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			runFile(t, file, start(t))
		})
	}
}

// RunSteps is Run of steps that can fail otherwise than by their answer: an error
// ends the file's test and is reported with its place.
func RunSteps(t *testing.T, glob string, start func() func(s Step) (string, error)) {
	t.Helper()
	Run(t, glob, func(*testing.T) func(*testing.T, Step) string {
		step := start()
		return func(t *testing.T, s Step) string {
			t.Helper()
			out, err := step(s)
			if err != nil {
				t.Fatalf("%s:%d: %v", s.File, s.Line, err)
			}
			return out
		}
	})
}

func runFile(t *testing.T, file string, answer func(t *testing.T, s Step) string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i := 0; i < len(lines); {
		if line := strings.TrimSpace(lines[i]); line == "" || strings.HasPrefix(line, "#") {
			fmt.Fprintln(&out, lines[i])
			i++
			continue
		}
		step, want, next, err := readStep(file, lines, i)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimRight(answer(t, step), " \t\n")
		if got != want && !*update {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, step.Line, lines[i], got, want)
		}
		writeStep(&out, lines[i], step.Input, got)
		i = next
	}
	if *update && out.String() != string(text) {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// readStep reads the step whose command is lines[i] and returns the index of
// the line after it.
func readStep(file string, lines []string, i int) (s Step, want string, next int, err error) {
	words := strings.Fields(lines[i])
	s = Step{File: file, Line: i + 1, Name: words[0], Words: words[1:], Args: map[string]string{}}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		s.Args[key] = value
	}
	start := i + 1
	for i = start; i < len(lines) && lines[i] != divider; i++ {
	}
	if i == len(lines) {
		return s, "", 0, fmt.Errorf("scenario: %s:%d: no %s after the command", file, s.Line, divider)
	}
	s.Input = strings.Join(lines[start:i], "\n")
	i++
	if i < len(lines) && lines[i] == divider { // fenced: up to the next two dividers
		start = i + 1
		for i = start; i+1 < len(lines); i++ {
			if lines[i] == divider && lines[i+1] == divider {
				return s, strings.Join(lines[start:i], "\n"), i + 2, nil
			}
		}
		return s, "", 0, fmt.Errorf("scenario: %s:%d: the fenced output has no end", file, s.Line)
	}
	for start = i; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
	}
	return s, strings.TrimRight(strings.Join(lines[start:i], "\n"), " \t"), i, nil
}

func writeStep(out *strings.Builder, command, input, got string) {
	fmt.Fprintln(out, command)
	if input != "" {
		fmt.Fprintln(out, input)
	}
	fmt.Fprintln(out, divider)
	switch {
	case strings.Contains(got, "\n\n"):
		fmt.Fprintf(out, "%s\n%s\n%s\n%s\n", divider, got, divider, divider)
	case got != "":
		fmt.Fprintln(out, got)
	}
}
