// Package spelling finds the word that was meant where an unknown one was written.
package spelling

import "strings"

// longest is the length in bytes up to which words are compared; the time grows
// with its square.
const longest = 64

// Meant returns the known word that is nearest to an unknown one, the first of
// those that are equally near, or "" where none is near: they must be the same
// but for case and two letters changed, added, dropped or swapped with their
// neighbour, but for one such letter if they are shorter than five.
func Meant(known []string, word string) string {
	best, least := "", 3
	for _, k := range known {
		if len(k) > longest || len(word) > longest {
			continue
		}
		edits := distance(strings.ToLower(k), strings.ToLower(word))
		if edits < least && edits <= (min(len(k), len(word))+1)/3 {
			best, least = k, edits
		}
	}
	return best
}

// Hint says what Meant found, or else what is known, as the end of an error's
// text; "" where nothing is known.
func Hint(known []string, word string) string {
	switch meant := Meant(known, word); {
	case meant != "":
		return "did you mean " + meant + "?"
	case len(known) > 0:
		return "known are " + strings.Join(known, ", ")
	}
	return ""
}

// distance counts the letters to change, add, drop or swap with their neighbour
// (optimal string alignment), with the last three rows of the table of Wagner
// and Fischer, "The String-to-String Correction Problem" (1974).
func distance(a, b string) int {
	var before, last, row [longest + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		before, last = last, row
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
