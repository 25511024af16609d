package windows

import "strings"

// Edition returns the EditionID, as the registry has it, of what systeminfo
// writes as the name of the system: "Microsoft Windows 10 Pro" is Professional,
// "Microsoft Windows Server 2022 Standard" ServerStandard. It is empty where the
// name does not settle it: for releases before Windows Vista, which had no
// EditionID, for names that are not known, and for most translated ones.
func Edition(name string) string {
	// Marks behind a word come as they are, in parentheses, as U+FFFD, or as the
	// letters that a code page has in their place.
	words := strings.Fields(strings.NewReplacer("\u00ae", " ", "\u2122", " ", "\ufffd", " ", "(R)", " ", "(TM)", " ", "VistaT", "Vista").Replace(name))
	for len(words) > 0 && words[0] != "Windows" {
		words = words[1:]
	}
	if len(words) < 2 {
		return ""
	}
	system, rest := words[1], words[2:]
	switch system {
	case "Server":
		if len(rest) > 0 && len(rest[0]) == len("2022") && rest[0] >= "2008" {
			rest = rest[1:]
			if len(rest) > 0 && rest[0] == "R2" {
				rest = rest[1:]
			}
			return serverEdition(strings.Join(rest, " "))
		}
	case "8", "8.1":
		if len(rest) == 0 {
			return "Core"
		}
		return clientEdition(strings.Join(rest, " "))
	case "Vista", "7", "10", "11":
		return clientEdition(strings.Join(rest, " "))
	}
	return ""
}

// clientEdition and serverEdition hold the EditionID, in the registry's
// Microsoft\Windows NT\CurrentVersion, of an edition by its name.
func clientEdition(words string) string {
	return map[string]string{
		"Home": "Core", "Home N": "CoreN", "Home Single Language": "CoreSingleLanguage", "Single Language": "CoreSingleLanguage",
		"N": "CoreN", "Famille": "Core", "Famille N": "CoreN",
		"Pro": "Professional", "Pro N": "ProfessionalN", "Professional": "Professional", "Professional N": "ProfessionalN",
		"Professionnel": "Professional", "Professionnel N": "ProfessionalN",
		"Pro for Workstations": "ProfessionalWorkstation", "Pro N for Workstations": "ProfessionalWorkstationN",
		"Pro Education": "ProfessionalEducation", "Pro Education N": "ProfessionalEducationN",
		"Pro with Media Center": "ProfessionalWMC",
		"Education":             "Education", "Education N": "EducationN",
		"Enterprise": "Enterprise", "Enterprise N": "EnterpriseN", "Entreprise": "Enterprise", "Entreprise N": "EnterpriseN",
		"Enterprise LTSC": "EnterpriseS", "Enterprise N LTSC": "EnterpriseSN",
		"Enterprise 2015 LTSB": "EnterpriseS", "Enterprise 2016 LTSB": "EnterpriseS",
		"Enterprise Evaluation":    "EnterpriseEval",
		"Enterprise multi-session": "ServerRdsh", "Enterprise for Virtual Desktops": "ServerRdsh",
		"IoT Enterprise": "IoTEnterprise", "IoT Enterprise LTSC": "IoTEnterpriseS",
		"Starter": "Starter", "Home Basic": "HomeBasic", "Home Premium": "HomePremium", "Business": "Business", "Ultimate": "Ultimate",
	}[words]
}

func serverEdition(words string) string {
	return map[string]string{
		"Standard": "ServerStandard", "Standard Evaluation": "ServerStandardEval",
		"Datacenter": "ServerDatacenter", "Datacenter Evaluation": "ServerDatacenterEval",
		"Datacenter Azure Edition": "ServerTurbine", "Datacenter: Azure Edition": "ServerTurbine",
		"Enterprise": "ServerEnterprise", "Essentials": "ServerSolution",
	}[words]
}
