package local

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/inventory"
)

// registryValue gives a value as the snapshot has it. Text may hold half a
// pair of UTF-16 or lack its zero at the end: the registry does not check what
// is stored (winnt.h types; RegQueryValueEx, "Remarks").
func registryValue(name string, kind uint32, data []byte) inventory.RegistryValue {
	v := inventory.RegistryValue{Name: strings.ToValidUTF8(name, "\ufffd"), Type: inventory.RegOther}
	if kind < uint32(inventory.RegOther) {
		v.Type = inventory.ValueType(kind)
	}
	switch v.Type {
	case inventory.RegString, inventory.RegExpand, inventory.RegLink:
		text, _, _ := strings.Cut(wide(data), "\x00")
		v.Data = []string{text}
	case inventory.RegMulti:
		v.Data = multi(wide(data))
	case inventory.RegDword, inventory.RegDwordBigEndian:
		if len(data) != 4 {
			return inventory.RegistryValue{Name: v.Name, Type: inventory.RegBinary, Data: []string{hex.EncodeToString(data)}}
		}
		n := binary.LittleEndian.Uint32(data)
		if v.Type == inventory.RegDwordBigEndian {
			n = binary.BigEndian.Uint32(data)
		}
		v.Data = []string{strconv.FormatUint(uint64(n), 10)}
	case inventory.RegQword:
		if len(data) != 8 {
			return inventory.RegistryValue{Name: v.Name, Type: inventory.RegBinary, Data: []string{hex.EncodeToString(data)}}
		}
		v.Data = []string{strconv.FormatUint(binary.LittleEndian.Uint64(data), 10)}
	default:
		v.Data = []string{hex.EncodeToString(data)}
	}
	return v
}

func wide(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// multi parts a REG_MULTI_SZ: strings that each end in a zero, and a zero after
// the last. PendingFileRenameOperations has empty strings within.
func multi(text string) []string {
	text = strings.TrimSuffix(text, "\x00") // the list's own end
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
}

// registry reads the keys that are wanted, and those that hold the folders of
// wanted files.
func (d *desktop) registry(context.Context) {
	for _, need := range d.needs.Registry {
		d.registryNeed(need)
	}
	for _, need := range d.needs.Files {
		if need.From != nil {
			d.registryNeed(*need.From)
		}
	}
}

// maxKeys bounds the keys that one pattern may match; with more, the pattern is
// not in scope.
const maxKeys = 20_000

func (d *desktop) registryNeed(need inventory.RegistryNeed) {
	clean, err := inventory.CleanKey(need.Key)
	if err != nil {
		d.problem("%w", err)
		return
	}
	view := need.View
	if view == inventory.ViewNative && (d.Snapshot.OS.Arch == "amd64" || d.Snapshot.OS.Arch == "arm64") {
		view = inventory.View64
	}
	keys, err := d.expandKey(clean, view)
	if err != nil {
		d.problem("%w", err)
		return
	}
	for _, key := range keys {
		raw, err := d.machine.key(key, view)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			d.problem("%w", err)
			return
		}
		d.addKey(key, view, raw, need.Values)
	}
	d.Snapshot.Scope.Registry = append(d.Snapshot.Scope.Registry, inventory.KeyScope{Key: clean, View: view, Values: slices.Clone(need.Values)})
}

// addKey enters a key with the wanted values, none meaning all; two needs for
// one key add up.
func (d *desktop) addKey(key string, view inventory.View, raw rawKey, wanted []string) {
	list := &d.Snapshot.Registry
	i := slices.IndexFunc(*list, func(k inventory.RegistryKey) bool { return strings.EqualFold(k.Key, key) && k.View == view })
	if i < 0 {
		i, *list = len(*list), append(*list, inventory.RegistryKey{Key: key, View: view})
	}
	k := &(*list)[i]
	same := func(name string) func(string) bool {
		return func(other string) bool { return strings.EqualFold(name, other) }
	}
	for _, v := range raw.values {
		have := slices.ContainsFunc(k.Values, func(old inventory.RegistryValue) bool { return strings.EqualFold(old.Name, v.Name) })
		if !have && (len(wanted) == 0 || slices.ContainsFunc(wanted, same(v.Name))) {
			k.Values = append(k.Values, v)
		}
	}
}

// expandKey lists the keys that a pattern matches, opening only the keys above
// an element that is a pattern.
func (d *desktop) expandKey(pattern string, view inventory.View) ([]string, error) {
	hive, rest, _ := strings.Cut(pattern, `\`)
	found := []string{hive}
	for element := range strings.SplitSeq(rest, `\`) {
		var next []string
		for _, key := range found {
			if !inventory.IsPattern(element) {
				next = append(next, key+`\`+element)
				continue
			}
			raw, err := d.machine.key(key, view)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, sub := range raw.subkeys {
				if matchName(element, sub) {
					next = append(next, key+`\`+sub)
				}
			}
		}
		if len(next) > maxKeys {
			return nil, &inventory.RecordError{File: "registry", Record: pattern, Err: inventory.ErrTooLarge}
		}
		found = next
	}
	return found, nil
}

// matchName matches one element of a key, in which / is an ordinary character.
func matchName(pattern, name string) bool {
	plain := strings.NewReplacer("/", "\x00").Replace
	return inventory.MatchPath(plain(pattern), plain(name), true)
}
