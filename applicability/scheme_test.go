package applicability_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/applicability"
)

// samples are two versions of each scheme, the older first.
var samples = map[applicability.Scheme][2]string{
	applicability.SchemeDeb:    {"1:3.0.17-1~deb12u2", "1:3.0.17-1"},
	applicability.SchemeRPM:    {"8.2.31-1.el9_2", "1:1.0-1.el9"},
	applicability.SchemeAPK:    {"3.1.4_rc1-r0", "3.1.4-r0"},
	applicability.SchemePEP440: {"2.0.dev1", "2.0rc1"},
	applicability.SchemePE:     {"10.0.19045.3930", "10.0.19045.3996"},
	applicability.SchemeSemver: {"v1.10.0-rc.9", "v1.10.0-rc.10"},
	applicability.SchemeDotted: {"1.9.0-beta2", "1.9.0.1"},
	applicability.SchemeText:   {"2.5.6.SEC02", "2.5.6.SEC03"},
}

func TestSchemeCompares(t *testing.T) {
	t.Parallel()
	for _, s := range applicability.Schemes() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			older, newer := samples[s][0], samples[s][1]
			require.NoError(t, s.Check(older))
			for i, pair := range [][2]string{{older, newer}, {older, older}, {newer, older}} {
				c, err := s.Compare(pair[0], pair[1])
				require.NoError(t, err)
				require.Equal(t, i-1, c, pair)
				a, err := s.AppendKey([]byte("x"), pair[0])
				require.NoError(t, err)
				b, err := s.AppendKey([]byte("x"), pair[1])
				require.NoError(t, err)
				require.Equal(t, i-1, bytes.Compare(a, b), pair)
			}
		})
	}
}

// TestSchemeCompareDoesNotAllocate is not parallel: it counts what the whole
// process allocates.
func TestSchemeCompareDoesNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 256)
	for _, s := range applicability.Schemes() {
		require.Zero(t, testing.AllocsPerRun(10, func() {
			_, err := s.Compare(samples[s][0], samples[s][1])
			_, errKey := s.AppendKey(dst, samples[s][0])
			if err != nil || errKey != nil || s.Check(samples[s][0]) != nil {
				t.Fatal(err, errKey)
			}
		}), s)
	}
}

func TestSchemeRefuses(t *testing.T) {
	t.Parallel()
	const want = `applicability: invalid version: rpm version "(none):1.0": byte 0: want a number as the epoch before the colon`
	s := applicability.SchemeRPM
	err := s.Check("(none):1.0")
	require.ErrorIs(t, err, applicability.ErrVersion)
	require.EqualError(t, err, want)
	_, err = s.Compare("(none):1.0", "")
	require.EqualError(t, err, want, "the first operand is named")
	_, err = s.Compare("1.0", "(none):1.0")
	require.EqualError(t, err, want)
	dst, err := s.AppendKey([]byte("x"), "(none):1.0")
	require.EqualError(t, err, want)
	require.Equal(t, "x", string(dst))

	huge := string(bytes.Repeat([]byte("!"), 1<<20))
	require.Less(t, len(applicability.SchemePE.Check(huge).Error()), 300, "an error quotes the start of a huge version")
}

func TestSchemeThatIsNone(t *testing.T) {
	t.Parallel()
	for _, s := range []applicability.Scheme{applicability.SchemeUnknown, 200} {
		require.ErrorIs(t, s.Check("1"), applicability.ErrScheme)
		_, err := s.Compare("1", "1")
		require.ErrorIs(t, err, applicability.ErrScheme)
		dst, err := s.AppendKey([]byte("x"), "1")
		require.ErrorIs(t, err, applicability.ErrScheme)
		require.Equal(t, "x", string(dst))
	}
}

func TestSchemeWords(t *testing.T) {
	t.Parallel()
	var words []string
	for _, s := range applicability.Schemes() {
		words = append(words, s.String())
		parsed, err := applicability.ParseScheme(s.String())
		require.NoError(t, err)
		require.Equal(t, s, parsed)
	}
	require.Equal(t, []string{"deb", "rpm", "apk", "pep440", "pe", "semver", "dotted", "text"}, words)

	for _, s := range append(applicability.Schemes(), applicability.SchemeUnknown) {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var back applicability.Scheme
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, s, back)
	}
	for _, word := range []string{"", "DEB", "dpkg", "unknown"} {
		_, err := applicability.ParseScheme(word)
		require.ErrorIs(t, err, applicability.ErrScheme, word)
	}
	_, err := applicability.Scheme(200).MarshalText()
	require.ErrorIs(t, err, applicability.ErrScheme)
	require.Equal(t, "scheme(200)", applicability.Scheme(200).String())
	s := applicability.SchemeDeb
	require.ErrorIs(t, s.UnmarshalText([]byte("dpkg")), applicability.ErrScheme)
	require.Equal(t, applicability.SchemeDeb, s, "a refused word changes nothing")
}

func TestSchemeForPackageTypes(t *testing.T) {
	t.Parallel()
	for purlType, want := range map[string]applicability.Scheme{
		"deb": applicability.SchemeDeb, "rpm": applicability.SchemeRPM, "apk": applicability.SchemeAPK, "pypi": applicability.SchemePEP440,
		"npm": applicability.SchemeSemver, "golang": applicability.SchemeSemver, "cargo": applicability.SchemeSemver,
		"gem": applicability.SchemeUnknown, "maven": applicability.SchemeUnknown, "nuget": applicability.SchemeUnknown, "": applicability.SchemeUnknown,
	} {
		require.Equal(t, want, applicability.SchemeFor(purlType), purlType)
	}
}

// Is an installed version older than the fixed one?
func ExampleScheme_Compare() {
	c, err := applicability.SchemeDeb.Compare("3.0.11-1~deb12u1", "3.0.11-1~deb12u2")
	fmt.Println(c, err)
	_, err = applicability.SchemeDeb.Compare("(none)", "3.0.11-1~deb12u2")
	fmt.Println(err)
	// Output:
	// -1 <nil>
	// applicability: invalid version: deb version "(none)": byte 0: want a digit in the upstream version
}

// Sorting many versions once, and searching them by key.
func ExampleScheme_AppendKey() {
	versions := []string{"1.10-1.el9", "1.9-1.el9", "1:0.1-1.el9", "1.10~rc1-1.el9"}
	keys := make(map[string][]byte)
	for _, v := range versions {
		keys[v], _ = applicability.SchemeRPM.AppendKey(nil, v)
	}
	slices.SortFunc(versions, func(a, b string) int { return bytes.Compare(keys[a], keys[b]) })
	fmt.Println(versions)
	// Output:
	// [1.9-1.el9 1.10~rc1-1.el9 1.10-1.el9 1:0.1-1.el9]
}
