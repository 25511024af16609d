package filejournal_test

import (
	"context"
	"fmt"
	"os"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
)

// How do I keep a journal in a folder, and what is there after a restart?
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	for range 2 {
		j, err := filejournal.Open(dir, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		end := j.Recovery().End
		fmt.Println("entries:", end)
		if err := j.Append(ctx, end, [][]byte{[]byte("granted"), []byte("installed")}); err != nil {
			fmt.Println(err)
		}
		for record, err := range rollout.Records(ctx, j, end) {
			fmt.Println(record.Position, string(record.Data), err)
		}
		if err := j.Close(); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// entries: 0
	// 1 granted <nil>
	// 2 installed <nil>
	// entries: 2
	// 3 granted <nil>
	// 4 installed <nil>
}
