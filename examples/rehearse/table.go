package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// answer is the JSON form: what was forecast, and who was not.
type answer struct {
	*rollout.Outlook
	Left leftOut `json:"left"`
}

func printJSON(out io.Writer, in *inputs, o *rollout.Outlook) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(answer{o, in.left})
}

// rowsOfTable is how many reasons the table lists.
const rowsOfTable = 12

// printTable writes the outlook for people.
func printTable(out io.Writer, in *inputs, o *rollout.Outlook, opt *options) error {
	w := &rowWriter{out: out}
	title := string(o.Rollout)
	if o.Title != "" {
		title += ": " + o.Title
	}
	w.printf("%s\n%s in %s, %s, seed %d, from %s; the deadline is %s (UTC)\n", title, plural(o.Hosts, "host"),
		plural(o.Regions, "region"), plural(o.Runs, "run"), o.Seed, stamp(o.From), stamp(o.By))
	w.leftOut(in.left)
	if o.Regions > 1 {
		w.printf("a ring opens with the first region that opens it, and has passed with the last\n")
	}
	w.printf("\n")
	w.rings(o)
	w.printf("\n")
	w.verdict(o)
	w.traffic(o)
	w.late(o)
	if opt.page != "" {
		w.printf("\nthe report with pictures is %s\n", opt.page)
	}
	return w.err
}

// rowWriter writes text and keeps the first error.
type rowWriter struct {
	out io.Writer
	err error
}

func (w *rowWriter) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(w.out, format, args...); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *rowWriter) leftOut(l leftOut) {
	if l.Others > 0 {
		w.printf("%s of %s are no targets\n", number(int64(l.Others)), plural(l.Hosts, "host"))
	}
	if l.Unknown > 0 {
		w.printf("%s left out: too little is known of them to say whether they are targets\n", plural(l.Unknown, "host"))
	}
	if l.Ringless > 0 {
		w.printf("left out, as no ring takes it: %s\n", plural(l.Ringless, "target"))
	}
}

func (w *rowWriter) rings(o *rollout.Outlook) {
	rows := [][]string{{"RING", "HOSTS", "OPENS P50", "PASSES P50", "P90", "95 % DONE P50", "P90", "HALTS"}}
	for i := range o.Rings {
		r := &o.Rings[i]
		rows = append(rows, []string{
			r.Ring, number(r.Hosts.P50), short(r.Opened.P50), short(r.Passed.P50), short(r.Passed.P90),
			short(r.Most.P50), short(r.Most.P90), percent(int64(r.Halts), int64(o.Runs)),
		})
	}
	w.table(rows, 1)
	for i := range o.Rings {
		r := &o.Rings[i]
		if r.Passed.Runs < o.Runs {
			w.printf("%s passes in %s of the runs\n", r.Ring, ofRuns(r.Passed.Runs, o.Runs))
		}
		if r.Holds > 0 {
			w.printf("%s waits for people in %s of the runs: %s\n", r.Ring, ofRuns(r.Holds, o.Runs), why(r.Held))
		}
	}
}

// why writes the first of some reasons.
func why(reasons []fettle.Reason) string {
	if len(reasons) == 0 {
		return "no reason is given"
	}
	return rollout.ReasonText(reasons[0])
}

// verdict says how it ends.
func (w *rowWriter) verdict(o *rollout.Outlook) {
	h := &o.Halt
	w.printf("verified by the deadline: %s of %s (P50), %s (P10)\n",
		number(o.Verified.P50), plural(o.Hosts, "host"), number(o.Verified.P10))
	w.printf("halts in %s of the runs: %d of %d with a bad patch, %d of %d with a good one\n",
		percent(int64(h.Runs), int64(o.Runs)), h.Bad-missed(h), h.Bad, h.False, h.Good)
	if h.Bad > 0 {
		w.printf("a bad patch is started on %s (P50), %s (P90), %s at most; it breaks %s (P50), %s (P90), %s at most\n",
			plural(int(h.Started.P50), "host"), number(h.Started.P90), number(h.Started.Max), number(h.Hit.P50), number(h.Hit.P90), number(h.Hit.Max))
	}
	if h.BackedOut.Runs > 0 {
		w.printf("backed out by %s (P50), %s (P90), in %s\n", stamp(h.BackedOut.P50), stamp(h.BackedOut.P90), plural(h.BackedOut.Runs, "run"))
	}
}

// missed is how many bad patches were stopped nowhere or not everywhere.
func missed(h *rollout.HaltOutlook) int { return h.Bad - h.Caught }

func (w *rowWriter) traffic(o *rollout.Outlook) {
	t := &o.Traffic
	w.printf("in the busiest hour: %s polls, %s reports, %s (P90)", number(t.Polls.P90), number(t.Reports.P90), bytesText(t.Bytes.P90))
	if len(t.Links) > 0 {
		l := &t.Links[0]
		w.printf("; link %s carries most, %s", l.Link, bytesText(l.Bytes.P90))
		if l.Queue > 0 {
			w.printf(", and hosts wait for it up to %s", l.Queue)
		}
	}
	w.printf("\n")
}

func (w *rowWriter) late(o *rollout.Outlook) {
	if len(o.Why) == 0 {
		w.printf("\nnobody misses the deadline\n")
		return
	}
	w.printf("\nwho misses the deadline:\n")
	rows := [][]string{{"HOSTS P50", "P90", "MOST", "RUNS", "WHY", "MOST AT", "FOR EXAMPLE"}}
	for i := range o.Why[:min(len(o.Why), rowsOfTable)] {
		l := &o.Why[i]
		examples := make([]string, len(l.Examples))
		for j, id := range l.Examples {
			examples[j] = string(id)
		}
		site := "-"
		if k := slices.IndexFunc(o.Late, func(s rollout.LateOutlook) bool { return s.Code == l.Code }); k >= 0 && o.Late[k].Site != "" {
			site = o.Late[k].Site
		}
		rows = append(rows, []string{
			number(l.Hosts.P50), number(l.Hosts.P90), number(l.Hosts.Max), number(int64(l.Runs)), reasonWords(l.Code), site, strings.Join(examples, " "),
		})
	}
	w.table(rows, 0, 1, 2, 3)
	if more := len(o.Why) - rowsOfTable; more > 0 {
		w.printf("and %d more reasons, see -json or -html\n", more)
	}
}

// table writes rows in columns as wide as they need; numbers stand to the right.
func (w *rowWriter) table(rows [][]string, numbers ...int) {
	if err := plaintext.Table(w.out, rows, numbers...); err != nil && w.err == nil {
		w.err = err
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(int64(n)) + " " + what + "s"
}

// short writes an instant without its year.
func short(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("Mon 02 Jan 15:04")
}

// percent is a share, rounded to tenths, but never to none or all.
func percent(part, whole int64) string {
	switch {
	case whole == 0:
		return "-"
	case part == 0 || part == whole:
		return fmt.Sprintf("%d %%", 100*part/whole)
	}
	tenths := min(max((part*1000+whole/2)/whole, 1), 999)
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

func ofRuns(n, all int) string { return percent(int64(n), int64(all)) }

func bytesText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	v := float64(n)
	i := 0
	for v >= 1000 && i < len(units)-1 {
		v /= 1000
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// reasonWords says what a code of a late host means.
func reasonWords(code string) string {
	words := map[string]string{
		rollout.ReasonAway:          "away since it could have started",
		rollout.ReasonAwayWhenOpen:  "off the network whenever it may install",
		string(rollout.Halted):      "the rollout is halted",
		string(rollout.Held):        "the rollout waits for people",
		string(rollout.Aborted):     "the rollout has ended",
		rollout.ReasonRingClosed:    "its ring is not open yet",
		rollout.ReasonRingUnchosen:  "its ring is not open yet",
		rollout.ReasonFailed:        "failed",
		rollout.ReasonSilent:        "started, and not heard of again",
		rollout.ReasonTooSoon:       "at work",
		rollout.ReasonMayAsk:        "its ring has only just opened",
		rollout.ReasonBackedOutHere: "backed out",
		rollout.ReasonBudgetSpent:   "its budget is taken by others, or by one that failed",
		rollout.ReasonUnassigned:    "no ring took it",
		rollout.ReasonNoRestart:     "installed, and no restart fits in",
		schedule.ReasonNoRestart:    "no restart fits in",
		schedule.ReasonOutside:      "no window is open before it",
		schedule.ReasonNoWindow:     "its policy has no window",
		schedule.ReasonNoRule:       "its policy has no rule for it",
		schedule.ReasonTooLate:      "its windows are too short",
		schedule.ReasonFreeze:       "a freeze",
		schedule.ReasonHostFreeze:   "the host is frozen",
		schedule.ReasonDelay:        "its policy delays it",
		schedule.LintRefused:        "its policy is refused",
	}
	if text, ok := words[code]; ok {
		return text
	}
	return code
}

// assumed lists what the forecast took for granted.
func assumed(a *rollout.Assumptions) []string {
	list := []string{
		fmt.Sprintf("%s of the attempts fail although the patch is good, %s cannot be served, of %s nothing is heard again", a.Fail, a.Reach, a.Silent),
		fmt.Sprintf("the patch is bad in %s of the runs; then it breaks %s of the hosts, of which %s fall silent", a.Bad, a.BadFail, a.BadSilent),
		fmt.Sprintf("%s of the hosts that are not always on are away at any instant, for %s on average", a.Offline, a.AwayFor),
		fmt.Sprintf("installing takes %s and a restart %s, up to %s more or less", time.Duration(a.Install), time.Duration(a.Restart), a.Vary),
		"a host fetches " + bytesText(a.Payload),
		fmt.Sprintf("people need %s for an approval", a.Approve),
	}
	if a.BadOnly.Dimension != "" {
		list = append(list, fmt.Sprintf("a bad patch breaks nothing but hosts with %s=%s", a.BadOnly.Dimension, a.BadOnly.Value))
	}
	return list
}
