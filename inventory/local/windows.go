package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

// windowsMachine is what a running Windows is asked; the rest of the collector
// works on its answers, wherever they come from.
type windowsMachine interface {
	// key returns a registry key; an error that wraps fs.ErrNotExist means that
	// there is none.
	key(key string, view inventory.View) (rawKey, error)
	// volume returns the files of a drive, paths with slashes.
	volume(letter string) fs.FS
	// services returns the states of the services as winsvc.h numbers them.
	services() (map[string]uint32, error)
	sinceBoot() time.Duration
}

// rawKey is a registry key with the names of its subkeys.
type rawKey struct {
	values  []inventory.RegistryValue
	subkeys []string
}

// text returns the value of that name as text, empty where there is none.
func (k rawKey) text(name string) string {
	for _, v := range k.values {
		if strings.EqualFold(v.Name, name) && len(v.Data) > 0 {
			return v.Data[0]
		}
	}
	return ""
}

// list returns all elements of the value of that name.
func (k rawKey) list(name string) []string {
	for _, v := range k.values {
		if strings.EqualFold(v.Name, name) {
			return v.Data
		}
	}
	return nil
}

// desktop is one observation of a Windows in progress.
type desktop struct {
	*Collector
	machine windowsMachine
	needs   inventory.Needs
	Observation
}

func (d *desktop) problem(format string, args ...any) {
	d.Problems = append(d.Problems, fmt.Errorf(format, args...))
}

func (c *Collector) observeMachine(ctx context.Context, machine windowsMachine, needs inventory.Needs) (Observation, error) {
	d := &desktop{Collector: c, machine: machine, needs: needs, Observation: Observation{Reports: make(map[string]inventory.Report)}}
	if err := d.system(); err != nil {
		return Observation{}, fmt.Errorf("%w: %w", ErrNothing, err)
	}
	for _, step := range []func(context.Context){d.folders, d.registry, d.products, d.hotfixes, d.services, d.evidence, d.files, d.facts} {
		if err := ctx.Err(); err != nil {
			return Observation{}, err
		}
		step(ctx)
	}
	d.notHere()
	return d.Observation, nil
}

// read reads a key of the system's own view; what cannot be read for another
// reason than that it is not there is a problem.
func (d *desktop) read(key string) (rawKey, bool) {
	raw, err := d.machine.key(key, inventory.ViewNative)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.problem("%w", err)
	}
	return raw, err == nil
}

const (
	keyVersion     = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	keyEnvironment = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	keyPrefetch    = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
)

// system reads what Windows says of itself.
func (d *desktop) system() error {
	v, err := d.machine.key(keyVersion, inventory.ViewNative)
	if err != nil {
		return err
	}
	s := &d.Snapshot
	version := v.text("CurrentVersion") // 6.3 since Windows 8.1, whatever the release
	if major := v.text("CurrentMajorVersionNumber"); major != "" {
		version = major + "." + v.text("CurrentMinorVersionNumber")
	}
	build := version + "." + v.text("CurrentBuildNumber")
	if revision := v.text("UBR"); revision != "" {
		build += "." + revision
	}
	server := strings.HasPrefix(v.text("InstallationType"), "Server")
	release := v.text("DisplayVersion")
	if release == "" {
		release = windows.Release(build, server)
	}
	s.OS = inventory.OS{
		Family: "windows", ID: "windows", Version: version, Build: build, Codename: release,
		Variant: v.text("EditionID"), Name: v.text("ProductName"),
	}
	if env, ok := d.read(keyEnvironment); ok {
		s.OS.Arch, _ = inventory.ArchOf(env.text("PROCESSOR_ARCHITECTURE"))
	}
	pack, isPack := strings.CutPrefix(v.text("CSDVersion"), "Service Pack ")
	s.Scope.Facts = []string{windows.FactServicePack}
	if isPack {
		s.Facts = map[string]string{windows.FactServicePack: pack}
	}
	if since := d.machine.sinceBoot(); since > 0 {
		s.BootTime = d.now().Add(-since).UTC().Truncate(time.Second)
	}
	if prefetch, ok := d.read(keyPrefetch); ok {
		if boots, err := strconv.ParseUint(prefetch.text("BootId"), 10, 64); err == nil {
			s.BootID = strconv.FormatUint(boots, 10)
			s.Counters = map[string]uint64{"boots": boots}
		}
	}
	return nil
}

// machineHost says who the host is. Windows names its time zone in words of its
// own, so Zone is empty.
func machineHost(ctx context.Context, machine windowsMachine) (inventory.Host, error) {
	var host inventory.Host
	if name, err := machine.key(keyNames+`\ActiveComputerName`, inventory.ViewNative); err == nil {
		host.Name = name.text("ComputerName")
	}
	cryptography, err := machine.key(`HKLM\SOFTWARE\Microsoft\Cryptography`, inventory.View64)
	if guid := strings.ToLower(cryptography.text("MachineGuid")); err == nil && guid != "" {
		host.ID = hostID(guid)
		return host, ctx.Err()
	}
	return host, ErrNoID
}

// folderPlace is where Windows keeps the path of a known folder.
type folderPlace struct{ name, key, value string }

func folderPlaces() []folderPlace {
	const current = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion`
	return []folderPlace{
		{"Windows", keyVersion, "SystemRoot"},
		{"ProgramFiles", current, "ProgramFilesDir"},
		{"ProgramFiles(x86)", current, "ProgramFilesDir (x86)"},
		{"CommonProgramFiles", current, "CommonFilesDir"},
		{"CommonProgramFiles(x86)", current, "CommonFilesDir (x86)"},
		{"ProgramData", current + `\Explorer\Shell Folders`, "Common AppData"},
	}
}

// folders looks up the known folders that are wanted, and always Windows.
func (d *desktop) folders(context.Context) {
	wanted := append([]string{"Windows"}, d.needs.Folders...)
	for _, f := range d.needs.Files {
		if f.Folder != "" {
			wanted = append(wanted, f.Folder)
		}
	}
	for _, name := range wanted {
		d.folder(name)
	}
}

// folder looks up one known folder. A name that is not known stays unknown.
func (d *desktop) folder(name string) {
	s := &d.Snapshot
	if _, seen := s.Folder(name); seen != fettle.Unknown {
		return
	}
	if strings.EqualFold(name, "System") {
		if root, ok := s.Folders["Windows"]; ok {
			d.setFolder("System", root+`\system32`)
		}
		return
	}
	for _, place := range folderPlaces() {
		if !strings.EqualFold(place.name, name) {
			continue
		}
		raw, err := d.machine.key(place.key, inventory.ViewNative)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.problem("folder %s: %w", name, err)
			return
		}
		d.setFolder(place.name, strings.TrimRight(raw.text(place.value), `\`))
		return
	}
}

// setFolder enters a folder, empty for one that this Windows has not.
func (d *desktop) setFolder(name, path string) {
	s := &d.Snapshot
	s.Scope.Folders = append(s.Scope.Folders, name)
	if path == "" {
		return
	}
	if s.Folders == nil {
		s.Folders = make(map[string]string)
	}
	s.Folders[name] = path
}

// facts reads the wanted facts that the firmware tells.
func (d *desktop) facts(context.Context) {
	const bios = `HKLM\HARDWARE\DESCRIPTION\System\BIOS`
	names := map[string]string{FactBIOSVersion: "BIOSVersion", FactBIOSDate: "BIOSReleaseDate", FactVendor: "SystemManufacturer", FactProduct: "SystemProductName"}
	for _, name := range d.needs.Facts {
		value, known := names[name]
		if !known {
			continue
		}
		raw, err := d.machine.key(bios, inventory.ViewNative)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.problem("fact %s: %w", name, err)
			continue
		}
		s := &d.Snapshot
		s.Scope.Facts = append(s.Scope.Facts, name)
		if text := raw.text(value); text != "" {
			if s.Facts == nil {
				s.Facts = make(map[string]string)
			}
			s.Facts[name] = text
		}
	}
}

// notHere enters into the scope what Windows cannot have: the packages of
// Linux's package systems.
func (d *desktop) notHere() {
	for _, typ := range []string{inventory.TypeAPK, inventory.TypeDeb, inventory.TypeRPM} {
		t := tree{needs: d.needs}
		if t.wants(typ) {
			d.Snapshot.Scope.Packages = append(d.Snapshot.Scope.Packages, inventory.PackageScope{Type: typ, All: true})
		}
	}
	for _, e := range d.needs.Evidence {
		if e == inventory.EvidenceFlag || e == inventory.EvidenceMapped {
			d.Snapshot.Scope.Evidence = append(d.Snapshot.Scope.Evidence, e)
		}
	}
}
