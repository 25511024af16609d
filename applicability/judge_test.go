package applicability_test

import (
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

func windowsHost() *inventory.Record {
	sz := func(name, data string) inventory.RegistryValue {
		return inventory.RegistryValue{Name: name, Type: inventory.RegString, Data: []string{data}}
	}
	r := &inventory.Record{Host: inventory.Host{ID: "pc-7", Name: "desk", Site: "london", Labels: map[string]string{"role": "trading"}}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "windows", ID: "windows", Version: "10.0", Codename: "22H2", Variant: "Professional", Build: "10.0.19045.3930", Arch: "amd64"}
	s.Folders = map[string]string{"ProgramFiles": `C:\Program Files`, "Windows": `C:\Windows`}
	s.Facts = map[string]string{"bios": "1.20", "vendor": "ACME"}
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Files = []inventory.File{
		{Path: `C:\Program Files\App\app.exe`, Size: 1000, Modified: day, Versioned: fettle.Yes, FileVersion: "2.1.0.0", ProductVersion: "2.1", Digest: fettle.DigestOf(nil)},
		{Path: `C:\Program Files\App\lib1.dll`, Size: 10, Versioned: fettle.Yes, FileVersion: "1.0.0.0"},
		{Path: `C:\Program Files\App\lib2.dll`, Size: 20, Versioned: fettle.Yes, FileVersion: "2.0.0.0"},
		{Path: `C:\Program Files\App\readme.txt`, Size: 5, Versioned: fettle.No},
		{Path: `C:\Windows\unread.exe`, Size: 7},
		{Path: `D:\Tool\tool.exe`, Size: 1},
	}
	s.Scope.Files = []string{`C:\Program Files\App\*`, `C:\Program Files\App\lib*`, `C:\Program Files\App\none*`, `C:\Windows\gone.exe`, `C:\Windows\unread.exe`, `D:\Tool\tool.exe`}
	s.Registry = []inventory.RegistryKey{
		{Key: `HKLM\SOFTWARE\App`, Values: []inventory.RegistryValue{
			sz("Dir", `D:\Tool`), sz("Version", "3.1"),
			{Name: "Root", Type: inventory.RegExpand, Data: []string{`%SystemRoot%`}},
			{Name: "Home", Type: inventory.RegExpand, Data: []string{`%USERPROFILE%\x`}},
			{Name: "Level", Type: inventory.RegDword, Data: []string{"7"}},
			{Name: "List", Type: inventory.RegMulti, Data: []string{"a", "b"}},
			sz("", "default"),
		}},
		{Key: `HKLM\SOFTWARE\Vendor\One`, Values: []inventory.RegistryValue{sz("V", "1")}},
		{Key: `HKLM\SOFTWARE\Vendor\Two`, Values: []inventory.RegistryValue{sz("V", "2")}},
	}
	s.Scope.Registry = []inventory.KeyScope{{Key: `HKLM\SOFTWARE\App`}, {Key: `HKLM\SOFTWARE\Vendor\*`}, {Key: `HKLM\SOFTWARE\Gone`}}
	s.Products = []inventory.Product{{Code: "{A}", Version: "16.0.1", Patches: []inventory.ProductPatch{
		{Code: "{P1}", State: "applied"}, {Code: "{P2}", State: "staged"}, {Code: "{P3}"},
	}}}
	s.Scope.Products = true
	s.Hotfixes = []inventory.Hotfix{{ID: "KB1"}}
	s.Services = []inventory.Service{{Name: "w32time", State: "running", Start: "auto"}, {Name: "odd"}}
	s.Scope.Services = []string{"w32time", "absent"}
	s.Scope.Facts = []string{"known-absent"}
	s.Scope.Folders = []string{"System"}
	s.Sort()
	return r
}

// TestCriteriaOnOneHost asks one rich host everything. The engine and the proof
// must say the same.
func TestCriteriaOnOneHost(t *testing.T) {
	t.Parallel()
	r := windowsHost()
	yes, no, unknown := fettle.Yes, fettle.No, fettle.Unknown
	for text, want := range map[string]fettle.Truth{
		`os.family = windows`: yes, `os.id = debian`: no, `os.like = windows`: yes, `os.variant = Professional`: yes,
		`os.codename = 22H2`: yes, `os.arch = arm64`: no, `os.version >= 10`: yes, `os.build < 10.0.19045.4000`: yes, `os.build by pe >= 10.0.19046`: no,
		`kernel < 6`:     unknown,
		`host.id = pc-7`: yes, `host.name = "desk"`: yes, `site = paris`: no, `label.role = trading`: yes, `label.role`: yes, `label.ring`: no,
		`fact.bios by pe >= 1.3`: yes, `fact.bios = "1.20"`: yes, `fact.vendor by pe > 1`: unknown, `fact.vendor`: yes,
		`fact.known-absent`: no, `fact.other`: unknown,

		`file "C:\\Program Files\\App\\app.exe"`: yes, `file "c:/program files/app/APP.EXE"`: yes,
		`file in folder ProgramFiles "App\\app.exe" version >= 2.1 product >= 2.1`:                  yes,
		`file in folder ProgramFiles "App\\app.exe" version < 2.1`:                                  no,
		`file in folder ProgramFiles "App\\app.exe" size > 999 <= 1000`:                             yes,
		`file in folder ProgramFiles "App\\app.exe" size > 1000`:                                    no,
		`file in folder ProgramFiles "App\\app.exe" size < 1000`:                                    no,
		`file in folder ProgramFiles "App\\app.exe" changed >= 2026-01-02T03:04:05Z`:                yes,
		`file in folder ProgramFiles "App\\app.exe" changed > 2026-01-02T03:04:05Z`:                 no,
		`file in folder ProgramFiles "App\\app.exe" changed < 2026-01-02T03:04:05Z`:                 no,
		`file in folder ProgramFiles "App\\app.exe" changed <= 2026-01-02T04:04:05+01:00`:           yes,
		`file in folder ProgramFiles "App\\app.exe" digest ` + string(fettle.DigestOf(nil)):         yes,
		`file in folder ProgramFiles "App\\app.exe" digest ` + string(fettle.DigestOf([]byte("x"))): no,
		`file in folder ProgramFiles "App\\lib1.dll" digest ` + string(fettle.DigestOf(nil)):        unknown,
		`file in folder ProgramFiles "App\\lib1.dll" changed >= 2026-01-01T00:00:00Z`:               unknown,
		`file in folder ProgramFiles "App\\readme.txt" version >= 1`:                                no,
		`file "C:\\Windows\\unread.exe" version >= 1`:                                               unknown,
		`some file in folder ProgramFiles "App\\lib?.dll" version >= 2`:                             yes,
		`every file in folder ProgramFiles "App\\lib?.dll" version >= 2`:                            no,
		`every file in folder ProgramFiles "App\\lib*" size < 100`:                                  yes,
		`every file in folder ProgramFiles "App\\none*"`:                                            no,
		`some file in folder ProgramFiles "App\\none*"`:                                             no,

		`some file "C:\\Other\\*"`:                                          unknown,
		`file "C:\\Windows\\gone.exe"`:                                      no,
		`file "C:\\Windows\\other.exe"`:                                     unknown,
		`file in folder System "x.dll"`:                                     no,
		`file in folder Desktop "x.dll"`:                                    unknown,
		`file in registry "HKLM\\SOFTWARE\\App" value Dir "tool.exe"`:       yes,
		`file in registry "HKLM\\SOFTWARE\\App" value Root "gone.exe"`:      no,
		`file in registry "HKLM\\SOFTWARE\\App" value Home "gone.exe"`:      unknown,
		`file in registry "HKLM\\SOFTWARE\\App" value Level "gone.exe"`:     unknown,
		`file in registry "HKLM\\SOFTWARE\\App" value Nothing "gone.exe"`:   no,
		`file in registry "HKLM\\SOFTWARE\\Elsewhere" value Dir "tool.exe"`: unknown,

		`registry "HKLM\\SOFTWARE\\App"`: yes, `registry "HKLM\\SOFTWARE\\Gone"`: no, `registry "HKLM\\SOFTWARE\\Nobody"`: unknown,
		`registry "HKLM\\SOFTWARE\\App" view 32`:                              unknown,
		`registry "HKLM\\SOFTWARE\\App" view 64 value version`:                yes,
		`registry "HKLM\\SOFTWARE\\App" value Version by dotted >= 3`:         yes,
		`registry "HKLM\\SOFTWARE\\App" value Version type dword`:             no,
		`registry "HKLM\\SOFTWARE\\App" value Level type dword by dotted < 8`: yes,
		`registry "HKLM\\SOFTWARE\\App" value Level = 7`:                      yes,
		`registry "HKLM\\SOFTWARE\\App" value List = b`:                       yes,
		`registry "HKLM\\SOFTWARE\\App" value List = c`:                       no,
		`registry "HKLM\\SOFTWARE\\App" value List by dotted < 8`:             unknown,
		`registry "HKLM\\SOFTWARE\\App" value Dir by dotted < 8`:              unknown,
		`registry "HKLM\\SOFTWARE\\App" value Nothing`:                        no,
		`registry "HKLM\\SOFTWARE\\App" default = default`:                    yes,
		`every registry "HKLM\\SOFTWARE\\Vendor\\*" value V by dotted >= 1`:   yes,
		`every registry "HKLM\\SOFTWARE\\Vendor\\*" value V by dotted >= 2`:   no,
		`some registry "HKLM\\SOFTWARE\\Vendor\\*" value V by dotted >= 2`:    yes,
		`some registry "HKLM\\SOFTWARE\\Vendor\\*" value W`:                   no,
		`some registry "HKLM\\SOFTWARE\\Others\\*" value W`:                   unknown,

		`product {A}`: yes, `product "{a}" >= 16.0.1`: yes, `product {A} < 16`: no, `product {B}`: no,
		`product-patch {P1}`: yes, `product-patch {p1} of {A}`: yes, `product-patch {P1} of {B}`: no, `product-patch {P2}`: no, `product-patch {P3}`: unknown, `product-patch {P4}`: no,
		`hotfix KB1`: yes, `hotfix kb1`: yes, `hotfix KB2`: unknown,
		`service w32time`: yes, `service W32Time state running start auto`: yes, `service w32time state stopped`: no, `service absent`: no, `service other`: unknown, `service odd state running`: unknown,
		`patch P0`: unknown, `opaque x "1"`: unknown, `always`: yes, `any()`: no, `all()`: yes, `not fact.other`: unknown,
		`at-least 2 of (always, fact.other, not always)`: unknown, `at-least 1 of (always, fact.other)`: yes, `at-least 2 of (always, not always)`: no,
	} {
		f := applicability.MustParse(text)
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.Holds(r); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		catalog, problems := applicability.Compile([]applicability.Patch{{ID: "P", Target: f, Installed: applicability.MustParse("not always")}}, nil)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		// "some" is what Target means by default, "every" what Holds does; no case
		// here leaves it open where it matters.
		if got := catalog.Assess(r, time.Time{}).Of(0).Target; got != want {
			t.Errorf("%s: compiled %v, want %v", text, got, want)
		}
	}
}

// TestRunningKernelIsFound names kernels as each system does.
func TestRunningKernelIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typ, name, old, fixed, release, arch string }{
		{"deb", "linux-image-%s", "6.1.76-1", "6.1.90-1", "6.1.0-18-amd64", "amd64"},
		{"deb", "linux-image-unsigned-%s", "5.15.0-100.110", "5.15.0-101.111", "5.15.0-100-generic", "amd64"},
		{"rpm", "kernel-core", "5.14.0-362.el9", "5.14.0-427.el9", "5.14.0-362.el9.x86_64", "x86_64"},
		{"rpm", "kernel-rt-core", "5.14.0-362.el9", "5.14.0-427.el9", "5.14.0-362.el9.x86_64+rt", "x86_64"},
		{"rpm", "kernel", "0:2.6.32-754.el6", "2.6.32-800.el6", "2.6.32-754.el6.x86_64", "x86_64"},
		{"rpm", "kernel-default", "5.14.21-150400.24.63.1", "5.14.21-150400.24.100.2", "5.14.21-150400.24.63-default", "x86_64"},
		{"apk", "linux-lts", "6.6.30-r0", "6.6.31-r0", "6.6.30-0-lts", "x86_64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name := c.name
			if c.typ == "deb" {
				name = name[:len(name)-2] + c.release
			}
			if !applicability.KernelPackage(c.typ, name) && c.typ != "apk" {
				t.Errorf("%s is no kernel", name)
			}
			r := &inventory.Record{}
			s := &r.Snapshot
			s.Kernel.Release = c.release
			s.Scope.Packages = []inventory.PackageScope{{Type: c.typ, All: true}}
			s.Packages = []inventory.Package{{Type: c.typ, Name: name, Version: c.old, Arch: c.arch, Source: "k", SourceVersion: c.old}}
			fixed := applicability.That(applicability.Package{Type: c.typ, Name: "k", Source: true, Which: applicability.Newest, Range: applicability.Before(c.fixed)})
			p := applicability.Patch{
				ID: "P", Target: applicability.That(applicability.Package{Type: c.typ, Name: "k", Source: true}),
				Installed: applicability.That(applicability.Not{Of: fixed}),
			}
			catalog, problems := applicability.Compile([]applicability.Patch{p}, nil)
			if len(problems) > 0 {
				t.Fatal(problems[0])
			}
			if got := catalog.Assess(r, time.Time{}).Of(0).Verdict; got != applicability.Needed {
				t.Errorf("before: %v", got)
			}
			beside := s.Packages[0]
			beside.Version, beside.SourceVersion = c.fixed, c.fixed
			if c.typ == "deb" {
				beside.Name = "linux-image-99.0.0-1-amd64"
			}
			s.Packages = append(s.Packages, beside)
			s.Sort()
			if got := catalog.Assess(r, time.Time{}).Of(0).Verdict; got != applicability.PendingRestart {
				t.Errorf("installed beside: %v", got)
			}
			s.Kernel.Livepatches = []string{"lp"}
			if f := catalog.Assess(r, time.Time{}).Of(0); f.Verdict != applicability.Installed || f.Active != fettle.Unknown {
				t.Errorf("with a live patch: %+v", f)
			}
			s.Kernel.Livepatches, s.Kernel.Release = nil, "no-such-kernel"
			if f := catalog.Assess(r, time.Time{}).Of(0); f.Verdict != applicability.Installed || f.Active != fettle.Unknown {
				t.Errorf("with a kernel of no package: %+v", f)
			}
		})
	}
}

func TestKernelSources(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"linux": true, "linux-6.1": true, "linux-aws": true, "linux-hwe-6.5": true, "linux-signed-amd64": true,
		"linux-image-6.1.0-18-amd64": true, "linux-base": false, "linux-atm": false, "linux-image-amd64": false,
		"linux-image-6.1.0-18-amd64-dbg": false, "linux-libc-dev": false, "util-linux": false,
	} {
		if got := applicability.KernelPackage("deb", name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
