package applicability

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

func (h *host) judgeFile(c File, n note) fettle.Truth {
	path, truth, why := h.resolvePath(c.Path)
	if truth != fettle.Yes {
		return n.add(truth, "files", "%s", why)
	}
	s := &h.record.Snapshot
	if !c.Path.IsPattern() {
		f, present := s.FileAt(path)
		if present != fettle.Yes {
			return n.add(present, "files", "%s: %s", path, absence(present))
		}
		return n.add(c.meets(&f), "files", "%s: %s", path, c.describe(&f))
	}
	files, complete := s.FilesMatching(path)
	truths := make([]fettle.Truth, len(files))
	for i := range files {
		truths[i] = n.add(c.meets(&files[i]), "files", "%s: %s", files[i].Path, c.describe(&files[i]))
	}
	if len(files) == 0 {
		n.add(lookedTruth(complete), "files", "%s: %s", path, absence(lookedTruth(complete)))
	}
	return combine(c.Which, truths, complete)
}

func lookedTruth(looked bool) fettle.Truth {
	if looked {
		return fettle.No
	}
	return fettle.Unknown
}

// meets judges the stated conditions on one file that exists.
func (c File) meets(f *inventory.File) fettle.Truth {
	t := fettle.Yes
	if c.Size != (Interval{}) {
		t = t.And(fettle.TruthOf(sizeIn(c.Size, f.Size)))
	}
	if c.Digest != "" {
		t = t.And(matches(string(c.Digest), string(f.Digest)))
	}
	if c.Changed != (Interval{}) {
		t = t.And(changedIn(c.Changed, f))
	}
	if !c.Version.IsZero() {
		t = t.And(versionIn(c.Version, f.FileVersion, f.Versioned))
	}
	if !c.Product.IsZero() {
		t = t.And(versionIn(c.Product, f.ProductVersion, f.Versioned))
	}
	return t
}

func versionIn(r Range, version string, versioned fettle.Truth) fettle.Truth {
	if version == "" {
		return versioned.And(fettle.Unknown) // No where there is none to read
	}
	truth, err := r.holds(version, SchemePE)
	if err != nil {
		return fettle.Unknown
	}
	return truth
}

func sizeIn(v Interval, size int64) bool {
	low, _ := parseSize(v.Low)
	high, _ := parseSize(v.High)
	if v.Low != "" && (size < low || size == low && v.LowExcluded) {
		return false
	}
	return v.High == "" || size < high || size == high && v.HighIncluded
}

func changedIn(v Interval, f *inventory.File) fettle.Truth {
	if f.Modified.IsZero() {
		return fettle.Unknown
	}
	low, _ := parseInstant(v.Low)
	high, _ := parseInstant(v.High)
	if v.Low != "" && (f.Modified.Before(low) || f.Modified.Equal(low) && v.LowExcluded) {
		return fettle.No
	}
	return fettle.TruthOf(v.High == "" || f.Modified.Before(high) || f.Modified.Equal(high) && v.HighIncluded)
}

// describe says what of a file the criterion looked at.
func (c File) describe(f *inventory.File) string {
	parts := []string{"exists"}
	if c.Size != (Interval{}) {
		parts = append(parts, "size "+strconv.FormatInt(f.Size, 10))
	}
	if c.Digest != "" {
		parts = append(parts, "digest "+orUnknown(string(f.Digest)))
	}
	if c.Changed != (Interval{}) {
		parts = append(parts, "changed "+f.Modified.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if !c.Version.IsZero() {
		parts = append(parts, "version "+orUnknown(f.FileVersion))
	}
	if !c.Product.IsZero() {
		parts = append(parts, "product version "+orUnknown(f.ProductVersion))
	}
	return strings.Join(parts, ", ")
}

// resolve returns the path or pattern that p stands for on this host.
func (h *host) resolve(p Path) (string, bool) {
	path, truth, _ := h.resolvePath(p)
	return path, truth == fettle.Yes
}

// resolvePath is resolve, with No where the folder is known not to be there and
// what is in the way.
func (h *host) resolvePath(p Path) (path string, truth fettle.Truth, why string) {
	s := &h.record.Snapshot
	var folder string
	switch {
	case p.Folder != "":
		folder, truth = s.Folder(p.Folder)
		if truth != fettle.Yes {
			return "", truth, "folder " + p.Folder + ": " + absence(truth)
		}
	case !p.Key.IsZero():
		value, present := s.RegistryValue(p.Key.Key, p.Key.View, p.Key.Value)
		if present != fettle.Yes {
			return "", present, "registry " + p.Key.Key + " " + p.Key.Value + ": " + absence(present)
		}
		var ok bool
		if folder, ok = h.expand(value); !ok {
			return "", fettle.Unknown, "registry " + p.Key.Key + " " + p.Key.Value + ": holds no folder that can be told"
		}
	default:
		return p.Path, fettle.Yes, ""
	}
	separator := "/"
	if s.OS.Family == "windows" {
		separator = `\`
	}
	return strings.TrimRight(folder, `/\`) + separator + strings.TrimLeft(p.Path, `/\`), fettle.Yes, ""
}

// expand returns the folder that a registry value holds. Of the variables that
// a REG_EXPAND_SZ may have, those that are known folders can be told.
func (h *host) expand(v inventory.RegistryValue) (string, bool) {
	if len(v.Data) != 1 || v.Type != inventory.RegString && v.Type != inventory.RegExpand {
		return "", false
	}
	text := strings.Trim(v.Data[0], `"`)
	if v.Type == inventory.RegString || !strings.Contains(text, "%") {
		return text, text != ""
	}
	_, rest, _ := strings.Cut(text, "%")
	name, rest, ok := strings.Cut(rest, "%")
	if !ok || strings.Contains(rest, "%") || !strings.HasPrefix(text, "%") {
		return "", false
	}
	if strings.EqualFold(name, "SystemRoot") || strings.EqualFold(name, "windir") {
		name = "Windows"
	}
	folder, present := h.record.Snapshot.Folder(name)
	return folder + rest, present == fettle.Yes
}
