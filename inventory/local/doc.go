// Package local observes the host that it runs on, or the system installed
// under another root: Linux with dpkg, rpm or apk, and Windows.
//
// It gathers what inventory.Needs asks for and no more. What it cannot read,
// for want of permission or because it is damaged, stays out of the snapshot's
// scope, so that the answers that need it become unknown; Observe also says what
// that was. It runs rpm and systemctl where their facts are wanted, and changes
// nothing.
package local
