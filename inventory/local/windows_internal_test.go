package local

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/inventorytest"
)

// recorded is a Windows as its answers were written down: keys by view and
// path, one drive, service states.
type recorded struct {
	keys   map[string]rawKey // "64 HKLM\..." or "32 HKLM\..."
	drive  fstest.MapFS
	states map[string]uint32
	asked  *[]string
	broken map[string]error // by path, in any view
}

func (r recorded) key(key string, view inventory.View) (rawKey, error) {
	if r.asked != nil {
		*r.asked = append(*r.asked, key)
	}
	for path, err := range r.broken {
		if strings.EqualFold(path, key) {
			return rawKey{}, err
		}
	}
	want := "64 " + key
	if view == inventory.View32 {
		want = "32 " + key
	}
	found := rawKey{}
	exists := false
	for name, raw := range r.keys {
		if strings.EqualFold(name, want) {
			found, exists = raw, true
		}
		if len(name) > len(want) && strings.EqualFold(name[:len(want)+1], want+`\`) {
			exists = true
			sub, _, _ := strings.Cut(name[len(want)+1:], `\`)
			if !slices.Contains(found.subkeys, sub) {
				found.subkeys = append(found.subkeys, sub)
			}
		}
	}
	if !exists {
		return rawKey{}, fmt.Errorf("registry %s: %w", key, fs.ErrNotExist)
	}
	return found, nil
}

func (r recorded) volume(letter string) fs.FS {
	if letter != "C" {
		return fstest.MapFS{}
	}
	return r.drive
}

func (r recorded) services() (map[string]uint32, error) { return r.states, nil }

func (recorded) sinceBoot() time.Duration { return 90 * time.Minute }

func sz(name, text string) inventory.RegistryValue {
	return inventory.RegistryValue{Name: name, Type: inventory.RegString, Data: []string{text}}
}

func values(v ...inventory.RegistryValue) rawKey { return rawKey{values: v} }

// windows10 is a small Windows 10 that waits for a restart.
func windows10() recorded {
	product := keyUserData + `\S-1-5-18\Products\68AB67CA7DA73301B744CAF070E41400`
	return recorded{
		keys: map[string]rawKey{
			"64 " + keyVersion: values(sz("CurrentVersion", "6.3"), sz("CurrentMajorVersionNumber", "10"), sz("CurrentMinorVersionNumber", "0"),
				sz("CurrentBuildNumber", "19045"), sz("UBR", "3930"), sz("EditionID", "Professional"), sz("DisplayVersion", "22H2"),
				sz("InstallationType", "Client"), sz("ProductName", "Windows 10 Pro"), sz("SystemRoot", `C:\Windows`)),
			"64 " + keyEnvironment:                                        values(sz("PROCESSOR_ARCHITECTURE", "AMD64")),
			"64 " + keyPrefetch:                                           values(sz("BootId", "77")),
			`64 HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion`:           values(sz("ProgramFilesDir", `C:\Program Files`), sz("ProgramFilesDir (x86)", `C:\Program Files (x86)`)),
			`64 HKLM\SOFTWARE\Microsoft\Cryptography`:                     values(sz("MachineGuid", "AAAA-BBBB")),
			`64 HKLM\SOFTWARE\Mozilla\Firefox 121.0\bin`:                  values(sz("PathToExe", `C:\Program Files\Mozilla\firefox.exe`)),
			`32 HKLM\SOFTWARE\Mozilla\Firefox 99.0\bin`:                   values(sz("PathToExe", `C:\old\firefox.exe`)),
			`64 HKLM\SOFTWARE\App`:                                        values(inventory.RegistryValue{Name: "Dir", Type: inventory.RegExpand, Data: []string{`%ProgramFiles%\App`}}, sz("Bad", "")),
			"64 " + product + `\InstallProperties`:                        values(sz("DisplayName", "Adobe Acrobat"), sz("DisplayVersion", "24.001.20604"), sz("Publisher", "Adobe")),
			"64 " + product + `\Patches\68AB67CA7DA700005205CAF070E41400`: values(sz("DisplayName", "Update 24.001"), sz("State", "1")),
			"64 " + keyServices + `\wuauserv`:                             values(sz("Start", "3")),
			"64 " + keySession: values(inventory.RegistryValue{Name: "PendingFileRenameOperations", Type: inventory.RegMulti, Data: []string{
				`\??\C:\Windows\old.dll`, "", `\??\C:\Windows\new.dll`, `!\??\C:\Windows\used.dll`,
			}}),
			"64 " + keyCBS + `\RebootPending`: {},
			"64 " + keyCBS + `\Packages\Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3996.1.9`: values(sz("CurrentState", "96")),
			"64 " + keyCBS + `\Packages\Package_for_KB5032907~31bf3856ad364e35~amd64~~19041.1.1.1`:    values(sz("CurrentState", "112")),
			"64 " + keyUpdate + `\RebootRequired`:                                                     {},
			"64 " + keyNames + `\ActiveComputerName`:                                                  values(sz("ComputerName", "OLD")),
			"64 " + keyNames + `\ComputerName`:                                                        values(sz("ComputerName", "NEW")),
			"64 " + keyLogon:                                                                          {subkeys: []string{"Parameters"}},
			`64 HKLM\HARDWARE\DESCRIPTION\System\BIOS`:                                                values(sz("BIOSVersion", "N75 1.29")),
			`64 HKLM\SOFTWARE\Nobody\Asked`:                                                           values(sz("x", "y")),
			`64 HKLM\SOFTWARE\Microsoft\Windows NT\Uninteresting`:                                     {},
		},
		drive: fstest.MapFS{
			"Program Files/Mozilla/firefox.exe": {Data: []byte("not an image")},
			"Program Files/App/app.dll":         {Data: []byte("x")},
			"Windows/System32/a.dll":            {Data: []byte("x")},
		},
		states: map[string]uint32{"wuauserv": 4, "Spooler": 1},
		asked:  new([]string),
	}
}

const qfe = "HotFixID            InstalledOn         Description\r\nKB5032907           20240109            Update\r\nKB5034122           20240110            Security Update\r\n"

func windowsCollector(run func(context.Context, string, ...string) ([]byte, error)) *Collector {
	return &Collector{root: "/", run: run, now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }}
}

func powershell(_ context.Context, name string, _ ...string) ([]byte, error) {
	if name != "powershell.exe" {
		return nil, errors.New("unexpected program " + name)
	}
	return []byte(qfe), nil
}

var windowsNeeds = inventory.Needs{
	AllPackages: true, Products: true, Hotfixes: true, Services: []string{"WUAUSERV", "absent"}, Facts: []string{FactBIOSVersion, "other"},
	Folders:  []string{"ProgramFiles(x86)", "ProgramData", "System", "NoSuchFolder"},
	Evidence: []inventory.Evidence{"flag", "mapped", "renames", "components", "marks"},
	Registry: []inventory.RegistryNeed{
		{Key: `HKEY_LOCAL_MACHINE\SOFTWARE\Mozilla\*\bin`, Values: []string{"PathToExe"}},
		{Key: `HKLM\SOFTWARE\Mozilla\*\bin`, View: inventory.View32},
		{Key: `HKLM\SOFTWARE\Absent`},
	},
	Files: []inventory.FileNeed{
		{Path: `Mozilla\*.exe`, Folder: "ProgramFiles", Version: true},
		{Path: `app.dll`, From: &inventory.RegistryNeed{Key: `HKLM\SOFTWARE\App`, Values: []string{"Dir"}}},
		{Path: `absent.dll`, From: &inventory.RegistryNeed{Key: `HKLM\SOFTWARE\Absent`, Values: []string{"Dir"}}},
		{Path: `c:\windows\SYSTEM32\absent.dll`},
	},
}

func TestWindows(t *testing.T) {
	t.Parallel()
	machine := windows10()
	o, err := windowsCollector(powershell).observeMachine(t.Context(), machine, windowsNeeds)
	require.NoError(t, err)
	require.Empty(t, o.Problems)
	s := o.Snapshot
	s.Sort()
	require.Equal(t, inventory.OS{
		Family: "windows", ID: "windows", Version: "10.0", Codename: "22H2", Variant: "Professional", Build: "10.0.19045.3930", Arch: "amd64", Name: "Windows 10 Pro",
	}, s.OS)
	require.Equal(t, "77", s.BootID)
	require.Equal(t, map[string]uint64{"boots": 77}, s.Counters)
	require.Equal(t, time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC), s.BootTime)
	require.Equal(t, map[string]string{
		"ProgramFiles": `C:\Program Files`, "ProgramFiles(x86)": `C:\Program Files (x86)`, "System": `C:\Windows\system32`, "Windows": `C:\Windows`,
	}, s.Folders)
	require.Equal(t, []string{"ProgramData", "ProgramFiles", "ProgramFiles(x86)", "System", "Windows"}, s.Scope.Folders)
	require.Equal(t, []inventory.Product{{
		Code: "{AC76BA86-7AD7-1033-7B44-AC0F074E4100}", Name: "Adobe Acrobat", Version: "24.001.20604", Publisher: "Adobe",
		Patches: []inventory.ProductPatch{{Code: "{AC76BA86-7AD7-0000-2550-AC0F074E4100}", Name: "Update 24.001", State: "applied"}},
	}}, s.Products)
	require.Equal(t, []string{"KB5032907", "KB5034122"}, []string{s.Hotfixes[0].ID, s.Hotfixes[1].ID})
	require.Equal(t, []inventory.Service{{Name: "wuauserv", State: "running", Start: "manual"}}, s.Services)
	require.Equal(t, inventory.RestartEvidence{
		Renames:    []inventory.PendingRename{{From: `C:\Windows\old.dll`}, {From: `C:\Windows\new.dll`, To: `C:\Windows\used.dll`}},
		Components: []string{"Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3996.1.9"},
		Marks:      []string{inventory.MarkCBSPending, inventory.MarkHostRename, inventory.MarkUpdateRequired},
	}, s.Restart)
	require.Equal(t, []inventory.Evidence{"components", "flag", "mapped", "marks", "renames"}, s.Scope.Evidence)
	require.Equal(t, "N75 1.29", s.Facts[FactBIOSVersion])

	v, there := s.RegistryValue(`HKLM\SOFTWARE\Mozilla\Firefox 121.0\bin`, inventory.ViewNative, "pathtoexe")
	require.Equal(t, fettle.Yes, there)
	require.Equal(t, []string{`C:\Program Files\Mozilla\firefox.exe`}, v.Data)
	_, there = s.RegistryValue(`HKLM\SOFTWARE\Mozilla\Firefox 99.0\bin`, inventory.View32, "PathToExe")
	require.Equal(t, fettle.Yes, there)
	_, there = s.RegistryKey(`HKLM\SOFTWARE\Absent`, inventory.ViewNative)
	require.Equal(t, fettle.No, there)

	f, there := s.FileAt(`C:\Program Files\Mozilla\Firefox.exe`)
	require.Equal(t, fettle.Yes, there)
	require.Equal(t, fettle.No, f.Versioned)
	_, there = s.FileAt(`C:\Program Files\App\APP.DLL`)
	require.Equal(t, fettle.Yes, there)
	_, there = s.FileAt(`C:\Windows\System32\absent.dll`)
	require.Equal(t, fettle.No, there)
	_, there = s.FileAt(`C:\Windows\System32\a.dll`)
	require.Equal(t, fettle.Unknown, there)

	for _, key := range *machine.asked {
		require.NotContains(t, key, "Nobody")
	}
	r := inventory.Record{Host: inventory.Host{ID: "w"}, Snapshot: s}
	_, err = r.Line()
	require.NoError(t, err)
}

// TestWindowsUnread: what could not be read is out of scope and named.
func TestWindowsUnread(t *testing.T) {
	t.Parallel()
	machine := windows10()
	denied := errors.New("access is denied")
	machine.broken = map[string]error{`HKLM\SOFTWARE\Mozilla`: denied, keyCBS + `\Packages`: denied, keyUserData: denied}
	needs := windowsNeeds
	needs.Files = append(slices.Clone(needs.Files), inventory.FileNeed{Path: `\\server\share\x`}, inventory.FileNeed{Path: "relative"})
	o, err := windowsCollector(func(context.Context, string, ...string) ([]byte, error) { return nil, denied }).observeMachine(t.Context(), machine, needs)
	require.NoError(t, err)
	s := o.Snapshot
	require.False(t, s.Scope.Hotfixes)
	require.False(t, s.Scope.Products)
	require.False(t, s.Scope.HasEvidence(inventory.EvidenceComponents))
	require.True(t, s.Scope.HasEvidence(inventory.EvidenceRenames))
	require.Contains(t, s.Restart.Marks, inventory.MarkCBSPending) // seen before
	_, complete := s.RegistryKeys(`HKLM\SOFTWARE\Mozilla\*\bin`, inventory.ViewNative)
	require.False(t, complete)
	require.Len(t, o.Problems, 7)

	machine.broken = map[string]error{keyVersion: denied}
	_, err = windowsCollector(powershell).observeMachine(t.Context(), machine, needs)
	require.ErrorIs(t, err, ErrNothing)
}

// machineCollector lets the kit see the Windows collector.
type machineCollector struct{}

func (machineCollector) Collect(ctx context.Context, needs inventory.Needs) (inventory.Snapshot, error) {
	machine := windows10()
	machine.asked = nil
	c := windowsCollector(powershell)
	o, err := c.observeMachine(ctx, machine, needs)
	o, err = c.finish(ctx, o, err)
	return o.Snapshot, err
}

func TestWindowsContract(t *testing.T) {
	t.Parallel()
	inventorytest.RunCollector(t, func(t *testing.T) inventory.Collector {
		t.Helper()
		return machineCollector{}
	}, windowsNeeds)
}

func TestWindowsHost(t *testing.T) {
	t.Parallel()
	h, err := machineHost(t.Context(), windows10())
	require.NoError(t, err)
	require.Equal(t, inventory.Host{ID: hostID("aaaa-bbbb"), Name: "OLD"}, h)
	_, err = machineHost(t.Context(), recorded{})
	require.ErrorIs(t, err, ErrNoID)
}

func TestRegistryValue(t *testing.T) {
	t.Parallel()
	text := func(s string) []byte {
		var out []byte
		for _, u := range utf16.Encode([]rune(s)) {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
		return out
	}
	for _, c := range []struct {
		kind uint32
		data []byte
		want inventory.ValueType
		list []string
	}{
		{1, text("Grüße\x00"), inventory.RegString, []string{"Grüße"}},
		{1, text("no end"), inventory.RegString, []string{"no end"}},
		{1, text("a\x00rubbish"), inventory.RegString, []string{"a"}},
		{1, nil, inventory.RegString, []string{""}},
		{2, text("%x%\x00"), inventory.RegExpand, []string{"%x%"}},
		{3, []byte{1, 0xab}, inventory.RegBinary, []string{"01ab"}},
		{4, []byte{1, 0, 0, 0x80}, inventory.RegDword, []string{"2147483649"}},
		{4, []byte{1}, inventory.RegBinary, []string{"01"}}, // not what its type says
		{5, []byte{0, 0, 1, 0}, inventory.RegDwordBigEndian, []string{"256"}},
		{7, text("a\x00b\x00\x00"), inventory.RegMulti, []string{"a", "b"}},
		{7, text("a\x00\x00b\x00c\x00\x00"), inventory.RegMulti, []string{"a", "", "b", "c"}},
		{7, text("\x00"), inventory.RegMulti, nil},
		{11, []byte{1, 0, 0, 0, 0, 0, 0, 0}, inventory.RegQword, []string{"1"}},
		{99, []byte{1}, inventory.RegOther, []string{"01"}},
		{0, nil, inventory.RegNone, []string{""}},
	} {
		got := registryValue("n", c.kind, c.data)
		require.Equal(t, inventory.RegistryValue{Name: "n", Type: c.want, Data: c.list}, got, "%d %x", c.kind, c.data)
	}
}

func TestUnpackGUID(t *testing.T) {
	t.Parallel()
	got, ok := unpackGUID("68ab67ca7da73301b744caf070e41400")
	require.True(t, ok)
	require.Equal(t, "{AC76BA86-7AD7-1033-7B44-AC0F074E4100}", got)
	for _, bad := range []string{"", "68AB", strings.Repeat("x", 32)} {
		_, ok := unpackGUID(bad)
		require.False(t, ok)
	}
}
