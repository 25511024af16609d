package rollout_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
)

// hostList reads "web-01..web-20,db-1": names, and runs of names that end in a
// number of as many digits.
func hostList(t *testing.T, text string) []fettle.HostID {
	t.Helper()
	var list []fettle.HostID
	for part := range strings.SplitSeq(text, ",") {
		first, last, found := strings.Cut(part, "..")
		if !found {
			list = append(list, fettle.HostID(part))
			continue
		}
		stem, from, digits := cutNumber(first)
		stem2, to, _ := cutNumber(last)
		if stem2 == "" && to > 0 {
			stem2 = stem
		}
		if stem != stem2 || digits == 0 || to < from {
			t.Fatalf("hosts %q: want a run of one name, as web-01..web-20", part)
		}
		for n := from; n <= to; n++ {
			list = append(list, fettle.HostID(fmt.Sprintf("%s%0*d", stem, digits, n)))
		}
	}
	return list
}

// cutNumber splits a name into what stands before its last digits, and those.
func cutNumber(name string) (stem string, number, digits int) {
	stem = strings.TrimRight(name, "0123456789")
	digits = len(name) - len(stem)
	number, _ = strconv.Atoi(name[len(stem):])
	return stem, number, digits
}

// runsOf is the opposite of hostList: names in order, runs of them as one.
func runsOf(hosts []string) string {
	slices.SortFunc(hosts, func(a, b string) int {
		as, an, ad := cutNumber(a)
		bs, bn, bd := cutNumber(b)
		return cmp.Or(cmp.Compare(as, bs), cmp.Compare(ad, bd), cmp.Compare(an, bn))
	})
	var parts []string
	for i := 0; i < len(hosts); {
		stem, number, digits := cutNumber(hosts[i])
		j := i + 1
		for j < len(hosts) && digits > 0 && hosts[j] == fmt.Sprintf("%s%0*d", stem, digits, number+j-i) {
			j++
		}
		if j-i < 3 {
			j = i + 1
			parts = append(parts, hosts[i])
		} else {
			parts = append(parts, hosts[i]+".."+hosts[j-1])
		}
		i = j
	}
	if len(parts) > 6 {
		return fmt.Sprintf("%s … (%d hosts)", strings.Join(parts[:4], ", "), len(hosts))
	}
	return strings.Join(parts, ", ")
}

func TestHostLists(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"web-01..web-20", "db-1", "a-8..a-12", "db-1, web-07..web-09"} {
		var names []string
		for _, h := range hostList(t, strings.ReplaceAll(text, " ", "")) {
			names = append(names, string(h))
		}
		slices.Reverse(names)
		if got := runsOf(names); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
}
