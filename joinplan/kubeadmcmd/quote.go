package kubeadmcmd

import "strings"

// quote makes one word of a POSIX shell (POSIX.1-2017, Shell Command Language,
// 2.2 Quoting). Words of harmless characters stay as they are; all others go
// into single quotes, inside which only the single quote itself is special.
func quote(word string) string {
	if word != "" && strings.IndexFunc(word, special) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func special(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_./:,@%+=", r)
}
