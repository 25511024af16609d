// Package windows reads what Windows' own tools wrote about a host: systeminfo
// and wmic qfe, in any language and in the encodings that consoles leave behind;
// and the version resource of Windows images (PE).
//
// It runs everywhere: nothing in it asks a Windows system. Collecting on one is
// package local's business.
package windows
