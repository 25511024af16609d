//go:build linux

package peer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// childArg marks the process that Run starts.
const childArg = "peer-child"

// usage is what the child reports.
type usage struct {
	Nanoseconds int64
	Peak        int64 // bytes
}

// Run runs a program to its end and returns what it wrote. An exit status of
// good says that something was found.
//
// The program is the child of a small process of its own, this program once
// more (see Child): Linux counts the memory of the process that starts another
// among the other's peak.
func Run(name string, cmd *exec.Cmd, good int) (Measured, []byte, error) {
	report, err := os.CreateTemp("", "peer")
	if err != nil {
		return Measured{}, nil, err
	}
	defer os.Remove(report.Name())
	if err := report.Close(); err != nil {
		return Measured{}, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return Measured{}, nil, err
	}
	var out, errOut bytes.Buffer
	cmd.Args = append([]string{self, childArg, report.Name(), cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.Stdout, cmd.Stderr = self, &out, &errOut
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == good {
		err = nil
	}
	if err != nil {
		return Measured{}, nil, fmt.Errorf("%s: %w: %.2000s", name, err, errOut.String())
	}
	text, err := os.ReadFile(report.Name())
	if err != nil {
		return Measured{}, nil, err
	}
	var u usage
	if err := json.Unmarshal(text, &u); err != nil {
		return Measured{}, nil, fmt.Errorf("%s: what it took: %w", name, err)
	}
	return Measured{Name: name, Took: time.Duration(u.Nanoseconds), Peak: u.Peak}, out.Bytes(), nil
}

// Child is what every main that calls Run begins with. In a process that Run
// started it runs the program and ends with its exit status; else it does
// nothing.
func Child() {
	if len(os.Args) < 4 || os.Args[1] != childArg {
		return
	}
	cmd := &exec.Cmd{Path: os.Args[3], Args: os.Args[3:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	begun := time.Now()
	err := cmd.Run()
	u := usage{Nanoseconds: int64(time.Since(begun))}
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	if of, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Peak = of.Maxrss << 10
	}
	text, err := json.Marshal(u)
	if err == nil {
		err = os.WriteFile(os.Args[2], text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}
