// Command numbers runs the benchmarks that the README speaks of and writes its
// table of numbers: what was measured, beside what is to be reached.
//
//	go run ./internal/tools/numbers           # prints the table
//	go run ./internal/tools/numbers -write    # and puts it into README.md
//
// It is run from the root. Each figure is the median of -count runs. With -only the
// other rows stay as they stand in README.md. A benchmark that fails or gives no
// result is named at the end, and its row says that nothing was measured. With
// FETTLE_BENCH=1M in the environment there is a row about a million hosts as well.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// row is one line of the table: a benchmark's result with one of its metrics.
type row struct {
	what, reach string
	dir, pkg    string // module folder and package in it
	bench       string // as -bench takes it
	name        string // of the result, without the processor count
	metric      string // ns/op, MB/s, allocs/op, ...
	times       string // what takes too long to be repeated: one run of so many iterations, "10x"
}

func main() {
	count := flag.Int("count", 5, "runs of each benchmark; the median counts")
	write := flag.Bool("write", false, "put the table into README.md")
	only := flag.String("only", "", "only rows whose text matches this `pattern`")
	flag.Parse()
	if err := run(context.Background(), *count, *write, *only); err != nil {
		fmt.Fprintln(os.Stderr, "numbers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, count int, write bool, only string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	begin, before, end, err := parts(string(readme))
	if err != nil {
		return err
	}
	var table strings.Builder
	fmt.Fprintf(&table, "Medians of %d runs with %s on %d shared cores; of the fleet a single run.\n\n| what | to reach | measured |\n| --- | --- | --- |\n", count, runtime.Version(), runtime.NumCPU())
	results := map[string]map[string]map[string][]float64{}
	var missing []error
	for _, r := range rows() {
		head := fmt.Sprintf("| %s | %s | ", r.what, r.reach)
		stood, rest := take(before, head)
		before = rest
		if !pattern.MatchString(r.what) {
			table.WriteString(cmp.Or(stood, head+"not measured |\n"))
			continue
		}
		key := r.dir + " " + r.pkg + " " + r.bench
		if results[key] == nil {
			if results[key], err = benchmark(ctx, r, count); err != nil {
				missing = append(missing, err)
				results[key] = map[string]map[string][]float64{}
			}
		}
		line := head + "not measured |\n"
		if values := results[key][r.name][r.metric]; len(values) > 0 {
			slices.Sort(values)
			line = head + human(values[len(values)/2], r.metric) + " |\n"
		} else {
			missing = append(missing, fmt.Errorf("%s: no result %s with %s (was it skipped for want of the shared data?)", key, r.name, r.metric))
		}
		fmt.Print(line)
		table.WriteString(line)
	}
	if write {
		missing = append(missing, os.WriteFile("README.md", []byte(begin+table.String()+end), 0o600))
	}
	return errors.Join(missing...)
}

// take returns the line of a table that begins with head, and the lines after it;
// all of them where there is none.
func take(lines []string, head string) (string, []string) {
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, head) })
	if i < 0 {
		return "", lines
	}
	return lines[i], lines[i+1:]
}

// benchmark runs one and returns its values by result and metric.
func benchmark(ctx context.Context, r row, count int) (map[string]map[string][]float64, error) {
	fmt.Fprintln(os.Stderr, "running", r.pkg, r.bench)
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", r.bench, "-benchmem", "-count", strconv.Itoa(count), "-timeout", "60m", r.pkg)
	if r.times != "" {
		cmd = exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", r.bench, "-benchmem", "-benchtime", r.times, "-timeout", "60m", r.pkg)
		cmd.Env = os.Environ()
		if os.Getenv("FETTLE_BENCH") == "" {
			cmd.Env = append(cmd.Env, "FETTLE_BENCH=100k")
		}
	}
	cmd.Dir, cmd.Stderr = r.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", r.pkg, r.bench, err, out)
	}
	results := map[string]map[string][]float64{}
	suffix := regexp.MustCompile(`-\d+$`)
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := suffix.ReplaceAllString(f[0], "")
		if results[name] == nil {
			results[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			results[name][f[i+1]] = append(results[name][f[i+1]], v)
		}
	}
	return results, nil
}

// human writes a value with three digits and a unit that suits it.
func human(v float64, metric string) string {
	if metric == "cpu-s" || metric == "cpu-s/build" {
		return fmt.Sprintf("%.3g s", v)
	}
	if strings.HasSuffix(metric, "ns/op") {
		for _, u := range []struct {
			name string
			ns   float64
		}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
			if v >= u.ns {
				return fmt.Sprintf("%.3g %s", v/u.ns, u.name)
			}
		}
		return fmt.Sprintf("%.3g ns", v)
	}
	if v >= 1e4 {
		return fmt.Sprintf("%.0f %s", v, metric)
	}
	return fmt.Sprintf("%.4g %s", v, metric)
}

// parts splits the README at the marks of the table, whose lines stand between.
func parts(text string) (begin string, table []string, end string, err error) {
	const open, shut = "<!-- numbers -->\n", "<!-- /numbers -->"
	i, j := strings.Index(text, open), strings.Index(text, shut)
	if i < 0 || j < i {
		return "", nil, "", errors.New("README.md: the marks <!-- numbers --> and <!-- /numbers --> are not there")
	}
	i += len(open)
	return text[:i], slices.Collect(strings.Lines(text[i:j])), text[j:], nil
}
