package main

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
)

func sum(text string) string {
	return strings.TrimPrefix(string(fettle.DigestOf([]byte(text))), "sha256:")
}

func decimal(n int) string { return strconv.Itoa(n) }
