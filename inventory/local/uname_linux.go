package local

import "syscall"

// machine returns the machine's architecture as uname(2) gives it.
func machine() string {
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return ""
	}
	name := make([]byte, 0, len(u.Machine))
	for _, c := range u.Machine { // int8 or uint8, by architecture
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	return string(name)
}
