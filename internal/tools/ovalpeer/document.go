//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

const namespaces = `xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="http://oval.mitre.org/XMLSchema/oval-common-5"` +
	` xmlns:i="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent" xmlns:l="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux"` +
	` xmlns:u="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix"`

// document writes n definitions as Debian's feed has them, for one release.
func document(n int, release string) []byte {
	var definitions, tests, objects, states bytes.Buffer
	object := map[string]int{}
	advisories(n, func(i int, a *advisory, name, version string) {
		if !strings.Contains(version, ":") {
			version = "0:" + version
		}
		number := i + 10
		if object[name] == 0 {
			object[name] = len(object) + 10
			fmt.Fprintf(&objects, "<l:dpkginfo_object id=\"oval:org.debian.oval:obj:%d\" version=\"1\"><l:name>%s</l:name></l:dpkginfo_object>\n", object[name], name)
		}
		fmt.Fprintf(&definitions, `<definition class="vulnerability" id="oval:org.debian:def:%d" version="1"><metadata><title>%s %s</title>
<affected family="unix"><platform>Debian GNU/Linux %s</platform><product>%s</product></affected><reference ref_id="%s" source="CVE"/>
<description>%s</description></metadata>
<criteria comment="Release section" operator="AND"><criterion comment="Debian %s is installed" test_ref="oval:org.debian.oval:tst:1"/>
<criteria comment="Architecture section" operator="OR"><criteria comment="Architecture independent section" operator="AND">
<criterion comment="all architecture" test_ref="oval:org.debian.oval:tst:2"/><criterion comment="%s DPKG is earlier than %s" test_ref="oval:org.debian.oval:tst:%d"/>
</criteria></criteria></criteria></definition>
`, number, a.ID, name, release, name, a.ID, text(a.Details), release, name, version, number)
		fmt.Fprintf(&tests, `<l:dpkginfo_test check="all" check_existence="at_least_one_exists" comment="%s is earlier than %s" id="oval:org.debian.oval:tst:%d" version="1"><l:object object_ref="oval:org.debian.oval:obj:%d"/><l:state state_ref="oval:org.debian.oval:ste:%d"/></l:dpkginfo_test>
`, name, version, number, object[name], number)
		fmt.Fprintf(&states, "<l:dpkginfo_state id=\"oval:org.debian.oval:ste:%d\" version=\"1\"><l:evr datatype=\"debian_evr_string\" operation=\"less than\">%s</l:evr></l:dpkginfo_state>\n", number, version)
	})
	var out bytes.Buffer
	fmt.Fprintf(&out, `<?xml version="1.0" encoding="utf-8"?>
<oval_definitions %s>
<generator><oval:product_name>made up</oval:product_name><oval:schema_version>5.11.2</oval:schema_version><oval:timestamp>2026-01-01T00:00:00</oval:timestamp></generator>
<definitions>
%s</definitions><tests>
<i:textfilecontent54_test check="all" check_existence="at_least_one_exists" comment="Debian GNU/Linux %s is installed" id="oval:org.debian.oval:tst:1" version="1"><i:object object_ref="oval:org.debian.oval:obj:1"/><i:state state_ref="oval:org.debian.oval:ste:1"/></i:textfilecontent54_test>
<u:uname_test check="all" check_existence="at_least_one_exists" comment="Installed architecture is all" id="oval:org.debian.oval:tst:2" version="1"><u:object object_ref="oval:org.debian.oval:obj:2"/></u:uname_test>
%s</tests><objects>
<i:textfilecontent54_object id="oval:org.debian.oval:obj:1" version="1"><i:path>/etc</i:path><i:filename>debian_version</i:filename><i:pattern operation="pattern match">(\d+)\.\d</i:pattern><i:instance datatype="int">1</i:instance></i:textfilecontent54_object>
<u:uname_object id="oval:org.debian.oval:obj:2" version="1"/>
%s</objects><states>
<i:textfilecontent54_state id="oval:org.debian.oval:ste:1" version="1"><i:subexpression operation="equals">%s</i:subexpression></i:textfilecontent54_state>
%s</states></oval_definitions>
`, namespaces, definitions.Bytes(), release, tests.Bytes(), objects.Bytes(), release, states.Bytes())
	return out.Bytes()
}

func text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
