package local

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// services lists systemd's services where the running system is systemd's. Of
// other systems nothing is known.
func (t *tree) services(ctx context.Context) {
	if len(t.needs.Services) == 0 || !t.ours {
		return
	}
	if _, err := fs.Stat(t.fsys, "run/systemd/system"); err != nil { // sd_booted(3)
		if !errors.Is(err, fs.ErrNotExist) {
			t.problem("%w", err)
		}
		return
	}
	units, err := t.run(ctx, "systemctl", "list-units", "--type=service", "--all", "--full", "--plain", "--no-legend", "--no-pager")
	if err != nil {
		t.problem("services: %w", err)
		return
	}
	files, err := t.run(ctx, "systemctl", "list-unit-files", "--type=service", "--full", "--no-legend", "--no-pager")
	if err != nil {
		t.problem("services: %w", err)
		return
	}
	every := slices.Contains(t.needs.Services, "*")
	for _, s := range servicesOf(string(units), string(files)) {
		if every || slices.Contains(t.needs.Services, s.Name) {
			t.Snapshot.Services = append(t.Snapshot.Services, s)
		}
	}
	t.Snapshot.Scope.Services = slices.Clone(t.needs.Services)
}

// servicesOf puts together what systemctl lists: units as name, load, active
// and sub state; unit files as name and state (systemctl(1)).
func servicesOf(units, files string) []inventory.Service {
	byName := make(map[string]inventory.Service)
	for line := range strings.Lines(units) {
		words := strings.Fields(strings.TrimLeft(line, "● *"))
		if len(words) < 4 || words[1] == "not-found" {
			continue
		}
		byName[words[0]] = inventory.Service{Name: words[0], State: serviceState(words[2], words[3])}
	}
	for line := range strings.Lines(files) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		s, loaded := byName[words[0]]
		if s.Name = words[0]; !loaded {
			s.State = "stopped"
		}
		switch words[1] {
		case "enabled", "enabled-runtime":
			s.Start = "auto"
		case "disabled":
			s.Start = "manual"
		case "masked", "masked-runtime":
			s.Start = "disabled"
		default:
			s.Start = words[1] // static, generated, alias, indirect
		}
		byName[s.Name] = s
	}
	list := make([]inventory.Service, 0, len(byName))
	for _, s := range byName {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b inventory.Service) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func serviceState(active, sub string) string {
	switch {
	case active == "active" && sub == "running":
		return "running"
	case active == "inactive":
		return "stopped"
	default:
		return active // active (exited), failed, activating
	}
}
