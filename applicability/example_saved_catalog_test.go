package applicability_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// How is a catalogue compiled once and used in many short runs?
func ExampleOpenSaved() {
	compiled, _ := applicability.Compile([]applicability.Patch{{
		ID: "DSA-1", Target: applicability.MustParse("deb:bash"), Installed: applicability.MustParse("deb:bash >= 5.2"),
	}}, nil)
	var file bytes.Buffer
	if err := compiled.Save(&file, []byte("of 1 November")); err != nil {
		fmt.Println(err)
	}

	catalog, problems, err := applicability.OpenSaved(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	host := &inventory.Record{Version: inventory.RecordVersion}
	host.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	host.Snapshot.Packages = []inventory.Package{{Type: "deb", Name: "bash", Version: "5.1", Source: "bash"}}
	for _, f := range catalog.Assess(host, time.Time{}).Findings {
		fmt.Println(catalog.ID(int(f.Patch)), f.Verdict)
	}
	fmt.Printf("%s, %d problems, damage: %v\n", catalog.Note(), len(problems), catalog.Damage())
	// Output:
	// DSA-1 needed
	// of 1 November, 0 problems, damage: <nil>
}
