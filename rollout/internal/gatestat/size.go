package gatestat

import "sort"

// FewestHosts returns the fewest hosts that can pass: with no failure among
// them. It is 0 if that is more than a million.
func FewestHosts(s Spec) int {
	if s.Check() != nil {
		return 0
	}
	return hostsFor(s.Limit, s.PassError, 0)
}

// PassedBy returns the true rate at which hosts show at most that many failures
// with probability e: a lower rate shows so few more often, a higher one less
// often. It says what a comparison of failures as they stand lets through.
func PassedBy(hosts, most int, e Rate) Rate {
	if hosts < 1 || hosts > maxHosts || most < 0 || most >= hosts || e == 0 || e >= whole {
		return whole
	}
	return Rate(sort.Search(int(whole)-1, func(limit int) bool {
		return limit > 0 && binomialBound(Rate(limit), e, hosts) >= most
	}))
}
