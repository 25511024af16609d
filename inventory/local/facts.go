package local

import (
	"context"
	"errors"
	"io/fs"
	"strings"
)

// The facts that this package knows by name.
const (
	FactBIOSVersion = "dmi.biosVersion"
	FactBIOSDate    = "dmi.biosDate"
	FactVendor      = "dmi.vendor"
	FactProduct     = "dmi.product"
)

// dmi are the facts that the firmware tells, by the files of sysfs.
var dmi = map[string]string{
	FactBIOSVersion: "sys/class/dmi/id/bios_version",
	FactBIOSDate:    "sys/class/dmi/id/bios_date",
	FactVendor:      "sys/class/dmi/id/sys_vendor",
	FactProduct:     "sys/class/dmi/id/product_name",
}

// facts reads the wanted facts that it knows; others stay unknown.
func (t *tree) facts(context.Context) {
	for _, name := range t.needs.Facts {
		file, known := dmi[name]
		if !known {
			continue
		}
		text, err := readSmall(t.fsys, file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.problem("fact %s: %w", name, err)
			continue
		}
		t.Snapshot.Scope.Facts = append(t.Snapshot.Scope.Facts, name)
		if err != nil {
			continue
		}
		if t.Snapshot.Facts == nil {
			t.Snapshot.Facts = make(map[string]string)
		}
		t.Snapshot.Facts[name] = strings.TrimSpace(strings.ToValidUTF8(text, "?"))
	}
}
