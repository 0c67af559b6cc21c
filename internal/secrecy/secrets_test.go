package secrecy

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// secrets are those of one cluster.
type secrets struct{ tokenID, tokenSecret, certificateKey, clientKey string }

func (s secrets) token() string { return s.tokenID + "." + s.tokenSecret }

var (
	ours = secrets{
		"ab12cd", "s3cr3tt0k3nhalf1",
		"5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2",
		"MHcCAQEEIOursKeyOfTheClientThatNobodyShallSee",
	}
	theirs = secrets{
		"ef34gh", "0th3rt0k3nhalf22",
		"0badbeef77770badbeef77770badbeef77770badbeef77770badbeef77770bad",
		"MHcCAQEEITheirKeyOfTheClientThatNobodyShallSee",
	}
)

// enough is how much of a secret tells it.
const enough = 12

// forms are all the ways in which the beginning of a secret may be written.
var forms = func() map[string]string {
	out := map[string]string{}
	for _, s := range []secrets{ours, theirs} {
		for name, secret := range map[string]string{"token": s.tokenSecret, "certificate key": s.certificateKey, "client key": s.clientKey} {
			begin := secret[:enough]
			out[begin] = name
			out[strings.ToUpper(begin)] = name
			for _, format := range []string{"%x", "%X", "% x", "% X", "%d", "%b", "%o", "%U", "%c", "%#v", "%#x", "% #x", "%q"} {
				out[strings.Trim(fmt.Sprintf(format, []byte(begin)), `[]{}"byte`)] = name
			}
			for shift := range 3 {
				encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + begin))
				out[encoded[4:len(encoded)-4]] = name
			}
		}
	}
	return out
}()

// mustHide fails the test where the text shows a secret.
func mustHide(t *testing.T, how, text string) {
	t.Helper()
	for form, name := range forms {
		if i := strings.Index(text, form); i >= 0 {
			t.Errorf("%s shows the %s: ...%s...", how, name, text[max(0, i-80):min(len(text), i+80)])
			return
		}
	}
}

func TestTheFormsOfASecretAreFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		ours.token(), fmt.Sprintf("%x", ours.token()), fmt.Sprintf("% X", []byte(ours.token())), fmt.Sprint([]byte(ours.certificateKey)),
		fmt.Sprintf("%#v", []byte(ours.clientKey)), fmt.Sprintf("%#v", ours), fmt.Sprintf("%#x", ours), fmt.Sprintf("%d", []byte(theirs.tokenSecret)),
		base64.StdEncoding.EncodeToString([]byte(ours.token())), base64.StdEncoding.EncodeToString([]byte("x" + ours.token())),
		base64.StdEncoding.EncodeToString([]byte("xy" + ours.token())),
	} {
		found := false
		for form := range forms {
			found = found || strings.Contains(text, form)
		}
		if !found {
			t.Errorf("nothing is found in %s", text)
		}
	}
}
