// Package randomtest makes small random catalogues and hosts for property tests, in
// which everything touches: few names, few versions, and every oddity often. Equal
// seeds make equal things.
package randomtest
