// Package winsys is the thin layer over what only a running Windows can tell:
// registry keys as they are, the states of services, the time since boot. Off
// Windows it is empty.
package winsys
