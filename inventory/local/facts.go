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

// dmi gives the file of sysfs in which the firmware tells a fact.
func dmi(fact string) (file string, known bool) {
	switch fact {
	case FactBIOSVersion:
		return "sys/class/dmi/id/bios_version", true
	case FactBIOSDate:
		return "sys/class/dmi/id/bios_date", true
	case FactVendor:
		return "sys/class/dmi/id/sys_vendor", true
	case FactProduct:
		return "sys/class/dmi/id/product_name", true
	default:
		return "", false
	}
}

// facts reads the wanted facts that it knows; others stay unknown.
func (t *tree) facts(context.Context) {
	for _, name := range t.needs.Facts {
		file, known := dmi(name)
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
