package lint_test

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/inventory"
)

// What does this catalogue say that it cannot mean?
func ExampleCheck() {
	patches := []applicability.Patch{{
		ID:        "OPENSSL-FIX",
		Target:    applicability.MustParse("deb:openssl < 3.0.11"), // should ask for its presence only
		Installed: applicability.MustParse("not some deb:openssl < 3.0.11"),
	}}
	catalog, problems := applicability.Compile(patches, nil)
	for _, f := range lint.Check(catalog, problems, nil).Findings {
		fmt.Println(f.Grade, f.Code, f.Field)
		fmt.Print(lint.WitnessText(f.Witness))
	}
	// Output:
	// fault target-reads-installed target
	// os family=linux
	// package deb:openssl 3.0.10 amd64, source openssl
}

// Would this installer take a fix off our hosts?
func ExampleDowngrades() {
	const shared = `C:\Windows\System32\shared.dll`
	manifest, err := lint.ReadManifest(strings.NewReader(`{
		"product": "Ledger 7",
		"files": [{"folder": "System", "path": "shared.dll", "version": "5.1.0.0"}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	catalog, _ := applicability.Compile([]applicability.Patch{{
		ID:        "KB500",
		Target:    applicability.MustParse(`file in folder System "shared.dll"`),
		Installed: applicability.MustParse(`file in folder System "shared.dll" version >= 5.2`),
	}}, nil)
	base := &inventory.Record{Host: inventory.Host{ID: "base-build"}, Snapshot: inventory.Snapshot{
		OS:      inventory.OS{Family: "windows"},
		Folders: map[string]string{"System": `C:\Windows\System32`},
		Files:   []inventory.File{{Path: shared, FileVersion: "5.2.0.9", Versioned: fettle.Yes}},
		Scope:   inventory.Scope{Files: []string{shared}},
	}}
	check, err := lint.Downgrades(manifest, catalog, one(base), time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range check.Downgrades {
		fmt.Println(d)
	}
	// Output:
	// this installer would replace C:\Windows\System32\shared.dll 5.2.0.9 by 5.1.0.0 on 1 hosts (base-build), taking off [KB500]
}

func one(records ...*inventory.Record) iter.Seq2[*inventory.Record, error] {
	return func(yield func(*inventory.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}
