// Command gatetable writes docs/gates.md: what the rate gate does, exactly and
// by simulation, beside a raw percentage on the same runs.
//
//	go run ./rollout/internal/gatestat/gatetable > docs/gates.md
//
// With -exact it writes only the part that is computed exactly, and with -rings
// it simulates another number of rings a cell than 20,000.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat/gatesim"
)

func main() {
	rings := flag.Int("rings", 20_000, "simulated rings a cell")
	exact := flag.Bool("exact", false, "only what is computed exactly")
	flag.Parse()
	if *rings < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "gatetable: want -rings of at least 1 and no arguments")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	err := gatesim.WriteExact(out)
	if err == nil && !*exact {
		err = gatesim.WriteSimulated(out, *rings)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gatetable:", err)
		os.Exit(1)
	}
}
