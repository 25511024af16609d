package main

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/internal/oracle"
)

// PyPI's advisories come as YAML in a tar archive; every one of them is used.
func TestAdvisoriesInYAML(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"all.tar": &fstest.MapFile{Data: oracle.Read(t, "osv-pypi/osv-pypi-yaml.tar.xz")}}
	got, err := feed.Collect(t.Context(), osv.NewSource(fsys, "all.tar", &osv.Options{YAML: yamlToJSON}), "")
	require.NoError(t, err)
	require.Equal(t, "read 1894, used 1894 in 1894 patches, refused 0", got.Tally.String())
	_, problems := applicability.Compile(got.Patches, nil)
	require.Empty(t, problems)
}
