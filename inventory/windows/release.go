package windows

import "strings"

// releases are the names of the releases of Windows 10, 11 and Server since
// 2015 by build number (Microsoft, "Windows 10 release information", "Windows 11
// release information", "Windows Server release information"; read 2026-11).
var releases = map[string]string{
	"10240": "1507", "10586": "1511", "14393": "1607", "15063": "1703", "16299": "1709", "17134": "1803",
	"17763": "1809", "18362": "1903", "18363": "1909", "19041": "2004", "19042": "20H2", "19043": "21H1",
	"19044": "21H2", "19045": "22H2", "22000": "21H2", "22621": "22H2", "22631": "23H2", "26100": "24H2",
	"26200": "25H2",
}

// serverReleases are those of Windows Server where the build is not shared
// with a client of the same name.
var serverReleases = map[string]string{"20348": "21H2", "25398": "23H2"}

// Release returns the name of a release by its build, 10.0.19045 or longer:
// 22H2. It is empty for builds that have no such name or are not known.
func Release(build string, server bool) string {
	parts := strings.SplitN(build, ".", 4)
	if len(parts) < 3 || parts[0] != "10" {
		return ""
	}
	if name, ok := serverReleases[parts[2]]; ok && server {
		return name
	}
	return releases[parts[2]]
}
