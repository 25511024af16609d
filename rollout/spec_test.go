package rollout_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// samples is the folder of the sample specs, which the forecast reads, too.
const samples = "../examples/rehearse/specs"

func sample(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSamplesAreValid(t *testing.T) {
	t.Parallel()
	config, err := rollout.ParseConfig("region.json", sample(t, "region.json"))
	if err != nil {
		t.Fatal(err)
	}
	if p := config.Validate(); len(p) > 0 {
		t.Errorf("region.json: %v", p)
	}
	for _, name := range []string{"weekend.json", "emergency.json", "observe.json"} {
		s, err := rollout.ParseSpec(name, sample(t, name))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, p := range s.Validate(config).In(name) {
			t.Log(p)
			if !p.Warning {
				t.Error(p)
			}
		}
	}
}
