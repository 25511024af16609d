// Package updateinfo reads the advisories of rpm repositories, updateinfo.xml
// as createrepo_c, dnf and zypper know it, and makes patches of them.
//
// An advisory is for the hosts that have one of its packages, and it is
// Installed where no instance of them is older than the advisory's: each
// instance is compared with the entry of its own architecture and, for modular
// packages, of its own module stream. Kernels stay side by side, so of them the
// newest counts. Parts of one advisory, which repositories list one after
// another, are put together as dnf and zypper do.
//
// Where an advisory has every package of an older one in a version that is not
// lower, it supersedes it.
//
// NewSource reads updateinfo.xml itself, or a repository's repodata, in which
// case the checksums in repomd.xml are verified first.
package updateinfo
