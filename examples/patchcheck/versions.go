package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/examples/internal/cmdline"
)

const versionsUsage = `usage: patchcheck versions -scheme SCHEME <pairs >answers

Compares versions as their own package manager does. Each line of the input is
a JSON object with the versions "a" and "b"; the same object comes back with
"order": -1 if a is older than b, 1 if it is newer, 0 if they are equal. Where a
version is invalid, "error" says so instead; for a line that is no such object
there is {"line","error"}. Other fields are kept, blank lines skipped.

  SCHEME  %s

  echo '{"a":"1.0~rc1","b":"1.0"}' | patchcheck versions -scheme deb
  {"a":"1.0~rc1","b":"1.0","order":-1}

exit status: 0 every line has an order; 2 some have none, or reading or writing
failed
`

// maxPairLine bounds one line of the input, in bytes.
const maxPairLine = 1 << 20

// runVersions is the command "versions"; it returns the exit status.
func runVersions(args []string, in io.Reader, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("patchcheck versions", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var word string
	cmdline.Once(flags, &word, "scheme", "the version order")
	err := cmdline.Explain(flags, flags.Parse(args))
	if errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintf(errOut, versionsUsage, schemeWords())
		return 0
	}
	unanswered := 0
	if err == nil {
		unanswered, err = comparePairs(word, flags.Args(), in, out)
	}
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(errOut, "patchcheck versions: %v\n", err)
		return 2
	case unanswered > 0:
		_, _ = fmt.Fprintf(errOut, "patchcheck versions: no order for %d of the pairs, their \"error\" says why\n", unanswered)
		return 2
	default:
		return 0
	}
}

func schemeWords() string {
	var words []string
	for _, s := range applicability.Schemes() {
		words = append(words, s.String())
	}
	return strings.Join(words, ", ")
}

// comparePairs checks the command line and answers every pair of in. It returns
// how many have no order.
func comparePairs(word string, rest []string, in io.Reader, out io.Writer) (unanswered int, err error) {
	if word == "" {
		return 0, fmt.Errorf("-scheme is missing: want one of %s", schemeWords())
	}
	scheme, err := applicability.ParseScheme(word)
	if err != nil {
		return 0, err
	}
	if len(rest) > 0 {
		return 0, fmt.Errorf("argument %q: the pairs come on standard input", rest[0])
	}
	r, w := bufio.NewReaderSize(in, 64<<10), bufio.NewWriterSize(out, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(r, maxPairLine)
		switch {
		case errors.Is(err, io.EOF):
			return unanswered, w.Flush()
		case err != nil && !errors.Is(err, errLongLine):
			return unanswered, errors.Join(fmt.Errorf("line %d: %w", n, err), w.Flush())
		case err == nil && len(bytes.TrimSpace(line)) == 0:
			continue
		}
		answer, answered := answerPair(scheme, n, line, err)
		if !answered {
			unanswered++
		}
		if _, err := w.Write(answer); err != nil {
			return unanswered, err
		}
		if r.Buffered() == 0 { // before waiting for more
			if err := w.Flush(); err != nil {
				return unanswered, err
			}
		}
	}
}

var errLongLine = fmt.Errorf("more than %d bytes", maxPairLine)

// readLine returns the next line without its end. Of a line past limit it
// returns errLongLine after skipping all of it, so the next can be read.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= limit {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) > limit {
			return nil, errLongLine
		}
		return line, nil
	}
}

// answerPair returns the output line for line n: its object with the order or
// the error put in, or, where it is no pair, an object with its number and the
// error. unread is why the line could not be read, if so.
func answerPair(scheme applicability.Scheme, n int, line []byte, unread error) (answer []byte, answered bool) {
	a, b, err := "", "", unread
	if err == nil {
		a, b, err = readPair(line)
	}
	if err != nil {
		return fmt.Appendf(nil, "{\"line\":%d,\"error\":%s}\n", n, quote(err.Error())), false
	}
	open := bytes.TrimSuffix(bytes.TrimSpace(line), []byte("}"))
	order, err := scheme.Compare(a, b)
	if err != nil {
		return fmt.Appendf(nil, "%s,\"error\":%s}\n", open, quote(err.Error())), false
	}
	return fmt.Appendf(nil, "%s,\"order\":%d}\n", open, order), true
}

// readPair returns the two versions of a line that holds one object.
func readPair(line []byte) (a, b string, err error) {
	if !utf8.Valid(line) {
		return "", "", errors.New("not UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return "", "", fmt.Errorf("no JSON object: %w", err)
	}
	for _, name := range []string{"order", "error"} {
		if _, ok := fields[name]; ok {
			return "", "", fmt.Errorf("field %q: want it absent, it is for the answer", name)
		}
	}
	var pair [2]string
	for i, name := range []string{"a", "b"} {
		if raw := fields[name]; len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &pair[i]) != nil {
			return "", "", fmt.Errorf("field %q: want a version, as a string", name)
		}
	}
	return pair[0], pair[1], nil
}

// quote returns s as a JSON string.
func quote(s string) []byte {
	text, _ := json.Marshal(s) // no string fails
	return text
}
