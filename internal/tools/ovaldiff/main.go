//go:build linux

// Command ovaldiff compares results: of OVAL definitions and tests on this
// machine, as feed/oval gives them from what inventory/local observes, and as
// oscap gives them. It fails where they differ.
//
//	go run ./internal/tools/ovaldiff [-oscap oscap] [-known] FILE...
//	go run ./internal/tools/ovaldiff [-oscap oscap] [-documents 50] [-seed 1]
//
// The first form reads documents, or data streams whose parts are documents.
// The second makes up documents about made-up files and packages, the same for
// the same seed. oscap comes from the Debian package openscap-scanner.
//
// What feed/oval refuses is counted and not compared. Where it says unknown and
// oscap more, the inventory does not hold what is asked for; -known takes that
// for a difference, too. The made-up documents ask only for what inventories
// hold, and -known is set for them.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
)

func main() {
	oscap := flag.String("oscap", "oscap", "the oscap `program`")
	known := flag.Bool("known", false, "an unknown is a difference, too")
	documents := flag.Int("documents", 50, "how many documents to make up, where no file is given")
	seed := flag.Uint64("seed", 1, "of what is made up")
	keep := flag.String("keep", "", "`folder` for made-up documents in which results differ")
	flag.Parse()
	c := comparison{oscap: *oscap, known: *known, counts: map[string]int{}, keep: *keep}
	var err error
	if flag.NArg() > 0 {
		err = c.files(context.Background(), flag.Args())
	} else {
		c.known = true
		err = c.madeUp(context.Background(), *documents, *seed)
	}
	for _, name := range slices.Sorted(maps.Keys(c.counts)) {
		fmt.Printf("%7d %s\n", c.counts[name], name)
	}
	if err == nil && c.differences > 0 {
		err = fmt.Errorf("%d results differ", c.differences)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ovaldiff:", err)
		os.Exit(1)
	}
}
