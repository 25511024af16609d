package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fettle-dev/fettle/internal/oracle"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	long := `{"a":"1","b":"` + strings.Repeat("1", maxPairLine) + `"}`
	for name, c := range map[string]struct {
		args    string
		in      string
		out     string
		errOut  string // a part of it
		want    int
		exactly bool // errOut is all of it
	}{
		"answers":            {"-scheme deb", "{\"a\":\"1.0~rc1\",\"b\":\"1.0\"}\n{\"a\":\"2\",\"b\":\"1\"}\n{\"a\":\"1\",\"b\":\"1-0\"}\n", "{\"a\":\"1.0~rc1\",\"b\":\"1.0\",\"order\":-1}\n{\"a\":\"2\",\"b\":\"1\",\"order\":1}\n{\"a\":\"1\",\"b\":\"1-0\",\"order\":0}\n", "", 0, true},
		"keeps other fields": {"-scheme=semver", ` { "id" : 7, "b":"1.10.0" ,"a":"v1.9" } ` + "\r\n\r\n", ` "id" : 7`, "", 0, true},
		"no input":           {"-scheme rpm", "", "", "", 0, true},
		"no last newline":    {"-scheme rpm", `{"a":"1-1","b":"1-2"}`, `{"a":"1-1","b":"1-2","order":-1}` + "\n", "", 0, true},
		"escapes":            {"-scheme pe", `{"a":"1\u002e2","b":"1.2"}`, `{"a":"1\u002e2","b":"1.2","order":0}` + "\n", "", 0, true},
		"invalid version": {
			"-scheme rpm", "{\"a\":\"1-1\",\"b\":\"(none):1-1\"}\n{\"a\":\"1\",\"b\":\"1\"}\n",
			`{"a":"1-1","b":"(none):1-1","error":"applicability: invalid version: rpm version \"(none):1-1\": byte 0: want a number as the epoch before the colon"}` + "\n" + `{"a":"1","b":"1","order":0}` + "\n",
			"no order for 1 of the pairs", 2, false,
		},
		"not JSON":       {"-scheme deb", "\n1.0 1.1\n", `{"line":2,"error":"no JSON object: `, "no order for 1", 2, false},
		"an array":       {"-scheme deb", `["1","2"]`, `{"line":1,"error":"no JSON object: `, "no order for 1", 2, false},
		"null":           {"-scheme deb", `null`, `{"line":1,"error":"field \"a\": want a version, as a string"}`, "no order for 1", 2, false},
		"truncated":      {"-scheme deb", `{"a":"1","b":"2"`, `{"line":1,"error":"no JSON object: unexpected end`, "no order for 1", 2, false},
		"no b":           {"-scheme deb", `{"a":"1","B":"2"}`, `{"line":1,"error":"field \"b\": want a version, as a string"}`, "no order for 1", 2, false},
		"a number":       {"-scheme deb", `{"a":1.10,"b":"2"}`, `{"line":1,"error":"field \"a\": want a version, as a string"}`, "no order for 1", 2, false},
		"an answer":      {"-scheme deb", `{"a":"1","b":"2","order":1}`, `{"line":1,"error":"field \"order\": want it absent, it is for the answer"}`, "no order for 1", 2, false},
		"not UTF-8":      {"-scheme text", "{\"a\":\"\xff\",\"b\":\"2\"}", `{"line":1,"error":"not UTF-8"}`, "no order for 1", 2, false},
		"a long line":    {"-scheme pe", long + "\n" + `{"a":"1","b":"1"}`, `{"line":1,"error":"more than 1048576 bytes"}` + "\n" + `{"a":"1","b":"1","order":0}` + "\n", "no order for 1", 2, false},
		"no scheme":      {"", "", "", "-scheme is missing: want one of deb, rpm, apk,", 2, false},
		"unknown scheme": {"-scheme dpkg", "", "", `"dpkg": want one of deb, rpm, apk,`, 2, false},
		"unknown flag":   {"-sheme deb", "", "", "there is no flag -sheme; there is -scheme", 2, false},
		"an argument":    {"-scheme deb 1.0 1.1", "", "", `argument "1.0": the pairs come on standard input`, 2, false},
		"help":           {"-h", "", "", "usage: patchcheck versions -scheme SCHEME", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			status := runVersions(strings.Fields(c.args), iotest.OneByteReader(strings.NewReader(c.in)), &out, &errOut)
			if status != c.want {
				t.Errorf("status %d, want %d", status, c.want)
			}
			if !strings.Contains(out.String(), c.out) || c.out == "" && out.Len() > 0 {
				t.Errorf("output\n%s\nwant\n%s", &out, c.out)
			}
			if !strings.Contains(errOut.String(), c.errOut) || c.exactly && errOut.String() != c.errOut {
				t.Errorf("standard error\n%s\nwant\n%s", &errOut, c.errOut)
			}
			for line := range strings.Lines(out.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("output line is no JSON: %s", line)
				}
			}
		})
	}
}

// TestVersionsOracle runs the recorded answers of the package managers through
// the command as a user would.
func TestVersionsOracle(t *testing.T) {
	t.Parallel()
	for scheme, file := range map[string]string{
		"deb": "dpkg-compare", "rpm": "rpm-evr-compare", "apk": "apk-compare", "pep440": "pep440-compare", "semver": "semver-compare",
	} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			in := oracle.Read(t, "oracles/"+file+".jsonl")
			var out, errOut bytes.Buffer
			if status := runVersions([]string{"-scheme", scheme}, bytes.NewReader(in), &out, &errOut); status != 0 {
				t.Fatalf("status %d: %s", status, &errOut)
			}
			if got, want := bytes.Count(out.Bytes(), []byte("\n")), bytes.Count(in, []byte("\n")); got != want {
				t.Fatalf("%d lines, want %d", got, want)
			}
			for line := range bytes.Lines(out.Bytes()) {
				var c struct{ Expected, Order *int }
				if err := json.Unmarshal(line, &c); err != nil || c.Expected == nil || c.Order == nil || *c.Expected != *c.Order {
					t.Errorf("%s (%v)", line, err)
				}
			}
		})
	}
}

// TestVersionsAnswersAtOnce: a program that sends one pair and waits for its
// answer gets it.
func TestVersionsAnswersAtOnce(t *testing.T) {
	t.Parallel()
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan int)
	go func() { done <- runVersions([]string{"-scheme", "deb"}, in, out, io.Discard) }()
	for range 3 {
		if _, err := io.WriteString(ask, `{"a":"1","b":"2"}`+"\n"); err != nil {
			t.Fatal(err)
		}
		const want = `{"a":"1","b":"2","order":-1}` + "\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(answers, got); err != nil || string(got) != want {
			t.Fatalf("%s, %v", got, err)
		}
	}
	_ = ask.Close()
	if status := <-done; status != 0 {
		t.Errorf("status %d", status)
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestVersionsFailingStreams(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	in := strings.NewReader(`{"a":"1","b":"2"}`)
	if status := runVersions([]string{"-scheme", "deb"}, in, closedPipe{}, &errOut); status != 2 || !strings.Contains(errOut.String(), io.ErrClosedPipe.Error()) {
		t.Errorf("closed output: status %d, %s", status, &errOut)
	}
	errOut.Reset()
	broken := io.MultiReader(strings.NewReader(`{"a":"1","b":"2"}`+"\n"), iotest.ErrReader(errors.New("disk on fire")))
	var out bytes.Buffer
	if status := runVersions([]string{"-scheme", "deb"}, broken, &out, &errOut); status != 2 || !strings.Contains(errOut.String(), "line 2: disk on fire") || out.Len() == 0 {
		t.Errorf("failing input: status %d, %s%s", status, &out, &errOut)
	}
}
