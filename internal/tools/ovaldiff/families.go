//go:build linux

package main

import "fmt"

func packages() family {
	return family{
		prefix: "l", kind: "dpkginfo",
		filters: []field{{"name", "string", names}, {"arch", "string", []string{"amd64", "all"}}, {"version", "string", []string{"1.0", "1.10", "1.9", "7"}}},
		object: func(w *writer) string {
			return w.name("l:name", names)
		}, // oscap 1.3.7 does not match patterns
		entities: []field{
			{"name", "string", names},
			{"arch", "string", []string{"amd64", "all", "i386"}},
			{"epoch", "string", []string{"0", "2", "(none)"}},
			{"release", "string", []string{"1", "1~rc1", "2.1", ""}},
			{"version", "string", []string{"1.0", "1.10", "1.9", "7"}},
			{"evr", "debian_evr_string", debianEVRs},
		},
	}
}

func texts(patterns ...string) family {
	return family{
		prefix: "i", kind: "textfilecontent54",
		filters: []field{{"text", "string", []string{"one=1", "alpha", "", "#"}}, {"instance", "int", []string{"1", "2", "3"}}, {"filename", "string", fileNames}},
		object: func(w *writer) string {
			instance := pick(w, `<i:instance datatype="int">1</i:instance>`, `<i:instance datatype="int">2</i:instance>`,
				`<i:instance datatype="int" operation="greater than or equal">1</i:instance>`, `<i:instance datatype="int" operation="less than">3</i:instance>`,
				`<i:instance datatype="int" operation="not equal">1</i:instance>`)
			behaviors := ""
			if w.IntN(2) == 0 {
				behaviors = fmt.Sprintf("<i:behaviors%s%s%s", w.attr("multiline", "true", "false"), w.attr("singleline", "true", "false"), w.attr("ignore_case", "true", "false"))
			}
			pattern := fmt.Sprintf(`<i:pattern operation="pattern match">%s</i:pattern>%s`, escape(pick(w, patterns...)), instance)
			if w.IntN(2) == 0 {
				if behaviors != "" {
					behaviors += "/>"
				}
				return behaviors + w.path("i:filepath", paths, pathPatterns, true) + pattern
			}
			if behaviors != "" {
				behaviors += w.attr("max_depth", "0", "1", "2", "-1") + w.attr("recurse_direction", "none", "down") + "/>"
			}
			return behaviors + w.path("i:path", folderNames, folderPatterns, true) + w.path("i:filename", fileNames, namePatterns, false) + pattern
		},
		entities: []field{
			{"text", "string", []string{"one=1", "alpha", "two=2", "", "#"}},
			{"subexpression", "int", []string{"0", "1", "2", "7"}},
			{"subexpression", "string", []string{"1", "one", "", "alpha", "ALPHA"}},
			{"subexpression", "float", floats},
			{"instance", "int", []string{"1", "2", "3"}},
			{"filename", "string", fileNames},
		},
	}
}

// numbers are texts that hold versions.
func numbers() family {
	f := texts(`^v?\s*(\d+(?:\.\d+)*)`, `=\s*(\d+)$`)
	f.entities = []field{{"subexpression", "version", versions}, {"subexpression", "debian_evr_string", debianEVRs}}
	return f
}

func files() family {
	return family{
		prefix: "u", kind: "file",
		filters: []field{{"filename", "string", fileNames}, {"size", "int", []string{"0", "8", "30", "4"}}},
		object: func(w *writer) string {
			if w.IntN(2) == 0 {
				return w.path("u:filepath", paths, pathPatterns, true)
			}
			behaviors := ""
			if w.IntN(2) == 0 {
				behaviors = fmt.Sprintf("<u:behaviors%s%s/>", w.attr("max_depth", "0", "1", "2", "-1"), w.attr("recurse_direction", "none", "down"))
			}
			return behaviors + w.path("u:path", folderNames, folderPatterns, true) + w.path("u:filename", fileNames, namePatterns, false)
		},
		entities: []field{
			{"filename", "string", fileNames}, {"size", "int", []string{"0", "8", "30", "4"}}, {"m_time", "int", []string{"0", "4000000000"}},
		},
	}
}

func folders() family {
	return family{
		prefix: "u", kind: "file",
		object: func(w *writer) string {
			return w.path("u:path", folderNames, folderPatterns, true) + `<u:filename xsi:nil="true"/>`
		},
		entities: []field{{"type", "string", []string{"directory", "regular"}}, {"m_time", "int", []string{"0", "4000000000"}}},
	}
}

func machine() family {
	return family{
		prefix: "u", kind: "uname", object: func(*writer) string { return "" },
		entities: []field{
			{"machine_class", "string", []string{"x86_64", "aarch64"}}, {"os_name", "string", []string{"Linux", "linux", "SunOS"}}, {"os_release", "string", []string{"6.1.0"}},
		},
	}
}

func systems() family {
	return family{
		prefix: "i", kind: "family", object: func(*writer) string { return "" },
		entities: []field{{"family", "string", []string{"unix", "windows", "UNIX", "macos"}}},
	}
}

// constants are variables of all datatypes but boolean, compared as what every
// value can be compared as.
func constants(names []string) family {
	return family{
		prefix: "i", kind: "variable",
		object:   func(w *writer) string { return fmt.Sprintf("<i:var_ref>%s</i:var_ref>", pick(w, names...)) },
		entities: []field{{"value", "string", []string{"alpha", "1", "true", "1.0"}}, {"value", "int", []string{"1", "7", "-3"}}, {"value", "float", floats}},
	}
}

// ordered are variables of one datatype that has an order. A value of another
// form is less or more to oscap, and an error here.
func ordered(datatype string, names, values []string) family {
	f := constants(names)
	f.entities = []field{{"value", datatype, values}}
	return f
}

// flags are boolean variables alone: any other value is false to oscap, and an
// error here.
func flags(names []string) family {
	return family{
		prefix: "i", kind: "variable",
		object:   func(w *writer) string { return fmt.Sprintf("<i:var_ref>%s</i:var_ref>", pick(w, names...)) },
		entities: []field{{"value", "boolean", []string{"true", "0"}}},
	}
}
