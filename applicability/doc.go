// Package applicability decides which patches a host needs and proves it.
//
// A Patch says with three footprints where it belongs: Target, which hosts it is
// for; Installed, what proves that it is on disk; Active, what proves that it is
// in force. A Footprint is a condition on what a host is and has. A Catalog is a
// compiled set of patches; Assess holds it against what an inventory.Record saw
// of a host and gives a Finding for each patch that matters, Explain the proof of
// one of them.
//
// # Writing a patch by hand
//
// A footprint has a text form. The first patch that most people need is a
// package that must not be older than its fix:
//
//	p := applicability.Patch{
//		ID:        "DSA-5532-1",
//		Target:    applicability.MustParse("source deb:openssl and os.codename = bookworm"),
//		Installed: applicability.MustParse("not some source deb:openssl < 3.0.11-1~deb12u2"),
//	}
//
// Target asks for any version: a patch whose Target names the vulnerable ones
// would turn from Needed into NotApplicable by succeeding, never into Installed.
// Installed says that no vulnerable instance is left; of a package that is not
// there it holds, which is why Target asks for its presence.
//
// The text form, one criterion after the other:
//
//	deb:openssl                         an instance is present; so rpm:, apk:, pypi:, npm:, ...
//	deb:openssl < 3.0.11                its version lies below; also <= > >= and = v
//	deb:openssl >= 3.0 < 3.0.11 | = 3.1 several intervals
//	npm:left-pad by semver < 1.3        in a stated version order
//	source deb:linux                    built from this source package; versions are the source's
//	rpm:nodejs[arch=x86_64,module=nodejs:18]
//	some, every, newest deb:NAME ...    which instances are asked, where there are several
//	os.id = debian                      also family, like, version, codename, variant, build, arch
//	os.version >= 12                    version and build may be compared
//	kernel < 6.1.0-18                   the running one, as uname -r prints it
//	fact.NAME = value                   also fact.NAME by pe < 2.0, and fact.NAME: it is known
//	site = london, host.id = x, host.name = x, label.role = trading, label.role
//	service sshd.service state running start auto
//	file "/opt/app/bin/app" size > 0 digest sha256:... changed >= 2026-01-01T00:00:00Z
//	file in folder ProgramFiles "App\\app.exe" version >= 2.1 product >= 2
//	file in registry "HKLM\\SOFTWARE\\App" value InstallDir "app.exe"
//	registry "HKLM\\SOFTWARE\\App" view 32 value Version type sz by pe >= 2.1
//	product {GUID} >= 16.0, product-patch {GUID} of {GUID}, hotfix KB5034441
//	patch ID                            another patch of the catalogue is installed
//	always
//	X and Y, X or Y, not X, (X), at-least 2 of (X, Y, Z), all(), any()
//
// "and" binds tighter than "or". A value that is no plain word stands in double
// quotes, with Go's escapes. The JSON form says the same; its schema comes from
// Schema.
//
// # Several instances
//
// Two architectures of a library, three kernels: Some asks whether anything is
// vulnerable, Every whether everything is fixed, Newest asks the newest only. A
// criterion that says nothing asks Some in a Target, Every in an Installed,
// Newest there of kernels (KernelPackage). Under a not the words keep their
// meaning, so whoever writes "no vulnerable instance is left" says some. None
// of them holds where no instance is present.
//
// # Unknown
//
// A fact that nobody collected is unknown, and so is what it alone decides; the
// finding names it. Whether the absence of a package is known, the record's Scope
// says. A version that is not valid in its order, a criterion of a kind that this
// version does not know, a patch that cannot be compiled: each is unknown, none
// is lost.
//
// # What a package's state means
//
// A package of which only configuration files are left is absent. One that the
// package system calls incomplete is on disk, and every patch that reads it is
// exposed and Needed with the flag Broken, whatever its version: Installed is No
// until it is repaired, so that a verification cannot pass. A held package that
// keeps a patch out gives the flag Held.
//
// # In force
//
// Where a patch does not state Active, it is derived each time: Installed holds
// and no evidence of a pending restart names what Installed reads. Evidence is
// the running kernel against the newest installed, the packages that asked for a
// restart, files that processes still have mapped after they were replaced, and
// on Windows the pending file renames and staged components. Where the evidence
// was not looked at completely, Active is unknown, unless the patch needs no
// restart.
//
// The package reads no clock and no file; instants are arguments. All functions
// are pure. Which patches may be installed when, and in what order across a
// fleet, is for packages schedule and rollout.
package applicability
