// Package lists finds the archive lists that a Debian machine already has,
// those that "apt update" left in /var/lib/apt/lists, and the keys that may
// sign them, from the sources in /etc/apt (sources.list(5)). What apt would use
// is what it finds, so that a host can be judged without a download.
//
// It reads through an fs.FS and runs nothing. Left out: apt_preferences,
// apt.conf (the places are the default ones unless Options say otherwise), and
// the cdrom, $(ARCH) and mirror lists that apt expands by itself.
package lists
