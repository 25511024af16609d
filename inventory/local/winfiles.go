package local

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// files looks at the files that are wanted. Paths on other machines (\\server)
// are not looked at.
func (d *desktop) files(ctx context.Context) {
	for _, need := range d.needs.Files {
		if ctx.Err() != nil {
			return
		}
		full, there := d.place(need)
		if there != fettle.Yes { // no such folder, or nobody knows
			continue
		}
		letter, name, ok := splitDrive(full)
		if err := inventory.CheckPath(full); err != nil || !ok {
			d.problem("file %.80q: not a path on a drive, as in C:\\folder\\file", full)
			continue
		}
		d.file(ctx, need, full, letter, name)
	}
}

// place returns the path or pattern that a need stands for on this host.
func (d *desktop) place(need inventory.FileNeed) (string, fettle.Truth) {
	s := &d.Snapshot
	switch {
	case need.Folder != "":
		folder, there := s.Folder(need.Folder)
		return join(folder, need.Path), there
	case need.From != nil:
		if len(need.From.Values) != 1 {
			d.problem("file %.80q: its registry key names %d values, want one", need.Path, len(need.From.Values))
			return "", fettle.Unknown
		}
		s.Sort() // as look-ups need
		value, there := s.RegistryValue(need.From.Key, need.From.View, need.From.Values[0])
		if there != fettle.Yes {
			return "", there
		}
		folder, ok := d.expandVariable(value)
		if !ok {
			d.problem("file %.80q: the registry value %s %s holds no folder", need.Path, need.From.Key, value.Name)
			return "", fettle.Unknown
		}
		return join(folder, need.Path), fettle.Yes
	default:
		return need.Path, fettle.Yes
	}
}

func join(folder, name string) string {
	return strings.TrimRight(folder, `/\`) + `\` + strings.TrimLeft(name, `/\`)
}

// expandVariable returns the folder that a value holds. Of the variables of a
// REG_EXPAND_SZ a known folder at the beginning can be told; it is entered, so
// that whoever reads the snapshot can tell it too.
func (d *desktop) expandVariable(v inventory.RegistryValue) (string, bool) {
	if len(v.Data) != 1 || v.Type != inventory.RegString && v.Type != inventory.RegExpand {
		return "", false
	}
	text := strings.Trim(v.Data[0], `"`)
	if v.Type == inventory.RegString || !strings.Contains(text, "%") {
		return text, text != ""
	}
	before, rest, _ := strings.Cut(text, "%")
	name, rest, ok := strings.Cut(rest, "%")
	if !ok || before != "" || strings.Contains(rest, "%") {
		return "", false
	}
	if strings.EqualFold(name, "SystemRoot") || strings.EqualFold(name, "windir") {
		name = "Windows"
	}
	d.folder(name)
	folder, there := d.Snapshot.Folder(name)
	return folder + rest, there == fettle.Yes
}

// splitDrive parts C:\folder\file into the drive's letter and folder/file.
func splitDrive(full string) (letter, name string, ok bool) {
	full = strings.ReplaceAll(full, "/", `\`)
	if len(full) < 4 || full[1:3] != `:\` || strings.Trim(strings.ToUpper(full[:1]), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", "", false
	}
	return strings.ToUpper(full[:1]), path.Clean(strings.ReplaceAll(full[3:], `\`, "/")), true
}

func (d *desktop) file(ctx context.Context, need inventory.FileNeed, full, letter, name string) {
	volume := d.machine.volume(letter)
	found, err := matches(volume, name, true)
	if err != nil {
		d.problem("file %s: %w", full, err)
		return
	}
	for _, name := range found {
		info, err := fs.Stat(volume, name)
		if absent(err) {
			continue
		}
		shown := letter + `:\` + strings.ReplaceAll(name, "/", `\`)
		if err != nil {
			d.problem("file %s: %w", shown, err)
			return
		}
		err = addFile(ctx, &d.Snapshot, fileIn{volume, name, shown, info}, need)
		if err != nil {
			d.problem("file %s: %w", shown, err)
		}
	}
	d.Snapshot.Scope.Files = append(d.Snapshot.Scope.Files, full)
}
