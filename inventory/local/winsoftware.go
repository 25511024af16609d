package local

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

// keyUserData is where Windows Installer keeps its products, by the security
// id of who they are installed for; S-1-5-18 is for all.
const keyUserData = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\UserData`

// products reads the products and patches of Windows Installer.
func (d *desktop) products(context.Context) {
	if !d.needs.Products {
		return
	}
	keys, err := d.expandKey(keyUserData+`\*\Products\*`, inventory.View64)
	if err != nil {
		d.problem("products: %w", err)
		return
	}
	complete := true
	seen := make(map[string]bool)
	for _, key := range keys {
		code, ok := unpackGUID(key[strings.LastIndexByte(key, '\\')+1:])
		if !ok || seen[code] {
			continue
		}
		seen[code] = true
		product, err := d.product(key, code)
		if err != nil {
			d.problem("product %s: %w", code, err)
			complete = false
			continue
		}
		d.Snapshot.Products = append(d.Snapshot.Products, product)
	}
	d.Snapshot.Scope.Products = complete
}

func (d *desktop) product(key, code string) (inventory.Product, error) {
	properties, err := d.machine.key(key+`\InstallProperties`, inventory.View64)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inventory.Product{}, err
	}
	p := inventory.Product{
		Code: code, Name: properties.text("DisplayName"), Version: properties.text("DisplayVersion"), Publisher: properties.text("Publisher"),
	}
	patches, err := d.machine.key(key+`\Patches`, inventory.View64)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inventory.Product{}, err
	}
	for _, packed := range patches.subkeys {
		patch, ok := unpackGUID(packed)
		if !ok {
			continue
		}
		raw, err := d.machine.key(key+`\Patches\`+packed, inventory.View64)
		if err != nil {
			return inventory.Product{}, err
		}
		p.Patches = append(p.Patches, inventory.ProductPatch{Code: patch, Name: raw.text("DisplayName"), State: patchState(raw.text("State"))})
	}
	return p, nil
}

// patchState names MSIPATCHSTATE (MsiGetPatchInfoEx).
func patchState(state string) string {
	return map[string]string{"1": "applied", "2": "superseded", "4": "obsoleted"}[state]
}

// unpackGUID turns the form in which Windows Installer stores a product code
// into {AC76BA86-7AD7-1033-7B44-AC0F074E4100}: the digits of the first three
// groups are reversed, those of the others swapped in pairs.
func unpackGUID(packed string) (string, bool) {
	const digits = 32
	if len(packed) != digits || strings.Trim(packed, "0123456789abcdefABCDEF") != "" {
		return "", false
	}
	var out strings.Builder
	out.WriteByte('{')
	for i, length := range []int{8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2} {
		group := []byte(packed[:length])
		packed = packed[length:]
		slices.Reverse(group)
		out.Write(group)
		if i < 3 || i == 4 { // after 8, 4, 4 and 4 digits
			out.WriteByte('-')
		}
	}
	out.WriteByte('}')
	return strings.ToUpper(out.String()), true
}

// listHotfixes asks Windows Management for the installed updates, as a table
// that windows.ParseHotfixes reads.
const listHotfixes = `$ErrorActionPreference='Stop'; [Console]::OutputEncoding=[Text.Encoding]::UTF8; 'HotFixID            InstalledOn         Description'; ` +
	`$list = if (Get-Command Get-CimInstance -ErrorAction SilentlyContinue) { Get-CimInstance Win32_QuickFixEngineering } else { Get-WmiObject Win32_QuickFixEngineering }; ` + // Windows 7 has only the second
	`$list | ForEach-Object { $on=''; if ($_.InstalledOn) { $on=([datetime]$_.InstalledOn).ToString('yyyyMMdd') }; ` +
	`'{0,-20}{1,-20}{2}' -f $_.HotFixID,$on,$_.Description }`

// hotfixes lists the installed updates.
func (d *desktop) hotfixes(ctx context.Context) {
	if !d.needs.Hotfixes {
		return
	}
	out, err := d.run(ctx, "powershell.exe", "-NoProfile", "-NonInteractive", "-Command", listHotfixes)
	if err != nil {
		d.problem("updates: %w", err)
		return
	}
	s, report, err := windows.ParseHotfixes(bytes.NewReader(out), "Win32_QuickFixEngineering")
	if errors.Is(err, inventory.ErrEmpty) && bytes.Contains(out, []byte("HotFixID")) { // a new system has none
		d.Snapshot.Scope.Hotfixes = true
		return
	}
	if err != nil {
		d.problem("updates: %w", err)
		return
	}
	d.Reports["hotfix"] = report
	d.Snapshot.Hotfixes, d.Snapshot.Scope.Hotfixes = s.Hotfixes, s.Scope.Hotfixes
}

const keyServices = `HKLM\SYSTEM\CurrentControlSet\Services`

// services lists the services with how they start, and their states.
func (d *desktop) services(context.Context) {
	if len(d.needs.Services) == 0 {
		return
	}
	states, err := d.machine.services()
	if err != nil {
		d.problem("%w", err)
		return
	}
	every := slices.Contains(d.needs.Services, "*")
	for name, state := range states {
		wanted := every || slices.ContainsFunc(d.needs.Services, func(n string) bool { return strings.EqualFold(n, name) })
		if !wanted {
			continue
		}
		raw, _ := d.read(keyServices + `\` + name)
		d.Snapshot.Services = append(d.Snapshot.Services, inventory.Service{
			Name: name, State: windowsState(state), Start: map[string]string{"2": "auto", "3": "manual", "4": "disabled"}[raw.text("Start")],
		})
	}
	d.Snapshot.Scope.Services = slices.Clone(d.needs.Services)
}

// windowsState names the states of winsvc.h.
func windowsState(state uint32) string {
	names := []string{"", "stopped", "starting", "stopping", "running", "continuing", "pausing", "paused"}
	if int(state) < len(names) {
		return names[state]
	}
	return ""
}

const (
	keySession = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`
	keyCBS     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	keyUpdate  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
	keyNames   = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName`
	keyLogon   = `HKLM\SYSTEM\CurrentControlSet\Services\Netlogon`
)

// evidence gathers what speaks for a pending restart.
func (d *desktop) evidence(context.Context) {
	wants := func(e inventory.Evidence) bool { return slices.Contains(d.needs.Evidence, e) }
	before := len(d.Problems)
	look := func(e inventory.Evidence, read func()) {
		if !wants(e) {
			return
		}
		if read(); len(d.Problems) == before { // all of it could be read
			d.Snapshot.Scope.Evidence = append(d.Snapshot.Scope.Evidence, e)
		}
		before = len(d.Problems)
	}
	look(inventory.EvidenceRenames, d.renames)
	look(inventory.EvidenceComponents, d.components)
	look(inventory.EvidenceMarks, d.marks)
}

// renames reads the pairs of paths that the next boot will move. The second is
// empty where the first is deleted, and begins with ! where it may be replaced
// (MoveFileEx, MOVEFILE_DELAY_UNTIL_REBOOT).
func (d *desktop) renames() {
	raw, ok := d.read(keySession)
	if !ok {
		return
	}
	for _, name := range []string{"PendingFileRenameOperations", "PendingFileRenameOperations2"} {
		pairs := raw.list(name)
		for len(pairs) > 0 {
			r := inventory.PendingRename{From: plainWindowsPath(pairs[0])}
			if len(pairs) > 1 {
				r.To = plainWindowsPath(strings.TrimPrefix(pairs[1], "!"))
			}
			if r.From != "" {
				d.Snapshot.Restart.Renames = append(d.Snapshot.Restart.Renames, r)
			}
			pairs = pairs[min(2, len(pairs)):]
		}
	}
}

// plainWindowsPath takes the native prefix off: \??\C:\a.
func plainWindowsPath(p string) string { return strings.TrimPrefix(p, `\??\`) }

// waitsForBoot tells the states of a component's package that do: 5 is uninstall
// pending, 96 install pending (Microsoft, "CBS Servicing States Chart").
func waitsForBoot(state string) bool { return state == "5" || state == "96" }

// components reads what component based servicing has staged.
func (d *desktop) components() {
	for key, mark := range map[string]string{`\RebootPending`: inventory.MarkCBSPending, `\RebootInProgress`: inventory.MarkCBSInProgress} {
		if _, ok := d.read(keyCBS + key); ok {
			d.mark(mark)
		}
	}
	raw, ok := d.read(keyCBS + `\Packages`)
	if !ok {
		return
	}
	for _, name := range raw.subkeys {
		if !strings.HasPrefix(name, "Package_") { // parts of Windows itself
			continue
		}
		if p, ok := d.read(keyCBS + `\Packages\` + name); ok && waitsForBoot(p.text("CurrentState")) {
			d.Snapshot.Restart.Components = append(d.Snapshot.Restart.Components, name)
		}
	}
}

// marks reads the other signs.
func (d *desktop) marks() {
	if _, ok := d.read(keyUpdate + `\RebootRequired`); ok {
		d.mark(inventory.MarkUpdateRequired)
	}
	active, known := d.read(keyNames + `\ActiveComputerName`)
	next, alsoKnown := d.read(keyNames + `\ComputerName`)
	if known && alsoKnown && !strings.EqualFold(active.text("ComputerName"), next.text("ComputerName")) {
		d.mark(inventory.MarkHostRename)
	}
	if logon, ok := d.read(keyLogon); ok {
		for _, sub := range logon.subkeys {
			if sub == "JoinDomain" || sub == "AvoidSpnSet" {
				d.mark(inventory.MarkDomainJoin)
			}
		}
	}
}

func (d *desktop) mark(m string) {
	if !slices.Contains(d.Snapshot.Restart.Marks, m) {
		d.Snapshot.Restart.Marks = append(d.Snapshot.Restart.Marks, m)
	}
}
