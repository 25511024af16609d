package updateinfo_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/feedtest"
	"github.com/fettle-dev/fettle/feed/updateinfo"
	"github.com/fettle-dev/fettle/internal/oracle"
)

func files(content map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range content {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

func collect(t *testing.T, text string) feed.Collected {
	t.Helper()
	got, err := feed.Collect(t.Context(), updateinfo.NewSource(files(map[string]string{"u.xml": text}), []string{"u.xml"}, nil), "")
	require.NoError(t, err)
	return got
}

const openssl = `<update from="errata@example.org" status="final" type="security" version="2">
  <id>EXSA-2024:1</id><title>Important: openssl security update</title><issued date="2024-05-03 00:00:00"/><updated date="2024-05-04 00:00:00"/>
  <severity>Important</severity><description>Prose &amp; more.</description>
  <references><reference href="x" id="CVE-2024-1" type="cve" title="CVE-2024-1"/><reference href="x" id="77" type="bugzilla" title="b"/>
    <reference href="x" id="2222" type="cve" title="CVE-2024-2"/></references>
  <pkglist><collection short="c"><name>c</name>
    <package name="openssl" epoch="1" version="1.1.1k" release="6.el8" arch="x86_64" src="openssl-1.1.1k-6.el8.src.rpm"><filename>f</filename><reboot_suggested>True</reboot_suggested></package>
    <package name="openssl" epoch="1" version="1.1.1k" release="6.el8" arch="i686" src=""><filename>f</filename></package>
    <package name="openssl" epoch="1" version="1.1.1k" release="6.el8" arch="src" src=""><filename>f</filename></package>
  </collection></pkglist></update>`

func rpm(name, arch, module string) applicability.Package {
	return applicability.Package{Type: "rpm", Name: name, Arch: arch, Module: module}
}

func below(p applicability.Package, evr string) applicability.Footprint {
	p.Range, p.Which = applicability.Before(evr), applicability.Some
	p.Range.Scheme = applicability.SchemeRPM
	return applicability.That(applicability.Not{Of: applicability.That(p)})
}

// Each instance is compared with the entry of its own architecture.
func TestAdvisory(t *testing.T) {
	t.Parallel()
	got := collect(t, "<updates>"+openssl+"</updates>")
	require.Equal(t, []applicability.Patch{{
		ID: "EXSA-2024:1", Revision: 1714780800, Title: "Important: openssl security update", Class: fettle.ClassSecurity, Severity: fettle.SeverityHigh,
		Released: time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC), Restart: fettle.RestartHost, Fixes: []string{"CVE-2024-1", "CVE-2024-2"},
		Target: applicability.That(applicability.Any{Of: []applicability.Footprint{
			applicability.That(rpm("openssl", "x86_64", "")), applicability.That(rpm("openssl", "i686", "")),
		}}),
		Installed: applicability.That(applicability.All{Of: []applicability.Footprint{
			below(rpm("openssl", "x86_64", ""), "1:1.1.1k-6.el8"), below(rpm("openssl", "i686", ""), "1:1.1.1k-6.el8"),
		}}),
	}}, got.Patches)
}

// A date that no catalogue can hold is no date.
func TestDatesBeyondTheCalendar(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]time.Time{
		"253402300799": time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), "253402300800": {}, "9223372036854775807": {},
		"9999-12-31T23:59:59-01:00": {}, "soon": {},
	} {
		got := collect(t, "<updates>"+strings.Replace(openssl, "2024-05-03 00:00:00", date, 1)+"</updates>")
		require.Equal(t, want, got.Patches[0].Released, date)
	}
}

func update(id, typ, packages string) string {
	return `<update status="final" type="` + typ + `"><id>` + id + `</id><title>t</title><pkglist><collection><name>c</name>` + packages + `</collection></pkglist></update>`
}

func pkg(name, version string) string {
	return `<package name="` + name + `" epoch="0" version="` + version + `" release="1" arch="x86_64"/>`
}

func TestModules(t *testing.T) {
	t.Parallel()
	got := collect(t, "<updates>"+update("A", "bugfix",
		`<module name="nodejs" stream="18" version="8080" context="63b34585" arch="x86_64"/>`+pkg("nodejs", "18.1"))+"</updates>")
	require.Equal(t, applicability.That(applicability.All{Of: []applicability.Footprint{below(rpm("nodejs", "x86_64", "nodejs:18"), "18.1-1")}}), got.Patches[0].Installed)
}

func TestKernelsStaySideBySide(t *testing.T) {
	t.Parallel()
	got := collect(t, "<updates>"+update("A", "security", pkg("kernel-core", "5")+pkg("kernel-tools", "5"))+"</updates>")
	of := got.Patches[0].Installed.Criterion().(applicability.All).Of
	which := func(f applicability.Footprint) applicability.Quantifier {
		return f.Criterion().(applicability.Not).Of.Criterion().(applicability.Package).Which
	}
	require.Equal(t, applicability.Newest, which(of[0]))
	require.Equal(t, applicability.Some, which(of[1]))
	require.Equal(t, fettle.RestartHost, got.Patches[0].Restart)
}

// Repositories list one advisory in parts, and parts that contradict.
func TestParts(t *testing.T) {
	t.Parallel()
	got := collect(t, "<updates>"+update("A", "bugfix", pkg("a", "1"))+update("B", "bugfix", pkg("x", "1"))+
		update("A", "security", pkg("b", "1")+pkg("a", "2"))+update("A", "bugfix", pkg("a", "1"))+"</updates>")
	require.Equal(t, 4, got.Tally.Used)
	require.Len(t, got.Patches, 2)
	require.Equal(t, map[string]int{"advisory in several parts": 2, "parts of an advisory disagree": 2}, got.Tally.Notes)
	require.Equal(t, fettle.ClassSecurity, got.Patches[0].Class)
	require.Equal(t, applicability.That(applicability.All{Of: []applicability.Footprint{
		below(rpm("a", "x86_64", ""), "2-1"), below(rpm("b", "x86_64", ""), "1-1"),
	}}), got.Patches[0].Installed)
}

func TestSupersedes(t *testing.T) {
	t.Parallel()
	got := collect(t, "<updates>"+update("A1", "security", pkg("a", "1")+pkg("b", "1"))+update("A3", "security", pkg("a", "3")+pkg("b", "1"))+
		update("A2", "security", pkg("a", "2")+pkg("b", "1")+pkg("c", "1"))+update("ONLY-A", "security", pkg("a", "9"))+
		update("SAME", "security", pkg("a", "1")+pkg("b", "1"))+"</updates>")
	supersedes := map[fettle.PatchID][]fettle.PatchID{}
	for _, p := range got.Patches {
		supersedes[p.ID] = p.Supersedes
	}
	require.Equal(t, map[fettle.PatchID][]fettle.PatchID{
		"A1": nil, "A2": {"A1", "SAME"}, "A3": nil, "ONLY-A": nil, "SAME": nil,
	}, supersedes)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	good := update("Z", "security", pkg("z", "1"))
	for name, c := range map[string]struct{ text, want string }{
		"no id":           {update("", "security", pkg("a", "1")), "no id"},
		"no name":         {update("A", "security", `<package version="1" release="1" arch="noarch"/>`), "A: updateinfo: unusable package: a package has no name"},
		"no release":      {update("A", "security", `<package name="a" version="1" arch="noarch"/>`), `package "a" has no version or release`},
		"invalid epoch":   {update("A", "security", `<package name="a" epoch="x" version="1" release="1" arch="noarch"/>`), `package "a": applicability: invalid version`},
		"module unstated": {update("A", "security", `<module name="m"/>`+pkg("a", "1")), "module without a name or stream"},
	} {
		got := collect(t, "<updates>\n"+c.text+"\n"+good+"</updates>")
		require.Len(t, got.Patches, 1, name)
		require.Equal(t, 2, got.Tally.Read, name)
		require.Len(t, got.Tally.Refused, 1, name)
		require.ErrorContains(t, got.Tally.Refused[0], c.want, name)
		require.ErrorContains(t, got.Tally.Refused[0], "u.xml:2: ", name)
	}
	got := collect(t, "<updates>"+update("A", "security", `<package name="a" version="1" release="1" arch="src"/>`)+good+"</updates>")
	require.Equal(t, map[string]int{"names no package": 1}, got.Tally.Skipped)
}

func TestDocumentsThatAreNoGood(t *testing.T) {
	t.Parallel()
	good := "<updates>" + openssl + "</updates>"
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":         {"", updateinfo.ErrCut},
		"cut":           {good[:len(good)-20], updateinfo.ErrCut},
		"another":       {"<html/>", updateinfo.ErrFormat},
		"rubbish":       {"<updates><update></updates>", updateinfo.ErrXML},
		"entities":      {`<!DOCTYPE u [<!ENTITY a "b">]><updates/>`, updateinfo.ErrXML},
		"not UTF-8":     {"<updates><update><id>\xff</id></update></updates>", updateinfo.ErrXML},
		"cut in gzip":   {zipped(t, good)[:200], updateinfo.ErrCut},
		"broken header": {"\x1f\x8bxxxxxxxxxx", gzip.ErrHeader},
	} {
		got, err := feed.Collect(t.Context(), updateinfo.NewSource(files(map[string]string{"u.xml": c.text}), []string{"u.xml"}, nil), "")
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, "u.xml", name)
		require.Empty(t, got.Patches)
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

func TestRepository(t *testing.T) {
	t.Parallel()
	packed := zipped(t, "<updates>"+openssl+"</updates>")
	sum := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	repomd := func(checksum, open string) string {
		return `<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary"><location href="repodata/primary.xml.gz"/></data>
			<data type="updateinfo"><checksum type="sha256">` + checksum + `</checksum><open-checksum type="sha256">` + open + `</open-checksum>
			<location href="repodata/u.xml.gz"/></data></repomd>`
	}
	fetch := func(md, name string) (feed.Collected, error) {
		fsys := files(map[string]string{"r/repodata/repomd.xml": md, "r/repodata/u.xml.gz": packed})
		return feed.Collect(t.Context(), updateinfo.NewSource(fsys, []string{name}, nil), "")
	}
	good := repomd(sum(packed), sum("<updates>"+openssl+"</updates>"))
	for _, name := range []string{"r", "r/repodata", "r/repodata/repomd.xml"} {
		got, err := fetch(good, name)
		require.NoError(t, err, name)
		require.Len(t, got.Patches, 1)
	}
	for name, c := range map[string]struct {
		md   string
		want error
	}{
		"checksum":      {repomd(sum("x"), sum("<updates>"+openssl+"</updates>")), updateinfo.ErrChecksum},
		"open checksum": {repomd(sum(packed), sum("x")), updateinfo.ErrChecksum},
		"md5":           {strings.Replace(good, `<checksum type="sha256"`, `<checksum type="md5"`, 1), updateinfo.ErrChecksum},
		"none":          {repomd("", ""), updateinfo.ErrChecksum},
		"no updateinfo": {`<repomd><data type="primary"/></repomd>`, updateinfo.ErrNoUpdateinfo},
		"not repomd":    {`<updates/>`, updateinfo.ErrFormat},
		"cut":           {good[:100], updateinfo.ErrCut},
	} {
		_, err := fetch(c.md, "r")
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := fetch(good, "elsewhere")
	require.Error(t, err)
}

func TestCursorAndContext(t *testing.T) {
	t.Parallel()
	s := updateinfo.NewSource(files(map[string]string{"u.xml": "<updates>" + openssl + "</updates>"}), []string{"u.xml"}, nil)
	first, err := feed.Collect(t.Context(), s, "")
	require.NoError(t, err)
	again, err := feed.Collect(t.Context(), s, first.Next)
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = feed.Collect(t.Context(), s, "elsewhere")
	require.ErrorIs(t, err, feed.ErrCursor)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = feed.Collect(ctx, s, "")
	require.ErrorIs(t, err, context.Canceled)
}

// The cases of dnf's own tests: duplicates, modules, several architectures.
func TestCasesOfDNF(t *testing.T) {
	t.Parallel()
	n := 0
	for name, text := range oracle.Tar(t, "updateinfo/dnf-ci-updateinfo.tar.xz") {
		got := collect(t, string(text))
		t.Logf("%s: %s %v", name, got.Tally.String(), got.Tally.Notes)
		require.Empty(t, got.Tally.Refused, name)
		require.Equal(t, strings.Count(string(text), "<update "), got.Tally.Used, name)
		n++
	}
	require.Equal(t, 10, n)
}

// Extracts of Rocky's and Amazon's repositories: what is in order is used, each
// broken file is refused for what is wrong with it. One whose name says .gz is plain
// XML, which does no harm.
func TestRepositoriesOfRockyAndAmazon(t *testing.T) {
	t.Parallel()
	broken := map[string]error{
		"corrupt-updateinfo.xml.gz":     gzip.ErrChecksum,
		"updateinfo_invalid_xml.xml.gz": updateinfo.ErrCut,
	}
	for name, text := range oracle.Tar(t, "updateinfo/rhel-family-repodata.tar.xz") {
		if !strings.HasSuffix(name, ".xml.gz") {
			continue
		}
		got, err := feed.Collect(t.Context(), updateinfo.NewSource(files(map[string]string{"u": string(text)}), []string{"u"}, nil), "")
		t.Logf("%s: %s %v %v", name, got.Tally.String(), got.Tally.Refused, err)
		if want := broken[name[strings.LastIndex(name, "/")+1:]]; want != nil {
			require.ErrorIs(t, err, want, name)
			continue
		}
		require.NoError(t, err, name)
		require.Positive(t, got.Tally.Read, name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("<updates>" + openssl + "</updates>"))
	f.Add([]byte("<updates>" + strings.Replace(openssl, "2024-05-03 00:00:00", "253402300800", 1) + "</updates>"))
	f.Add([]byte("<updates>" + update("A", "x", `<module name="a" stream="b"/>`+pkg("kernel", "1")) + "</updates>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"u.xml": &fstest.MapFile{Data: text, Mode: 0o644}}
		got, err := feed.Collect(t.Context(), updateinfo.NewSource(fsys, []string{"u.xml"}, nil), "")
		if err == nil && got.Tally.Read != got.Tally.Used+len(got.Tally.Refused)+got.Tally.Skipped["names no package"] {
			t.Fatalf("%q: %s", text, got.Tally.String())
		}
		for _, p := range got.Patches {
			if p.ID == "" || p.Target.IsZero() || p.Installed.IsZero() {
				t.Fatalf("%q: %+v", text, p)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Fatalf("%q: read, and not to be written: %v", text, err)
			}
		}
	})
}

func FuzzParseRepomd(f *testing.F) {
	f.Add([]byte(`<repomd><data type="updateinfo"><checksum type="sha">00</checksum><size>7</size><location href="a"/></data></repomd>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := updateinfo.ParseRepomd(bytes.NewReader(text))
		if len(text) == 0 && err == nil {
			t.Fatal("an empty repomd.xml was taken")
		}
	})
}

func TestSourceKeepsTheContract(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("<updates>")
	for i := range 1100 {
		text.WriteString(update(fmt.Sprintf("A-%d", i), "security", pkg("a", strconv.Itoa(i%7))))
	}
	text.WriteString("</updates>")
	fsys := files(map[string]string{"u.xml": text.String(), "cut.xml": text.String()[:5000]})
	feedtest.Run(t, func(*testing.T) feed.Source { return updateinfo.NewSource(fsys, []string{"u.xml"}, nil) })
	feedtest.RunRefused(t, func(*testing.T) feed.Source { return updateinfo.NewSource(fsys, []string{"cut.xml"}, nil) })
}
