package applicability

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// host is a record with what is derived from it once: which restart evidence
// names what.
type host struct {
	record  *inventory.Record
	catalog *Catalog // to look up other patches in; nil: none
	steps   int      // criteria of a saved catalogue that a proof went through
	running running
	// pending are the packages that wait for a restart, by name.
	pending map[string]bool
	// hotfixes are the installed Windows updates, in upper case.
	hotfixes map[string]bool
}

func newHost(r *inventory.Record) *host {
	h := &host{record: r, running: runningKernel(&r.Snapshot)}
	evidence := &r.Snapshot.Restart
	if len(evidence.Packages)+len(evidence.Mapped) > 0 {
		h.pending = map[string]bool{}
		for _, name := range evidence.Packages {
			h.pending[name] = true
		}
		for i := range evidence.Mapped {
			if name := evidence.Mapped[i].Package; name != "" {
				h.pending[name] = true
			}
		}
	}
	if len(r.Snapshot.Hotfixes) > 0 {
		h.hotfixes = make(map[string]bool, len(r.Snapshot.Hotfixes))
		for _, fix := range r.Snapshot.Hotfixes {
			h.hotfixes[strings.ToUpper(fix.ID)] = true
		}
	}
	return h
}

// flags derives what matters about one instance.
func (h *host) flags(p *inventory.Package) program.Flags {
	var f program.Flags
	if p.Broken() {
		f |= program.Broken
	}
	if p.Hold {
		f |= program.Held
	}
	if h.pending != nil && h.pending[p.Name] {
		f |= program.Pending
	}
	if kernelImage(p.Type, p.Name) {
		f |= h.kernelFlags(p)
	}
	return f
}

// kernelFlags compares an image with the kernel that runs. A live patch may
// have put in force what the running image lacks; which fixes, nobody can tell
// from here.
func (h *host) kernelFlags(p *inventory.Package) program.Flags {
	s := &h.record.Snapshot
	if h.running.version == "" || h.running.typ != p.Type {
		return program.Image | program.Adrift
	}
	order, err := SchemeFor(p.Type).Compare(p.Version, h.running.version)
	switch {
	case err != nil:
		return program.Image | program.Adrift
	case order > 0 && len(s.Kernel.Livepatches) > 0:
		return program.Image | program.Adrift
	case order > 0:
		return program.Image | program.Ahead
	default:
		return program.Image
	}
}

// restartsKnown reports whether all evidence was looked at from which this kind
// of system tells that something waits for a restart.
func (h *host) restartsKnown() bool {
	s := &h.record.Snapshot
	if s.OS.Family == "windows" {
		if len(s.Restart.Components) == 0 && slices.ContainsFunc(s.Restart.Marks, wantsRestart) {
			return false // something waits and nothing says what
		}
		return s.Scope.HasEvidence(inventory.EvidenceRenames) && s.Scope.HasEvidence(inventory.EvidenceComponents)
	}
	unnamed := s.Restart.Required && len(s.Restart.Packages) == 0
	return !unnamed && s.Scope.HasEvidence(inventory.EvidenceFlag) && s.Scope.HasEvidence(inventory.EvidenceMapped)
}

// wantsRestart reports whether a mark of Windows says that updates wait for a
// restart.
func wantsRestart(mark string) bool {
	return mark == inventory.MarkCBSPending || mark == inventory.MarkCBSInProgress || mark == inventory.MarkUpdateRequired
}

// waiting reports whether restart evidence names what a criterion reads: a file
// that the next boot replaces, an update that servicing has staged.
func (h *host) waiting(c Criterion) bool {
	evidence := &h.record.Snapshot.Restart
	switch c := c.(type) {
	case Hotfix:
		number := strings.ToUpper(c.ID)
		return slices.ContainsFunc(evidence.Components, func(name string) bool {
			return containsNumber(strings.ToUpper(name), number)
		})
	case File:
		if len(evidence.Renames) == 0 {
			return false
		}
		path, ok := h.resolve(c.Path)
		return ok && slices.ContainsFunc(evidence.Renames, func(r inventory.PendingRename) bool {
			return inventory.MatchPath(path, renamePath(r.From), true) || r.To != "" && inventory.MatchPath(path, renamePath(r.To), true)
		})
	default:
		return false
	}
}

// containsNumber reports whether name holds id and no further digit after it:
// KB503444 is not in KB5034441.
func containsNumber(name, id string) bool {
	for {
		_, rest, ok := strings.Cut(name, id)
		if !ok {
			return false
		}
		if rest == "" || rest[0] < '0' || rest[0] > '9' {
			return true
		}
		name = rest
	}
}

// renamePath takes the marks of the object manager off a path of
// PendingFileRenameOperations: \??\C:\x, !\??\C:\x.
func renamePath(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "!"), `\??\`)
}
