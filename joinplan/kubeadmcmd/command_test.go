package kubeadmcmd_test

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func TestHarmlessWordsStayUnquoted(t *testing.T) {
	t.Parallel()
	c := kubeadmcmd.NewCommand("kubeadm", "join", "k8s-vip:6443", "--cri-socket=unix:///var/run/cri-dockerd.sock", "a@b,c%d+e_f")
	if want := strings.Join(c.Argv(), " "); c.Shell() != want {
		t.Errorf("got %s, want %s", c.Shell(), want)
	}
}

func TestACommandKnowsWhetherItHoldsASecret(t *testing.T) {
	t.Parallel()
	if kubeadmcmd.NewCommand("kubeadm", "version").HasSecret() || (kubeadmcmd.Command{}).HasSecret() {
		t.Error("a command without secrets says that it has one")
	}
	c, err := kubeadmcmd.TokenCreate{Token: kubeadmcmd.NewSecret(hidden)}.Command()
	if err != nil {
		t.Fatal(err)
	}
	if !c.HasSecret() || !c.Sudo().HasSecret() {
		t.Error("a command with a secret says that it has none")
	}
	if got, want := c.Sudo().String(), "sudo kubeadm token create [redacted]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !c.Equal(c) || c.Equal(c.Sudo()) {
		t.Error("Equal is wrong")
	}
}
