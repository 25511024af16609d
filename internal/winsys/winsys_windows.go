package winsys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Value is one value of a registry key as it is stored.
type Value struct {
	Name string
	Type uint32 // REG_SZ and so on, as winnt.h numbers them
	Data []byte
}

// The bounds of what is read of one key.
const (
	maxValue   = 1 << 20 // bytes of one value
	maxEntries = 1 << 17 // values or subkeys
)

// hive gives the root of the registry by its short name.
func hive(name string) (registry.Key, bool) {
	switch name {
	case "HKLM":
		return registry.LOCAL_MACHINE, true
	case "HKCU":
		return registry.CURRENT_USER, true
	case "HKCR":
		return registry.CLASSES_ROOT, true
	case "HKU":
		return registry.USERS, true
	case "HKCC":
		return registry.CURRENT_CONFIG, true
	default:
		return 0, false
	}
}

// ReadKey returns the values of a key, HKLM\SOFTWARE\Mozilla, and the names of
// its subkeys. bits is 32 or 64 for that view, 0 for the system's own. An error
// that wraps fs.ErrNotExist means that there is no such key.
func ReadKey(key string, bits int) (values []Value, subkeys []string, err error) {
	name, path, _ := strings.Cut(key, `\`)
	root, ok := hive(name)
	if !ok {
		return nil, nil, fmt.Errorf("registry %s: unknown hive: %w", key, fs.ErrInvalid)
	}
	access := uint32(registry.READ)
	switch bits {
	case 32:
		access |= registry.WOW64_32KEY
	case 64, 0: // a 32-bit program sees the other view if it does not ask
		access |= registry.WOW64_64KEY
	}
	k, err := registry.OpenKey(root, path, access)
	if err != nil {
		return nil, nil, fmt.Errorf("registry %s: %w", key, err)
	}
	defer k.Close()
	if subkeys, err = k.ReadSubKeyNames(maxEntries); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("registry %s: %w", key, err)
	}
	names, err := k.ReadValueNames(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("registry %s: %w", key, err)
	}
	for _, name := range names {
		v, err := readValue(k, name)
		if errors.Is(err, fs.ErrNotExist) { // gone meanwhile
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("registry %s: value %s: %w", key, name, err)
		}
		values = append(values, v)
	}
	return values, subkeys, nil
}

func readValue(k registry.Key, name string) (Value, error) {
	for size := 256; ; {
		data := make([]byte, size)
		n, kind, err := k.GetValue(name, data)
		switch {
		case err == nil:
			return Value{Name: name, Type: kind, Data: data[:n]}, nil
		case errors.Is(err, registry.ErrShortBuffer) && n > size && n <= maxValue:
			size = n
		default:
			return Value{}, err
		}
	}
}

// ServiceStates returns the state of every service by name, as the SERVICE_
// constants of winsvc.h number them: 1 is stopped, 4 running.
func ServiceStates() (map[string]uint32, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil, fmt.Errorf("service control manager: %w", err)
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	var needed, count uint32
	for size := uint32(64 << 10); size <= 64<<20; size = max(2*size, size+needed) {
		buffer := make([]byte, size)
		err := windows.EnumServicesStatusEx(manager, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32,
			windows.SERVICE_STATE_ALL, &buffer[0], size, &needed, &count, nil, nil)
		if errors.Is(err, windows.ERROR_MORE_DATA) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("services: %w", err)
		}
		states := make(map[string]uint32, count)
		if count > 0 {
			list := unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(&buffer[0])), count)
			for _, s := range list {
				states[windows.UTF16PtrToString(s.ServiceName)] = s.ServiceStatusProcess.CurrentState
			}
		}
		return states, nil
	}
	return nil, errors.New("services: the list is too long")
}

// SinceBoot returns the time since the system was started.
func SinceBoot() time.Duration { return windows.DurationSinceBoot() }
