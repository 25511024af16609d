// Package osvgen makes up advisories in the form of Debian's OSV export and a
// Debian host that they speak of, for benchmarks: the same from the same seed,
// of the size and shape of the real ones, about packages that do not exist.
package osvgen

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
)

// Sources is how many source packages the made-up archive has.
const Sources = 12_000

// Releases are the Debian releases that advisories speak of; the host runs the
// second.
func Releases() []string { return []string{"11", "12", "13"} }

// Advisories yields n advisories, each with a file name and its JSON text of
// two to three kilobytes.
func Advisories(n int, seed uint64) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for i := range n {
			name, text := advisory(i, rand.New(rand.NewPCG(seed, uint64(i))))
			if !yield(name, text) {
				return
			}
		}
	}
}

// source is one source package of the archive.
type source struct {
	name  string
	epoch int
	major int
}

// sourceAt returns source package i. Its name is of two or three syllables, as
// libraries, tools and modules of languages are called.
func sourceAt(i int) source {
	stems := [...]string{
		"acl", "base", "cairo", "core", "crypt", "curl", "data", "disk", "expat", "font", "fuse", "glib", "graph", "grid", "http", "image",
		"index", "json", "kern", "link", "log", "mail", "math", "media", "net", "node", "parse", "pixel", "query", "regex", "shell", "sock",
		"sound", "spell", "sql", "ssl", "stat", "sync", "text", "time", "unit", "video", "web", "wire", "xml", "yaml", "zip", "zone",
	}
	kinds := [...]string{"lib%s%s", "%s-%s", "python-%s-%s", "golang-%s-%s", "%s%sd", "node-%s-%s", "ruby-%s%s", "lib%s-%s-perl", "%s-%s-utils", "php-%s-%s", "r-cran-%s%s", "%s%s"}
	h := uint64(i)*0x9e3779b97f4a7c15 + 1
	a, b := i%len(stems), i/len(stems)%len(stems)
	return source{
		name:  fmt.Sprintf(kinds[i/(len(stems)*len(stems))%len(kinds)], stems[a], stems[b]),
		epoch: int(h>>60) / 14, // one in eight
		major: int(h >> 32 % 9),
	}
}

// version returns the version of s in a release after step updates of it.
func (s source) version(release string, step int) string {
	v := fmt.Sprintf("%d.%d.%d-%d", s.major, len(release)+int(release[1]-'0')*3, s.major*7%5, 1+s.major%3)
	if step > 0 {
		v += fmt.Sprintf("+deb%su%d", release, step)
	}
	if s.epoch > 0 {
		v = fmt.Sprintf("%d:%s", s.epoch, v)
	}
	return v
}

// skewed returns an index below n; small ones are far more frequent, as a few
// packages have most of the advisories.
func skewed(r *rand.Rand, n int) int {
	u := r.Float64()
	return int(u * u * u * float64(n))
}

const steps = 12 // updates of a source in a release

func advisory(i int, r *rand.Rand) (string, []byte) {
	s := sourceAt(skewed(r, Sources))
	year := 2015 + r.IntN(11)
	cve := fmt.Sprintf("CVE-%d-%d", year, 1000+i)
	at := time.Unix(1_420_070_400, 0).Add(time.Duration(year-2015)*8766*time.Hour + time.Duration(r.IntN(8766))*time.Hour).UTC()
	id := "DEBIAN-" + cve
	if i%8 == 0 {
		id = fmt.Sprintf("DSA-%d-1", 3000+i/8)
	}
	step := 1 + r.IntN(steps)
	var affected []map[string]any
	for _, release := range Releases() {
		if r.IntN(5) == 0 {
			continue
		}
		events := []map[string]string{{"introduced": "0"}}
		if r.IntN(12) > 0 {
			events = append(events, map[string]string{"fixed": s.version(release, step)})
		}
		versions := []string{}
		for before := range step {
			versions = append(versions, s.version(release, before))
		}
		affected = append(affected, map[string]any{
			"package":            map[string]string{"ecosystem": "Debian:" + release, "name": s.name, "purl": "pkg:deb/debian/" + s.name + "?arch=source"},
			"ranges":             []map[string]any{{"type": "ECOSYSTEM", "events": events}},
			"versions":           versions,
			"ecosystem_specific": map[string]string{"urgency": [...]string{"not yet assigned", "low", "medium", "high"}[r.IntN(4)]},
			"database_specific":  map[string]string{"source": "https://storage.example.org/debian/" + id + ".json"},
		})
	}
	if affected == nil {
		affected = []map[string]any{}
	}
	doc := map[string]any{
		"schema_version": "1.7.3", "id": id, "modified": at.Add(time.Hour), "published": at,
		"details": prose(r, 400+r.IntN(900)), "upstream": []string{cve}, "affected": affected,
		"references": []map[string]string{
			{"type": "ADVISORY", "url": "https://security-tracker.example.org/tracker/" + cve},
			{"type": "WEB", "url": "https://lists.example.org/debian-security-announce/" + id},
		},
	}
	if r.IntN(3) > 0 {
		pick := func(letters string) string { return string(letters[r.IntN(len(letters))]) }
		doc["severity"] = []map[string]string{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:" + pick("NALP") + "/AC:" + pick("LH") + "/PR:" + pick("NLH") +
			"/UI:" + pick("NR") + "/S:" + pick("UC") + "/C:" + pick("NLH") + "/I:" + pick("NLH") + "/A:" + pick("NLH")}}
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		text = []byte("{}") // maps of strings always marshal
	}
	return id + ".json", text
}

func prose(r *rand.Rand, n int) string {
	words := strings.Fields(`a the of in an attacker could remote crafted input parsing overflow heap buffer causes denial service before version
		allows "execution" arbitrary code memory when handling malformed certificate request \\path file which may lead to disclosure information
		discovered that did not properly validate length field users with local access privilege escalation through symbolic link race condition`)
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(" \n"[min(1, r.IntN(14)/13)])
	}
	return strings.TrimSpace(b.String())
}

// Installed is one binary package of the made-up host.
type Installed struct{ Name, Version, Source, SourceVersion string }

// Packages returns n binary packages of about half as many sources, as a host
// has them that runs Debian 12 and was last updated some time ago.
func Packages(n int, seed uint64) []Installed {
	r := rand.New(rand.NewPCG(seed, 1<<63))
	list := make([]Installed, 0, n)
	for seen := map[int]bool{}; len(list) < n; {
		i := skewed(r, Sources)
		if seen[i] {
			continue
		}
		seen[i] = true
		s := sourceAt(i)
		version := s.version("12", steps-r.IntN(3)*r.IntN(4))
		for _, suffix := range []string{"", "-common", "-dev"}[:min(1+r.IntN(3), n-len(list))] {
			list = append(list, Installed{s.name + suffix, version, s.name, version})
		}
	}
	return list
}

// Status returns the dpkg status file of a host with these packages.
func Status(packages []Installed) []byte {
	var b strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&b, "Package: %s\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 512\n"+
			"Maintainer: Nobody <nobody@example.org>\nArchitecture: amd64\n", p.Name)
		if p.Source != p.Name {
			fmt.Fprintf(&b, "Source: %s\n", p.Source)
		}
		fmt.Fprintf(&b, "Version: %s\nDepends: libc6 (>= 2.36)\nDescription: a package that does not exist\n It is made up.\n\n", p.Version)
	}
	return []byte(b.String())
}

// OSRelease is the os-release file of the host.
func OSRelease() []byte {
	return []byte("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n")
}
