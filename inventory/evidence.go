package inventory

// RestartEvidence is what was seen that speaks for a pending restart of the
// host or of services. It holds observations, never a verdict: a restart clears
// them by itself, and a partial failure leaves the rest in place. Which kinds
// were looked at, Scope.Evidence says.
type RestartEvidence struct {
	// Required: the distribution's flag file (/run/reboot-required) exists.
	Required bool `json:"required,omitempty"`
	// Packages are the packages that asked for it (reboot-required.pkgs). Required
	// may be set without any.
	Packages []string `json:"packages,omitempty"`
	// Mapped are files that running processes still have mapped although they
	// were replaced or deleted.
	Mapped []MappedFile `json:"mapped,omitempty"`
	// Renames are what the next boot of Windows will move or delete
	// (PendingFileRenameOperations).
	Renames []PendingRename `json:"renames,omitempty"`
	// Components are the packages that component based servicing has staged
	// for the next boot of Windows.
	Components []string `json:"components,omitempty"`
	// Marks are further signs that are there or not: see the Mark constants.
	Marks []string `json:"marks,omitempty"`
}

// The marks of RestartEvidence.
const (
	MarkCBSPending     = "cbs-reboot-pending"     // Component Based Servicing\RebootPending
	MarkCBSInProgress  = "cbs-reboot-in-progress" // Component Based Servicing\RebootInProgress
	MarkUpdateRequired = "windows-update-reboot"  // WindowsUpdate\Auto Update\RebootRequired
	MarkHostRename     = "host-rename"            // ActiveComputerName differs from ComputerName
	MarkDomainJoin     = "domain-join"            // Netlogon\JoinDomain or AvoidSpnSet
)

// MappedFile is a file that processes have mapped and that is no longer what
// lies on disk under its path.
type MappedFile struct {
	Path      string    `json:"path"`              // without the kernel's mark of deletion
	Package   string    `json:"package,omitempty"` // that owns the path now, where known
	Processes []Process `json:"processes"`         // by PID
}

// Process is one running process.
type Process struct {
	PID  int    `json:"pid"`
	Name string `json:"name,omitempty"` // as the kernel has it, 15 bytes on Linux
	Unit string `json:"unit,omitempty"` // the service it belongs to, where known
}

// PendingRename is one file operation that waits for the next boot.
type PendingRename struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"` // empty: From is deleted
}

// Evidence names a kind of restart evidence, in Needs and Scope.
type Evidence string

// The kinds of restart evidence.
const (
	EvidenceFlag       Evidence = "flag"       // Required and Packages
	EvidenceMapped     Evidence = "mapped"     // Mapped
	EvidenceRenames    Evidence = "renames"    // Renames
	EvidenceComponents Evidence = "components" // Components and the cbs marks
	EvidenceMarks      Evidence = "marks"      // the other marks
)
