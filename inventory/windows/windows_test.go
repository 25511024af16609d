package windows_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

const archive = "windows-inventory/windows-inventory.tar.xz"

// TestRealSystemInfo reads every real systeminfo file: edition, build, release, service
// pack, architecture, number of updates, and whether these are all. Those that
// are not were cut by systeminfo itself.
func TestRealSystemInfo(t *testing.T) {
	t.Parallel()
	const want = `
10_1803_x64_education_en-us Education 10.0.17134 1803 - amd64 5 true
10_1803_x64_enterprise_es-ar_20190307 Enterprise 10.0.17134 1803 - amd64 6 true
10_1803_x64_pro_it Professional 10.0.17134 1803 - amd64 10 true
10_1803_x64_proforworkstations_en-us ProfessionalWorkstation 10.0.17134 1803 - amd64 0 true
10_1803_x64_proforworkstations_en-us_A_20190305 ProfessionalWorkstation 10.0.17134 1803 - amd64 4 true
10_1803_x64_proforworkstations_en-us_B_20190306 ProfessionalWorkstation 10.0.17134 1803 - amd64 0 true
10_1803_x86_enterprise_nl Enterprise 10.0.17134 1803 - 386 4 true
10_1809_x64_education_en-us Education 10.0.17763 1809 - amd64 6 true
10_1809_x64_education_en-us_20190306 Education 10.0.17763 1809 - amd64 9 true
10_1809_x64_education_es Education 10.0.17763 1809 - amd64 9 true
10_1809_x64_enterprise_zh-cn - 10.0.17763 1809 - amd64 1 true
10_1809_x64_pro_en-us_20190307 Professional 10.0.17763 1809 - amd64 5 true
10_21H1_x64_enterprise Enterprise 10.0.19043 21H1 - amd64 4 true
10_21H2_x64_pro Professional 10.0.19044 21H2 - amd64 7 true
10_22H2_x64_enterprise_en-us Enterprise 10.0.19045 22H2 - amd64 1 true
10_rtm_x64_pro_en-us Professional 10.0.10240 1507 - amd64 2 true
7_sp1_x64_enterprise_en-us_20190305 Enterprise 6.1.7601 - 1 amd64 245 false
7_sp1_x64_enterprise_en-us_A Enterprise 6.1.7601 - 1 amd64 219 true
7_sp1_x64_enterprise_en-us_B Enterprise 6.1.7601 - 1 amd64 245 false
7_sp1_x64_enterprise_fr_cmd EnterpriseN 6.1.7601 - 1 amd64 73 true
7_sp1_x64_enterprise_fr_powershell EnterpriseN 6.1.7601 - 1 amd64 93 true
srv_2016_1607_datacenter_en-us ServerDatacenter 10.0.14393 1607 - amd64 5 true
vista_x64_sp0 Enterprise 6.0.6000 - - amd64 104 true
vista_x64_sp1 Enterprise 6.0.6001 - 1 amd64 173 true
vista_x64_sp2 Enterprise 6.0.6002 - 2 amd64 174 true
xp_sp2_x64 - 5.2.3790 - 2 amd64 83 false
xp_sp2_x86 - 5.1.2600 - 2 386 1 true
`
	var got []string
	for name, content := range oracle.Tar(t, archive) {
		if !strings.Contains(name, "systeminfo") {
			continue
		}
		require.True(t, windows.IsSystemInfo(windows.Decode(content)), name)
		s, _, err := windows.ParseSystemInfo(bytes.NewReader(content), name)
		require.NoError(t, err, name)
		require.Contains(t, s.OS.Name, "Windows", name)
		require.True(t, strings.EqualFold(s.Folders["Windows"]+`\system32`, s.Folders["System"]), name)
		dash := func(s string) string {
			if s == "" {
				return "-"
			}
			return s
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s %d %t", strings.TrimSuffix(strings.Replace(name, "_systeminfo", "", 1), ".txt"),
			dash(s.OS.Variant), s.OS.Build, dash(s.OS.Codename), dash(s.Facts[windows.FactServicePack]), s.OS.Arch, len(s.Hotfixes), s.Scope.Hotfixes))
	}
	slices.Sort(got)
	require.Equal(t, strings.TrimSpace(want), strings.Join(got, "\n"))
}

// TestEdition: what a name settles, and what it does not.
func TestEdition(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Microsoft Windows 11 Pro":                             "Professional",
		"Microsoft Windows 10 Home Single Language":            "CoreSingleLanguage",
		"Microsoft Windows 8.1":                                "Core",
		"Microsoft Windows 8.1 Pro":                            "Professional",
		"Microsoft Windows 10 Enterprise LTSC":                 "EnterpriseS",
		"Microsoft Windows 10 Enterprise 2016 LTSB":            "EnterpriseS",
		"Microsoft Windows\ufffd7 Entreprise N":                "EnterpriseN",
		"Microsoft\u00ae Windows Vista\u2122 Home Premium":     "HomePremium",
		"Microsoft Windows Server 2012 R2 Standard":            "ServerStandard",
		"Microsoft\u00ae Windows Server\u00ae 2008 Enterprise": "ServerEnterprise",
		"Microsoft Windows Server 2022 Standard Evaluation":    "ServerStandardEval",
		"Microsoft Windows 10":                                 "",
		"Microsoft Windows Server 2022":                        "",
		"Microsoft Windows Server Standard":                    "",
		"Microsoft Windows XP Professional":                    "",
		"Microsoft Windows 10 \u041f\u0440\u043e":              "",
		"Microsoft(R) Windows(R) Server 2003 Standard Edition": "",
		"Microsoft Hyper-V Server 2019":                        "",
		"Windows":                                              "",
		"":                                                     "",
	} {
		require.Equal(t, want, windows.Edition(name), name)
	}
}

// TestPeerFindsTheSameUpdates holds the updates of each systeminfo file against
// those that the peer found in it. What the peer could not read (UTF-16) it
// lists as without updates.
func TestPeerFindsTheSameUpdates(t *testing.T) {
	t.Parallel()
	type line struct {
		SystemInfo string
		Installed  []string
	}
	files := maps.Collect(oracle.Tar(t, archive))
	compared := 0
	for _, l := range oracle.Lines[line](t, "oracles/windows-missing/wes-missing.jsonl.xz") {
		if len(l.Installed) == 0 {
			continue
		}
		s, _, err := windows.ParseSystemInfo(bytes.NewReader(files[l.SystemInfo]), l.SystemInfo)
		require.NoError(t, err)
		ours := make(map[string]bool)
		for _, h := range s.Hotfixes {
			ours[strings.TrimPrefix(h.ID, "KB")] = true
		}
		for _, id := range l.Installed {
			require.True(t, ours[id], "%s: the peer found %s", l.SystemInfo, id)
		}
		compared++
	}
	require.Greater(t, compared, 15)
}

func TestRealHotfixes(t *testing.T) {
	t.Parallel()
	const want = `
10_1803_x64_proforworkstations_en-us_A_20190305 read 4, used 4, refused 0: 4 distinct, 4 dated
10_1803_x64_proforworkstations_en-us_B_20190306 the file holds no record
10_1809_x64_education_en-us_20190306 read 9, used 9, refused 0: 9 distinct, 9 dated
10_1809_x64_pro_en-us_20190307 read 5, used 5, refused 0: 5 distinct, 5 dated
7_sp1_x64_enterprise_en-us_20190305 read 276, used 276, refused 0: 276 distinct, 276 dated
7_sp1_x64_enterprise_en-us_B read 271, used 271, refused 0: 271 distinct, 271 dated
vista_x64_sp1 read 174, used 173, refused 0, passed over 1: 173 distinct, 173 dated
vista_x64_sp2 read 175, used 174, refused 0, passed over 1: 174 distinct, 174 dated
xp_sp2_x64 read 300, used 299, refused 0, passed over 1: 299 distinct, 142 dated
xp_sp2_x86 read 1, used 1, refused 0: 1 distinct, 0 dated
`
	var got []string
	for name, content := range oracle.Tar(t, archive) {
		short, isQFE := strings.CutSuffix(name, "_qfe.txt")
		if !isQFE {
			continue
		}
		s, report, err := windows.ParseHotfixes(bytes.NewReader(content), name)
		if err != nil {
			require.ErrorIs(t, err, inventory.ErrEmpty)
			got = append(got, short+" the file holds no record")
			continue
		}
		require.Empty(t, report.Problems)
		dated := 0
		for _, h := range s.Hotfixes {
			if !h.InstalledOn.IsZero() {
				dated++
				require.True(t, h.InstalledOn.Year() > 2000 && h.InstalledOn.Year() < 2024, "%s %s %s", name, h.ID, h.InstalledOn)
			}
		}
		got = append(got, fmt.Sprintf("%s %s: %d distinct, %d dated", short, &report, len(s.Hotfixes), dated))
	}
	slices.Sort(got)
	require.Equal(t, strings.TrimSpace(want), strings.Join(got, "\n"))
}

func TestDates(t *testing.T) {
	t.Parallel()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		text string
		want time.Time
	}{
		{"3/2/2019", day(2019, 3, 2)},
		{"20190321", day(2019, 3, 21)},
		{"01d4dfd0fb4eb361", day(2019, 3, 21)},
		{"", time.Time{}},
	} {
		s, report, err := windows.ParseHotfixes(strings.NewReader("HotFixID   InstalledOn       Status\nKB4100347  "+c.text+"\n"), "qfe")
		require.NoError(t, err)
		require.Empty(t, report.Problems)
		require.Equal(t, c.want, s.Hotfixes[0].InstalledOn, c.text)
	}
	// A 21st month shows that days come first, for the whole file.
	s, _, err := windows.ParseHotfixes(strings.NewReader("HotFixID   InstalledOn\nKB4100347  3/2/2019\nKB4100348  21/2/2019\n"), "qfe")
	require.NoError(t, err)
	require.Equal(t, day(2019, 2, 3), s.Hotfixes[0].InstalledOn)
	_, report, err := windows.ParseHotfixes(strings.NewReader("HotFixID   InstalledOn\nKB4100347  soon\n"), "qfe")
	require.NoError(t, err)
	require.ErrorContains(t, report.Problems[0], `qfe:2: KB4100347: InstalledOn: "soon" is no date`)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	wide := func(order binary.AppendByteOrder, text string) []byte {
		var out []byte
		for _, u := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	const text = "Grüße von 主机名 to all"
	for _, content := range [][]byte{
		[]byte(text), []byte("\ufeff" + text),
		append([]byte{0xff, 0xfe}, wide(binary.LittleEndian, text)...), append([]byte{0xfe, 0xff}, wide(binary.BigEndian, text)...),
	} {
		require.Equal(t, text, windows.Decode(content))
	}
	require.Equal(t, "Please wait. Caption  HotFixID", windows.Decode(append([]byte("Please wait. "), wide(binary.LittleEndian, "Caption  HotFixID")...)))
	require.Equal(t, "Gr\ufffd\ufffde", windows.Decode([]byte("Gr\xfc\xdfe")))
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, parse := range []func(string) error{
		func(text string) error {
			_, _, err := windows.ParseSystemInfo(strings.NewReader(text), "f")
			return err
		},
		func(text string) error {
			_, _, err := windows.ParseHotfixes(strings.NewReader(text), "f")
			return err
		},
	} {
		require.ErrorIs(t, parse(""), inventory.ErrEmpty)
		require.ErrorIs(t, parse("\r\n  \r\n"), inventory.ErrEmpty)
		require.ErrorIs(t, parse("hello\nworld: yes\n"), inventory.ErrFormat)
		require.ErrorIs(t, parse(strings.Repeat("x", 17<<20)), inventory.ErrTooLarge)
	}
}

// TestCutListIsNotComplete: systeminfo stops writing long lists in the middle.
func TestCutListIsNotComplete(t *testing.T) {
	t.Parallel()
	const head = "OS Name:  Microsoft Windows 7 Pro\nOS Version:  6.1.7601 Service Pack 1 Build 7601\nHotfix(s):  3 Hotfix(s) Installed.\n   [01]: KB2115168\n"
	s, report, err := windows.ParseSystemInfo(strings.NewReader(head+"   [02]: KB2229593\n   [0\n"), "f")
	require.NoError(t, err)
	require.False(t, s.Scope.Hotfixes)
	require.ErrorContains(t, report.Problems[0], "3 updates are stated and 2 listed")
	_, seen := s.Hotfix("kb2115168")
	require.Equal(t, "yes", seen.String())
	_, seen = s.Hotfix("KB9999999")
	require.Equal(t, "unknown", seen.String())
}

func TestRelease(t *testing.T) {
	t.Parallel()
	require.Equal(t, "22H2", windows.Release("10.0.19045.3930", false))
	require.Equal(t, "21H2", windows.Release("10.0.20348", true))
	require.Empty(t, windows.Release("10.0.20348", false))
	require.Empty(t, windows.Release("6.1.7601", false))
	require.Empty(t, windows.Release("rubbish", false))
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("OS Name:  Microsoft Windows 7 Pro\nOS Version:  6.1.7601 Service Pack 1 Build 7601\nHotfix(s):  1 Hotfix(s) Installed.\n   [01]: KB2115168\n"))
	f.Add([]byte("Please wait.C\x00a\x00p\x00t\x00i\x00o\x00n\x00 \x00 \x00H\x00o\x00t\x00F\x00i\x00x\x00I\x00D\x00"))
	f.Add([]byte("HotFixID   InstalledOn\nKB4100347  01d4dfd0fb4eb361\nKB4100348  ffffffffffffffff\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, parse := range []func(text []byte) (inventory.Snapshot, inventory.Report, error){
			func(text []byte) (inventory.Snapshot, inventory.Report, error) {
				return windows.ParseSystemInfo(bytes.NewReader(text), "f")
			},
			func(text []byte) (inventory.Snapshot, inventory.Report, error) {
				return windows.ParseHotfixes(bytes.NewReader(text), "f")
			},
		} {
			s, r, err := parse(content)
			if err != nil {
				continue
			}
			if r.Read != r.Used+r.Refused+r.Passed {
				t.Fatalf("%s", &r)
			}
			if _, err := (&inventory.Record{Host: inventory.Host{ID: "h"}, Snapshot: s}).Line(); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
		}
	})
}
