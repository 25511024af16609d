// Package shown keeps a page honest: what it shows of a program is what the program
// prints.
package shown

import (
	"os"
	"strings"
	"testing"
)

const fence = "```"

// Page runs the commands of a Markdown page, relative to the root of the repository,
// that begin with "$ go run ./examples/PROGRAM": each stands in the first line of a
// block, and what the program prints below it. call runs the program. With update
// the page is written anew. The working folder is the root meanwhile, so a test that
// calls it runs by itself.
func Page(t *testing.T, page, program string, update bool, call func(args ...string) string) {
	t.Helper()
	t.Chdir("../..")
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	seen := 0
	for rest := string(data); rest != ""; {
		before, block, found := strings.Cut(rest, fence)
		block, after, closed := strings.Cut(block, fence)
		if out.WriteString(before); !found || !closed {
			break
		}
		head, printed, _ := strings.Cut(block, "\n") // the block's language
		command, printed, _ := strings.Cut(printed, "\n")
		if args, ok := strings.CutPrefix(command, "$ go run ./examples/"+program+" "); ok {
			seen++
			got := call(words(args)...)
			if got != printed && !update {
				t.Errorf("%s shows of %q\n%s\nand it prints\n%s", page, command, printed, got)
			}
			block = head + "\n" + command + "\n" + got
		}
		out.WriteString(fence + block + fence)
		rest = after
	}
	if seen == 0 {
		t.Errorf("%s has no command of %s", page, program)
	}
	if update {
		if err := os.WriteFile(page, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// words parts a command line as a shell does, as far as the pages need it: at
// spaces, but not within quotation marks.
func words(line string) (list []string) {
	var word strings.Builder
	quote := rune(0)
	for _, r := range line + " " {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if word.Len() > 0 {
				list = append(list, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	return list
}
