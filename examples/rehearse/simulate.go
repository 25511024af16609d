package main

import (
	"context"
	"runtime"
	"sync"

	"github.com/fettle-dev/fettle/examples/internal/statusline"
	"github.com/fettle-dev/fettle/rollout"
)

// job is one run of one region.
type job struct{ run, region int }

// finished is what became of a job.
type finished struct {
	job
	trial *rollout.Trial
	err   error
}

// simulate makes the trials on all processors. The outlook does not depend on
// how many there are. Interrupted, it is that of the runs that were done.
func simulate(ctx context.Context, r *rollout.Rehearsal, o *options, line *statusline.Line) (*rollout.Outlook, error) {
	jobs, results := make(chan job), make(chan finished)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range jobs {
				trial, err := r.Trial(o.seed, j.run, j.region)
				results <- finished{j, trial, err}
			}
		})
	}
	go func() {
		hand(ctx, jobs, o.runs, r.Regions())
		workers.Wait()
		close(results)
	}()
	tally := r.Tally(o.seed)
	var failed error
	done, all := 0, o.runs*r.Regions()
	for f := range results {
		if f.err != nil {
			failed = f.err
			continue
		}
		tally.Add(f.run, f.region, f.trial)
		done++
		showBar(line, done, all)
	}
	if failed != nil {
		return nil, failed
	}
	return tally.Outlook(), nil
}

// hand hands out the jobs, run by run, until the context ends.
func hand(ctx context.Context, jobs chan<- job, runs, regions int) {
	defer close(jobs)
	for run := range runs {
		for region := range regions {
			select {
			case jobs <- job{run, region}:
			case <-ctx.Done():
				return
			}
		}
	}
}
