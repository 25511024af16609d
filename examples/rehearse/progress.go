package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

const barWidth = 30

// showBar replaces the line by how much is done, and about how long the rest takes.
func showBar(line *statusline.Line, done, all int) {
	if all == 0 {
		return
	}
	line.Show(func(spent time.Duration) string {
		full := done * barWidth / all
		text := fmt.Sprintf("simulating [%s%s] %3d %%", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done*100/all)
		if done == 0 {
			return text
		}
		rest := time.Duration(float64(spent) / float64(done) * float64(all-done))
		return text + fmt.Sprintf(", about %s left", rest.Round(time.Second))
	})
}
