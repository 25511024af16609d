package xmlscan_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/xmlscan"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	const text = "<a>\n<b><c/></b>\n<b></b><!-- </b> -->\n<b/></a>"
	s := xmlscan.New(iotest.OneByteReader(strings.NewReader(text)))
	_, err := s.Next()
	require.NoError(t, err)
	children := func(s *xmlscan.Scanner) (all []string, err error) {
		err = s.Children(func() error {
			all = append(all, string(s.Name()))
			return s.Skip()
		})
		return all, err
	}
	first, err := s.Cut(nil, 15, "<x>", "</b>")
	require.NoError(t, err)
	require.Equal(t, "\n<b><c/></b>", string(first))
	second, err := s.Cut(nil, 18, "</b>")
	require.NoError(t, err)
	require.Equal(t, "\n<b></b><!-- </b>", string(second), "cut in a comment")
	none, err := s.Cut(nil, 100, "</b>")
	require.NoError(t, err)
	require.Nil(t, none, "less text")
	inside := s.Inside(first, 1)
	got, err := children(inside)
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, got)
	require.Equal(t, 1, inside.Depth())
	require.Equal(t, 2, inside.Line())
	_, err = children(s.Inside(second, 2))
	require.ErrorIs(t, err, xmlscan.ErrTruncated)
	s.Back(second, 2)
	got, err = children(s)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "b"}, got)
	require.Equal(t, 4, s.Line())
	require.Equal(t, int64(len(text)), s.Offset())

	// A piece that ends an element around it has not that element open at its end.
	s = xmlscan.New(strings.NewReader("<a><b></b></a>      "))
	_, err = s.Next()
	require.NoError(t, err)
	inside = s.Inside([]byte("<b></b></a>"), 1)
	_, err = children(inside)
	require.NoError(t, err)
	require.Zero(t, inside.Depth())
}
