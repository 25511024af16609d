//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// rpms are the packages of the made-up rpm database.
func rpms() []inventory.Package {
	var all []inventory.Package
	for _, p := range []struct{ name, evr, arch string }{
		{"alpha", "1.0-1", "x86_64"},
		{"beta", "2:1.10-1~rc1", "noarch"},
		{"gamma", "1.9-2.el8", "x86_64"},
		{"delta", "0:0.1+git2024-2.1", "x86_64"},
		{"zeta-dev", "1.0-1.el8_5.2", "x86_64"},
		{"eta", "1:1.2.3-4", "noarch"},
		{"kernel", "5.14.0-70.el9_0", "x86_64"},
		{"kernel", "5.14.0-70.13.1.el9_0", "x86_64"},
	} {
		all = append(all, inventory.Package{Type: inventory.TypeRPM, Name: p.name, Version: p.evr, Arch: p.arch})
	}
	return all
}

// fillRPM makes an rpm database of packages without files, if there is an
// rpmbuild to make the packages.
func (w *world) fillRPM(ctx context.Context) error {
	build, err := exec.LookPath("rpmbuild")
	if err != nil {
		fmt.Println("rpminfo is not compared: there is no rpmbuild")
		return nil
	}
	at := func(name string) string { return filepath.Join(w.dir, name) }
	if err := os.WriteFile(at(".rpmmacros"), fmt.Appendf(nil, "%%_dbpath %s\n%%_rpmdir %s\n%%_topdir %s\n", at("db"), at("rpms"), at("top")), 0o600); err != nil {
		return err
	}
	run := func(program string, args ...string) error {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = append(os.Environ(), w.environment()...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %.1000s", program, err, out)
		}
		return nil
	}
	if err := run("rpm", "--initdb"); err != nil {
		return err
	}
	for i, p := range rpms() {
		epoch, rest, has := strings.Cut(p.Version, ":")
		if !has {
			epoch, rest = "", p.Version
		}
		version, release, _ := strings.Cut(rest, "-")
		spec := fmt.Sprintf("Name: %s\nVersion: %s\nRelease: %s\nSummary: s\nLicense: l\n", p.Name, version, release)
		if has {
			spec += "Epoch: " + epoch + "\n"
		}
		if p.Arch == "noarch" {
			spec += "BuildArch: noarch\n"
		}
		name := at(fmt.Sprintf("%d.spec", i))
		if err := os.WriteFile(name, []byte(spec+"%description\nd\n%files\n"), 0o600); err != nil {
			return err
		}
		if err := run(build, "-bb", "--quiet", name); err != nil {
			return err
		}
	}
	built, err := filepath.Glob(at("rpms/*/*.rpm"))
	if err != nil {
		return err
	}
	w.rpms = rpms()
	return run("rpm", append([]string{"-i", "--justdb", "--nodeps", "--noscripts", "--ignorearch", "--force"}, built...)...)
}

func rpmPackages() family {
	names := []string{"alpha", "beta", "gamma", "delta", "zeta-dev", "eta", "kernel", "absent"}
	return family{
		prefix: "l", kind: "rpminfo",
		filters: []field{{"name", "string", names}, {"arch", "string", []string{"noarch", "x86_64"}}, {"version", "string", []string{"1.0", "1.10", "1.9"}}},
		object: func(w *writer) string {
			if w.IntN(3) == 0 {
				return fmt.Sprintf(`<l:name operation="pattern match">%s</l:name>`, pick(w, "^z", "a$", "^(alpha|beta)$", ".", "none", "kernel"))
			}
			return w.name("l:name", names)
		},
		entities: []field{
			{"name", "string", names},
			{"arch", "string", []string{"x86_64", "noarch", "i686"}},
			{"epoch", "string", []string{"0", "1", "2", "(none)"}},
			{"release", "string", []string{"1", "1~rc1", "2.el8"}},
			{"version", "string", []string{"1.0", "1.10", "1.9", "5.14.0"}},
			{"evr", "evr_string", append([]string{"0:5.14.0-70.13.1.el9_0", "0:1.9-2.el8", "0:1.0-1.el8_5.1"}, evrs...)},
			{"extended_name", "string", []string{"alpha-0:1.0-1.x86_64", "eta-1:1.2.3-4.noarch"}},
		},
	}
}
