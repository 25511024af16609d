package rollout_test

import (
	"fmt"

	"github.com/fettle-dev/fettle/rollout"
)

// A spec is read strictly and judged as a whole: every problem is named at
// once, with its place.
func ExampleSpec_Validate() {
	text := `{
	  "id": "openssl-1",
	  "patches": [{"id": "DSA-5764-1"}],
	  "catalog": {"revision": 412, "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	  "target": "deb:openssl and not label.role = trading",
	  "mode": "act",
	  "rings": [
	    {"name": "pilot", "count": 20, "gates": [{"raw": {"share": "5%"}}]},
	    {"name": "half", "share": "50%", "gates": [{"rate": {"limit": "0%"}}]},
	    {"name": "most", "share": "60%"}
	  ],
	  "approval": {"need": 3, "from": ["ann", "bob"]},
	  "silence": "1h", "grant": "1d", "run": "4h",
	  "salt": "5f2c"
	}`
	spec, err := rollout.ParseSpec("openssl.json", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, problem := range spec.Validate(nil) {
		fmt.Println(problem)
	}
	// Output:
	// warning: patches[0].payloads: "DSA-5764-1": no payload: nothing is fetched for it, and what is done rests on the catalogue alone
	// warning: rings[0].gates[0].raw: 20 hosts of which 1 may fail prove little: a patch that fails on 8.3% of all hosts passes every second time, and one that fails on 21.6% still one time in twenty; to show less than 5% it takes 59 hosts without a failure
	// rings[1].gates[0].rate.limit: "0%": want above 0% and below 100%
	// rings: "110%": the shares are more than 100% in all
	// approval.need: "3": nobody can fulfil it: from names 2 people
	// silence: "1h": want at least run (4h): a host that does as it may would count as failed
}
