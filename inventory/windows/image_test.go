package windows_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

// imageOf builds a small image with a version resource: file 10.0.19041.3636,
// product 10.0.1.2.
func imageOf(wide bool) []byte {
	le := binary.LittleEndian
	const pe, optional32, optional64 = 0x80, 224, 240
	const address, offset = 0x3000, 0x400 // of the section of resources
	size, magic, directories := optional32, uint16(0x10b), 96
	if wide {
		size, magic, directories = optional64, 0x20b, 112
	}
	b := make([]byte, offset)
	copy(b, "MZ")
	le.PutUint32(b[60:], pe)
	copy(b[pe:], "PE\x00\x00")
	le.PutUint16(b[pe+6:], 1) // sections
	le.PutUint16(b[pe+20:], uint16(size))
	header := b[pe+24:]
	le.PutUint16(header, magic)
	le.PutUint32(header[directories-4:], 16)
	le.PutUint32(header[directories+16:], address)
	section := header[size:]
	copy(section, ".rsrc")
	le.PutUint32(section[8:], 0x1000)
	le.PutUint32(section[12:], address)
	le.PutUint32(section[16:], 0x1000)
	le.PutUint32(section[20:], offset)

	const sub = 1 << 31
	directory := func(entries ...uint32) {
		head := make([]byte, 16)
		le.PutUint16(head[14:], uint16(len(entries)/2))
		b = append(b, head...)
		for _, e := range entries {
			b = le.AppendUint32(b, e)
		}
	}
	directory(3, sub|32, 16, sub|32)   // at 0: an icon and a version
	directory(1, sub|56)               // at 32: a name
	directory(1033, 80)                // at 56: a language
	b = le.AppendUint32(b, address+96) // at 80: the data
	b = le.AppendUint32(b, 92)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint16(b, 92) // at 96: the version resource
	b = le.AppendUint16(b, 52)
	b = le.AppendUint16(b, 0)
	for _, c := range "VS_VERSION_INFO\x00" {
		b = le.AppendUint16(b, uint16(c))
	}
	b = append(b, 0, 0)
	for _, v := range []uint32{0xfeef04bd, 0x10000, 10 << 16, 19041<<16 | 3636, 10 << 16, 1<<16 | 2} {
		b = le.AppendUint32(b, v)
	}
	return append(b, make([]byte, 28)...)
}

func read(content []byte) (windows.Version, error) {
	return windows.ReadVersion(bytes.NewReader(content), int64(len(content)))
}

func TestReadVersion(t *testing.T) {
	t.Parallel()
	for _, wide := range []bool{false, true} {
		v, err := read(imageOf(wide))
		require.NoError(t, err)
		require.Equal(t, windows.Version{File: "10.0.19041.3636", Product: "10.0.1.2"}, v)
	}
}

func TestNoVersion(t *testing.T) {
	t.Parallel()
	noResources := imageOf(true)
	binary.LittleEndian.PutUint32(noResources[0x80+24+112+16:], 0)
	noVersion := imageOf(true)
	noVersion[0x400+24] = 5 // another type than 16
	for _, content := range [][]byte{nil, []byte("#!/bin/sh\n"), bytes.Repeat([]byte("x"), 4096), imageOf(true)[:64], noResources, noVersion} {
		_, err := read(content)
		require.ErrorIs(t, err, windows.ErrNoVersion)
	}
}

// TestDamagedImage cuts an image at every byte and turns every byte round: no
// panic, no other version than the right one where the numbers are not hit, and
// an error that tells damage from absence.
func TestDamagedImage(t *testing.T) {
	t.Parallel()
	whole := imageOf(true)
	end := len(whole) - 28
	for n := range end {
		_, err := read(whole[:n])
		require.Error(t, err, "cut at %d", n)
		if n > 0x200 {
			require.ErrorIs(t, err, inventory.ErrFormat, "cut at %d", n)
		}
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0xff
		if _, err := read(damaged); err != nil && !errors.Is(err, inventory.ErrFormat) && !errors.Is(err, windows.ErrNoVersion) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func FuzzReadVersion(f *testing.F) {
	f.Add(imageOf(false))
	f.Add(imageOf(true))
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, content []byte) {
		v, err := read(content)
		if err == nil && (v.File == "" || v.Product == "") {
			t.Fatalf("%+v without an error", v)
		}
	})
}
