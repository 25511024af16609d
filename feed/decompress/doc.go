// Package decompress opens xz, zstd, lz4, gzip and bzip2 streams by their
// content, so that feeds and inventories can be read as they come. It is a
// module of its own, so that the decoders weigh on nobody who does not use it.
//
// A stream is hostile until proven otherwise: what it may grow to, and what
// memory its header may ask for, are bounded, and a fault says which format
// failed and how far it was read.
package decompress
