package apt_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed/apt"
)

// bookworm is a host with packages written as name:arch=version.
func bookworm(packages ...string) host {
	h := host{id: "debian", codename: "bookworm", native: "amd64"}
	for _, p := range packages {
		name, rest, _ := strings.Cut(p, ":")
		arch, version, _ := strings.Cut(rest, "=")
		h.packages = append(h.packages, installed{name, arch, version})
	}
	return h
}

func backports() string {
	return "Origin: Debian Backports\nSuite: oldstable-backports\nCodename: bookworm-backports\nNotAutomatic: yes\nButAutomaticUpgrades: yes\n" + dated
}

// TestPatches says for hosts and lists which packages would change to which
// version.
func TestPatches(t *testing.T) {
	t.Parallel()
	main := one(debian(""),
		stanza("libssl3", "3.0.1-1", "amd64", "openssl"), stanza("openssl", "3.0.1-1", "amd64", ""), stanza("ssl-doc", "3.0.1-1", "all", "openssl"),
		stanza("gcc", "4:12.2.0-3", "amd64", "gcc-defaults (1.203)"), stanza("rebuilt", "1.0-1+b2", "amd64", "rebuilt (1.0-1)"),
		stanza("taken", "1-1", "amd64", "old-owner"), stanza("was-all", "2", "amd64", ""), stanza("was-any", "2", "all", ""))
	fixes := one(security(), stanza("libssl3", "3.0.2-1", "amd64", "openssl"), stanza("taken", "2-1", "amd64", "new-owner"))
	later := one(backports(), stanza("libssl3", "3.1.0-1~bpo12+1", "amd64", "openssl"), stanza("only-there", "1~bpo", "amd64", ""))
	experimental := one(strings.Replace(backports(), "ButAutomaticUpgrades: yes\n", "", 1), stanza("libssl3", "9", "amd64", "openssl"))
	i386 := suite{debian(""), map[string]string{"main/binary-i386/Packages": stanza("libssl3", "3.0.1-1", "i386", "openssl") + stanza("ssl-doc", "3.0.1-1", "all", "openssl")}}
	for name, c := range map[string]struct {
		suites []suite
		host   host
		want   string
	}{
		"nothing here":                         {[]suite{main, fixes}, bookworm("bash:amd64=5"), ""},
		"older than both":                      {[]suite{main, fixes}, bookworm("libssl3:amd64=2"), "libssl3:amd64=3.0.2-1"},
		"older than the newer":                 {[]suite{main, fixes}, bookworm("libssl3:amd64=3.0.1-1"), "libssl3:amd64=3.0.2-1"},
		"the newest":                           {[]suite{main, fixes}, bookworm("libssl3:amd64=3.0.2-1"), ""},
		"newer than all":                       {[]suite{main, fixes}, bookworm("libssl3:amd64=3.9"), ""},
		"a part that the newer has not":        {[]suite{main, fixes}, bookworm("libssl3:amd64=2", "ssl-doc:all=2"), "libssl3:amd64=3.0.2-1 ssl-doc:all=3.0.1-1"},
		"its own version, not the source's":    {[]suite{main}, bookworm("gcc:amd64=4:12.1.0-1", "rebuilt:amd64=1.0-1"), "gcc:amd64=4:12.2.0-3 rebuilt:amd64=1.0-1+b2"},
		"its own version, reached":             {[]suite{main}, bookworm("gcc:amd64=4:12.2.0-3", "rebuilt:amd64=1.0-1+b2"), ""},
		"taken over by another source":         {[]suite{main, fixes}, bookworm("taken:amd64=0"), "taken:amd64=2-1"},
		"all became any, any became all":       {[]suite{main}, bookworm("was-all:all=1", "was-any:amd64=1"), "was-all:all=2 was-any:amd64=2"},
		"a foreign one without its list":       {[]suite{main}, bookworm("libssl3:i386=1", "was-any:i386=1", "libssl3:amd64=3.0.1-1"), ""},
		"a foreign one with its list":          {[]suite{main, i386}, bookworm("libssl3:i386=1", "libssl3:amd64=3.0.1-1"), "libssl3:i386=3.0.1-1"},
		"one architecture ahead of the other":  {[]suite{main, i386}, bookworm("libssl3:i386=3.0.1-1", "libssl3:amd64=1"), "libssl3:amd64=3.0.1-1"},
		"backports leave the suite's alone":    {[]suite{main, later}, bookworm("libssl3:amd64=3.0.1-1"), ""},
		"backports upgrade their own":          {[]suite{main, later}, bookworm("libssl3:amd64=3.1.0-1~bpo12+0"), "libssl3:amd64=3.1.0-1~bpo12+1"},
		"backports upgrade what only they had": {[]suite{main, later}, bookworm("only-there:amd64=0"), "only-there:amd64=1~bpo"},
		"the suite's before backports'":        {[]suite{main, later}, bookworm("libssl3:amd64=3.0.0-1"), "libssl3:amd64=3.0.1-1"},
		"experimental never":                   {[]suite{main, experimental}, bookworm("libssl3:amd64=3.0.1-1"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lists []*apt.List
			for _, s := range c.suites {
				lists = append(lists, s.lists(t)...)
			}
			if got := written(c.host.upgradable(apt.Patches(lists, nil))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func written(m map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		words = append(words, k+"="+m[k])
	}
	return strings.Join(words, " ")
}

func TestPatchesOfAnotherSystem(t *testing.T) {
	t.Parallel()
	lists := one(debian(""), stanza("a", "2", "amd64", "")).lists(t)
	h := bookworm("a:amd64=1")
	for _, codename := range []string{"bookworm", "trixie"} {
		h.codename = codename
		if got := len(h.upgradable(apt.Patches(lists, nil))); got != map[string]int{"bookworm": 1}[codename] {
			t.Errorf("%s: %d", codename, got)
		}
		if got := len(h.upgradable(apt.Patches(lists, &apt.PatchOptions{AnySystem: true}))); got != 1 {
			t.Errorf("%s, whatever the system: %d", codename, got)
		}
	}
	third := one("Origin: Docker\nSuite: bookworm\n"+dated, stanza("a", "2", "amd64", "")).lists(t)
	h.id = "mint"
	if got := apt.Patches(third, nil); len(h.upgradable(got)) != 1 || got[0].ID != "docker:bookworm/a@2" {
		t.Errorf("an archive of no distribution: %+v", got)
	}
}

func TestPatchesSupersede(t *testing.T) {
	t.Parallel()
	ssl := func(version string) string { return stanza("libssl3", version, "amd64", "openssl") }
	lists := slices.Concat(
		one(debian(""), ssl("1-1"), ssl("2-1"), stanza("zlib", "5", "amd64", "")).lists(t),
		one(security(), ssl("2-1"), ssl("1.5-1")).lists(t),
		one(debian("-updates"), ssl("10-1")).lists(t),
		one("Origin: Docker\nSuite: bookworm\n"+dated, ssl("11-1")).lists(t),
		one(strings.ReplaceAll(debian(""), "bookworm", "trixie"), ssl("12-1")).lists(t),
	)
	want := map[fettle.PatchID][]fettle.PatchID{
		"bookworm/openssl@1-1":            nil,
		"bookworm-security/openssl@1.5-1": {"bookworm/openssl@1-1"},
		"bookworm/openssl@2-1":            {"bookworm-security/openssl@1.5-1"},
		"bookworm-security/openssl@2-1":   {"bookworm/openssl@2-1"},
		"bookworm-updates/openssl@10-1":   {"bookworm-security/openssl@2-1"},
		"docker:bookworm/openssl@11-1":    nil,
		"trixie/openssl@12-1":             nil,
		"bookworm/zlib@5":                 nil,
	}
	patches := apt.Patches(lists, nil)
	if len(patches) != len(want) || !slices.IsSortedFunc(patches, func(a, b applicability.Patch) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
		t.Errorf("%d patches, want %d in the order of their IDs", len(patches), len(want))
	}
	for _, p := range patches {
		older, ok := want[p.ID]
		if !ok || !slices.Equal(p.Supersedes, older) {
			t.Errorf("%s supersedes %v, want %v", p.ID, p.Supersedes, older)
		}
		if security := strings.Contains(string(p.ID), "-security"); security != (p.Class == fettle.ClassSecurity) {
			t.Errorf("%s: class %s", p.ID, p.Class)
		}
	}
}

func TestPatchesRestart(t *testing.T) {
	t.Parallel()
	for want, names := range map[fettle.Restart][][]string{
		fettle.RestartHost:    {{"linux-image-amd64", "linux-headers-amd64"}, {"intel-microcode"}},
		fettle.RestartUnknown: {{"linux-image-amd64-unsigned", "linux-libc-dev"}, {"openssl"}, {"linux-headers-amd64"}},
	} {
		for _, group := range names {
			var stanzas []string
			for _, name := range group {
				stanzas = append(stanzas, stanza(name, "1", "amd64", "s"))
			}
			p := apt.Patches(one(debian(""), stanzas...).lists(t), nil)
			if len(p) != 1 || p[0].Restart != want {
				t.Errorf("%v: %s, want %s", group, p[0].Restart, want)
			}
		}
	}
}

func TestPatchesPayloads(t *testing.T) {
	t.Parallel()
	lists := one(debian(""), stanza("a", "2", "amd64", "s"), stanza("b", "2", "amd64", "s")).lists(t)
	p := apt.Patches(lists, &apt.PatchOptions{Payloads: true})[0]
	h := bookworm("b:amd64=1")
	var names []string
	for _, l := range p.Payloads {
		if err := l.Digest.Check(); err != nil || l.Size != 10 || l.Locations[0] != "pool/"+l.Name {
			t.Errorf("%+v, %v", l, err)
		}
		if h.holds(l.When) {
			names = append(names, l.Name)
		}
	}
	if len(p.Payloads) != 2 || !slices.Equal(names, []string{"b_amd64.deb"}) {
		t.Errorf("%d payloads, the host takes %v", len(p.Payloads), names)
	}
}

// candidate is apt's choice written down (apt_preferences(5), "Determination of
// the Candidate Version"): of the versions not below the installed one the
// highest priority, then the highest version.
func candidate(h host, i installed, offers []offer) string {
	group := func(arch string) string {
		if arch == "all" {
			return h.native
		}
		return arch
	}
	best, priority := i.version, 100
	for _, o := range offers {
		if o.name == i.name && group(o.arch) == group(i.arch) && order(o.version, i.version) == 0 {
			priority = max(priority, o.priority)
		}
	}
	for _, o := range offers {
		if o.name != i.name || group(o.arch) != group(i.arch) || order(o.version, i.version) < 0 {
			continue
		}
		if o.priority > priority || o.priority == priority && order(o.version, best) > 0 {
			best, priority = o.version, o.priority
		}
	}
	return best
}

type offer struct {
	installed

	priority int
}

// TestPatchesAgainstApt compares random lists and hosts with apt's rule.
func TestPatchesAgainstApt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	version := func() string { return pick("1", "1+b1", "2~rc1", "2", "1:0") }
	needed := 0
	for round := range 3000 {
		archs := []string{"amd64", "i386"}[:1+r.IntN(2)]
		heads := map[string]int{debian(""): 500, security(): 500}
		if len(archs) == 1 {
			heads[backports()] = 100
		}
		var lists []*apt.List
		var offers []offer
		for _, head := range slices.Sorted(maps.Keys(heads)) {
			s := suite{head, map[string]string{}}
			for _, arch := range archs {
				stanzas := []string{fmt.Sprintf("Package: %s-%s\nVersion: 1\nArchitecture: %s\n\n", "filler", arch, arch)}
				for range r.IntN(6) {
					p := installed{pick("a", "b", "c"), pick(arch, arch, "all"), version()}
					stanzas = append(stanzas, stanza(p.name, p.version, p.arch, pick("", "s", "t (3)")))
					offers = append(offers, offer{p, heads[head]})
				}
				s.packages["main/binary-"+arch+"/Packages"] = strings.Join(stanzas, "")
			}
			lists = append(lists, s.lists(t)...)
		}
		h := bookworm()
		for _, name := range []string{"a", "b", "c"} {
			if r.IntN(3) > 0 {
				h.packages = append(h.packages, installed{name, pick("amd64", "amd64", "all"), version()})
			}
			if r.IntN(3) == 0 {
				h.packages = append(h.packages, installed{name, "i386", version()})
			}
		}
		want := map[string]string{}
		for _, i := range h.packages {
			if v := candidate(h, i, offers); order(v, i.version) > 0 {
				want[i.name+":"+i.arch] = v
			}
		}
		needed += len(want)
		if got := written(h.upgradable(apt.Patches(lists, nil))); got != written(want) {
			t.Fatalf("round %d: got %s, apt's rule says %s\nhost %v\noffers %v", round, got, written(want), h.packages, offers)
		}
	}
	if needed < 1000 {
		t.Errorf("only %d upgrades in all rounds: the test tests little", needed)
	}
}
