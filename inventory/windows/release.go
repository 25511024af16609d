package windows

import "strings"

// Release returns the name of a release by its build, 10.0.19045 or longer:
// 22H2. It is empty for builds that have no such name or are not known.
func Release(build string, server bool) string {
	parts := strings.SplitN(build, ".", 4)
	if len(parts) < 3 || parts[0] != "10" {
		return ""
	}
	if server {
		switch parts[2] {
		case "20348":
			return "21H2"
		case "25398":
			return "23H2"
		}
	}
	return releaseOf(parts[2])
}

// releaseOf names the releases of Windows 10 and 11 by build number, which
// those of Windows Server of the same name share (Microsoft, "Windows 10 release
// information" and "Windows 11 release information"; read 2026-11).
func releaseOf(build string) string {
	return map[string]string{
		"10240": "1507", "10586": "1511", "14393": "1607", "15063": "1703", "16299": "1709", "17134": "1803",
		"17763": "1809", "18362": "1903", "18363": "1909", "19041": "2004", "19042": "20H2", "19043": "21H1",
		"19044": "21H2", "19045": "22H2", "22000": "21H2", "22621": "22H2", "22631": "23H2", "26100": "24H2",
		"26200": "25H2",
	}[build]
}
