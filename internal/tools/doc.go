// Package tools holds the pinned development tools and the comparisons with
// peers, so that none of them enters the library's own requirements.
package tools
