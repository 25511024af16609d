package xmlscan_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// tokens writes a document down as its tokens, joining neighbouring texts.
func tokens(r io.Reader) (string, error) {
	var out, text strings.Builder
	flush := func() {
		if t := strings.TrimSpace(text.String()); t != "" {
			fmt.Fprintf(&out, "%q ", t)
		}
		text.Reset()
	}
	s := xmlscan.New(r)
	for {
		kind, err := s.Next()
		if err != nil {
			return "", err
		}
		switch kind {
		case xmlscan.EOF:
			return out.String(), nil
		case xmlscan.Start:
			flush()
			fmt.Fprintf(&out, "<%s", s.Name())
			for _, a := range s.Attrs() {
				fmt.Fprintf(&out, " %s=%q", a.Name, a.Value)
			}
			out.WriteString("> ")
		case xmlscan.End:
			flush()
			fmt.Fprintf(&out, "</%s> ", s.Name())
		case xmlscan.Text:
			text.Write(s.Text())
		}
	}
}

// twin does the same with encoding/xml.
func twin(r io.Reader) (string, error) {
	var out, text strings.Builder
	flush := func() {
		if t := strings.TrimSpace(text.String()); t != "" {
			fmt.Fprintf(&out, "%q ", t)
		}
		text.Reset()
	}
	d := xml.NewDecoder(r)
	depth, roots := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if depth != 0 || roots != 1 {
				return "", io.ErrUnexpectedEOF
			}
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			flush()
			if depth++; depth == 1 {
				roots++
			}
			fmt.Fprintf(&out, "<%s", token.Name.Local)
			for _, a := range token.Attr {
				fmt.Fprintf(&out, " %s=%q", a.Name.Local, a.Value)
			}
			out.WriteString("> ")
		case xml.EndElement:
			flush()
			depth--
			fmt.Fprintf(&out, "</%s> ", token.Name.Local)
		case xml.CharData:
			text.Write(token)
		}
	}
}

var documents = []string{
	`<a/>`, "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE a SYSTEM \"x\"><!-- c --><a b='1' c = \"&lt;&#x41;&#66;>\">\n x &amp; y <![CDATA[<z>&amp;]]> <p:b xmlns:p='q'/></a>\n<!-- d -->\n",
	`<a><b>1</b><b>2</b></a>`, `<a>` + strings.Repeat("x", 200_000) + `</a>`, `<a b="` + strings.Repeat("y", 200_000) + `"></a >`,
	`<a`, `<a>`, `<a></b>`, `</a>`, `<a/><b/>`, `x<a/>`, `<a/>x`, `<a b></a>`, `<a b=1></a>`, `<a b="1>`, `<a>&nbsp;</a>`, `<a>&#0;</a>`, `<a>&#xD800;</a>`,
	"<a>\xff</a>", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, ``, ` `, `<a><!-- -- --></a>`,
	`<a b="1"c="2"/>`, `<a><![CDATA[x]]</a>`, strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300), `<a b="<"/>`, `< a/>`, `<a>]]&gt;</a>`,
	"<a b='\r\n'>\r\n&#13;\r<![CDATA[\r\n]]></a>", "<a>\x01</a>", "<a b='\x01'/>", "<a><![CDATA[\x01]]></a>", "<a>&#1;</a>", "<a>]]></a>", "<a>\ufffe</a>",
	`<a><!-- - --->`, `<a:b:c/>`, `<:a/>`, `<a:/>`, `<1/>`, `<é ü="ñ">ö]x]]</é>`, `<a ·=""/>`, `<?xml version="1.1"?><a/>`, `<?xml	encoding = 'latin1'?><a/>`, `<? ?><a/>`,
	`<?xml version="1.0?><a/>`, `<?xml version="1.0" >?><a/>`, `<?xml version="1.0" encoding="US-ASCII" standalone='yes'?><a/>`, `<!DOCTYPE a SYSTEM "b>c"><a/>`,
	`<!DOCTYPE"><a/>`, `<!DOCTYPE a><a/>`, `<!DOCTYPE><a/>`, `<!DOCTYPEa><a/>`, `<!DOCTYPE a"b"><a/>`, `<!DOCTYPE a PUBLIC "b" 'c"' ><a/>`, `<!DOCTYPE a PUBLIC "b"><a/>`,
	`<!DOCTYPE a SYSTEM "b" c><a/>`, `<!DOCTYPE a SYSTEM'b'><a/>`, `<!DOCTYPE a SYSTEM 'b><a/>`, `<!DOCTYPE a <!-- ' --> ><a/>`, `<!DOCTYPE a <b> ><a/>`,
	`<?xml Aversion="0"?><a/>`, `<?xml a="version='1.1'" version='1.0'?><a/>`, `<?xml version="1&#46;0"?><a/>`, `<?xml x:version="1.1"?><a/>`, `<?xml version='1.0'encoding='utf-8'?><a/>`,
	`<?xml version = "1.0"  ?><a/>`, `<?xml version="1.0" standalone="maybe"?><a/>`, `<?xml version="1.0" standalone="no" encoding="utf-8"?><a/>`, `<?xml?><a/>`, ` <?xml version="1.0"?><a/>`,
	"\ufeff<?xml version='1.0'?>\n<a/>", `<a><?xml version="1.0"?></a>`, `<?a?><?b c?><a/>`, `<?a"b"?><a/>`, `<?XML version="1.1"?><a/>`, `<a b="" b=""/>`, `<a b="" x:b="" y:b=""/>`, `<a><b c="1" d="2" c="3"/></a>`,
	"<a><!-- \xff --></a>", "<a><!-- \x01 --></a>", "<a><!-- ü<&]]>\r --></a>", "<?a \xff?><a/>", "<!DOCTYPE a SYSTEM '\xff'><a/>",
	`<a/ >`, `<a b="1"/`, `<a b="]]>"/>`, `<a b='"' c="'"/>`, `<a>&#x110000;&#x:;</a>`, `<a>&#x1F600;&#128512;&#0000000000065;</a>`, `<a>&lt</a>`,
}

func TestAgreesWithEncodingXML(t *testing.T) {
	t.Parallel()
	for _, text := range documents {
		check(t, []byte(text))
	}
}

// check holds a document against encoding/xml: what that refuses is refused here,
// and of what both take the tokens are the same. What only encoding/xml takes is
// refused here on purpose.
func check(t *testing.T, text []byte) {
	t.Helper()
	got, err := tokens(bytes.NewReader(text))
	pieces, err2 := tokens(iotest.HalfReader(bytes.NewReader(text)))
	require.Equal(t, got, pieces)
	require.Equal(t, err == nil, err2 == nil)
	s := xmlscan.New(iotest.OneByteReader(bytes.NewReader(text)))
	_, skipErr := s.Next()
	if skipErr == nil {
		skipErr = s.Skip()
	}
	if skipErr == nil {
		_, skipErr = s.Next()
	}
	require.Equal(t, errors.Unwrap(err), errors.Unwrap(skipErr), "%q", text)
	want, wantErr := twin(bytes.NewReader(text))
	switch {
	case err != nil:
	case wantErr == nil:
		if got != strings.TrimPrefix(want, `"\ufeff" `) {
			t.Fatalf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	case strings.Contains(wantErr.Error(), "CharsetReader"): // ASCII, which is UTF-8
	case strings.Contains(wantErr.Error(), "invalid XML name") && bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }):
		// Letters of names are those of the fifth edition of XML, there of the fourth.
	default:
		t.Fatalf("%q: encoding/xml refuses it: %v", text, wantErr)
	}
}

// Every byte alone as a name, behind a letter and as a text is taken as
// encoding/xml takes it.
func TestBytes(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for _, form := range []string{"<%s/>", "<a%s/>", "<a %s='b'/>", "<a a%s='b'/>", "<a>%s</a>", "<a b='%s'/>", "<a>%s some text that is longer</a>"} {
			check(t, []byte(strings.Replace(form, "%s", string([]byte{byte(c)}), 1)))
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range documents {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(check)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		err  error
		line int
	}{
		{"<a>\n<b></c></a>", xmlscan.ErrSyntax, 2},
		{"<a>\n\n<b>", xmlscan.ErrTruncated, 3},
		{"<a>&nbsp;</a>", xmlscan.ErrSyntax, 1},
		{"<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", xmlscan.ErrSyntax, 1},
		{"<a>\n\xff</a>", xmlscan.ErrEncoding, 2},
		{"<?xml version='1.0' encoding='latin1'?><a/>", xmlscan.ErrEncoding, 1},
		{strings.Repeat("<a>", 300), xmlscan.ErrDepth, 1},
		{"", xmlscan.ErrTruncated, 1},
		{"<a>" + strings.Repeat("x", xmlscan.MaxToken+1) + "</a>", xmlscan.ErrTooLarge, 1},
		{"<a>" + strings.Repeat("<", 10), xmlscan.ErrSyntax, 1},
	} {
		_, err := tokens(strings.NewReader(c.text))
		require.ErrorIs(t, err, c.err, "%.40q", c.text)
		var e *xmlscan.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.line, e.Line, "%.40q", c.text)
	}
	_, err := tokens(io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestDoctype(t *testing.T) {
	t.Parallel()
	for text, taken := range map[string]bool{
		" a": true, " a ": true, "\na:b\tSYSTEM 'c'": true, ` a SYSTEM "<" `: true, ` a PUBLIC "b" 'c"'`: true, ` é PUBLIC '' ""`: true,
		"": false, " ": false, "a": false, `"`: false, " a b": false, ` a"b"`: false, ` a SYSTEM`: false, ` a SYSTEM"b"`: false, ` a SYSTEM "b" c`: false,
		` a SYSTEM "b`: false, ` a PUBLIC "b"`: false, ` a PUBLIC "b""c"`: false, ` a SYSTEMS "b"`: false, ` a [<!ENTITY b "c">]`: false, " 1": false,
	} {
		_, err := tokens(strings.NewReader("<!DOCTYPE" + text + "><a/>"))
		require.Equal(t, taken, err == nil, "%q: %v", text, err)
		check(t, []byte("<!DOCTYPE"+text+"><a/>"))
	}
}

func TestContentAndSkip(t *testing.T) {
	t.Parallel()
	s := xmlscan.New(strings.NewReader("<a><b> x<i>no</i>y\n</b><c><d/><e>f</e></c><g/></a>"))
	next := func(kind xmlscan.Kind, name string) {
		t.Helper()
		got, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, kind, got)
		require.Equal(t, name, string(s.Name()))
	}
	next(xmlscan.Start, "a")
	next(xmlscan.Start, "b")
	text, err := s.Content()
	require.NoError(t, err)
	require.Equal(t, "xy", string(text))
	next(xmlscan.Start, "c")
	require.NoError(t, s.Skip())
	next(xmlscan.Start, "g")
	require.NoError(t, s.Skip())
	next(xmlscan.End, "a")
	kind, err := s.Next()
	require.NoError(t, err)
	require.Equal(t, xmlscan.EOF, kind)
}

func document() string {
	return "<updates>" + strings.Repeat(`<update from="a@example.org" status="final" type="security" version="1"><id>X-1</id>
<description>Some prose, as advisories have it, with an &amp; here.</description><pkglist><collection short="c"><name>n</name>
<package name="openssl" version="1.1.1k" release="6.el8_5" epoch="1" arch="x86_64" src="openssl.src.rpm"><filename>f</filename></package>
</collection></pkglist></update>
`, 2000) + "</updates>"
}

func BenchmarkScanner(b *testing.B) {
	text := document()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := xmlscan.New(strings.NewReader(text))
		for kind := xmlscan.Start; kind != xmlscan.EOF; {
			var err error
			if kind, err = s.Next(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkEncodingXML(b *testing.B) {
	text := document()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.RawToken(); err != nil {
				break
			}
		}
	}
}
