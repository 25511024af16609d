package local

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// ErrNoID is returned by Host where the system has no machine id; the rest of
// the Host is good.
var ErrNoID = errors.New("local: the system has no machine id")

// Host says who the host is by its own account: an ID made of its machine id,
// its name and its time zone. The ID is "machine-" and 32 hexadecimal digits of
// HMAC-SHA256 with the machine id as key, because machine-id(5) asks not to hand
// out the id itself. An embedder that has identities of its own replaces it.
func (c *Collector) Host(ctx context.Context) (inventory.Host, error) {
	if runtime.GOOS == "windows" && c.root == "/" {
		return c.hostWindows(ctx)
	}
	fsys, done, err := c.open()
	if err != nil {
		return inventory.Host{}, fmt.Errorf("local: %w", err)
	}
	defer done()
	t := &tree{Collector: c, fsys: fsys}
	host := inventory.Host{Name: t.line("proc/sys/kernel/hostname"), Zone: t.zone()}
	if host.Name == "" || host.Name == "(none)" {
		host.Name = t.line("etc/hostname")
	}
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		if id := t.line(name); len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" {
			host.ID = hostID(id)
			return host, ctx.Err()
		}
	}
	return host, ErrNoID
}

func hostID(machine string) fettle.HostID {
	mac := hmac.New(sha256.New, []byte(machine))
	mac.Write([]byte("fettle host id"))
	return fettle.HostID("machine-" + hex.EncodeToString(mac.Sum(nil))[:32])
}

// zone finds the name of the time zone: the end of the link etc/localtime, or
// Debian's etc/timezone.
func (t *tree) zone() string {
	if target, err := fs.ReadLink(t.fsys, "etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(target, "zoneinfo/"); ok {
			return strings.TrimPrefix(name, "posix/")
		}
	}
	return t.line("etc/timezone")
}
