package convert

import (
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func run(argv ...string) joinplan.Run {
	return joinplan.Run{Command: kubeadmcmd.NewCommand(argv...)}
}

// shell runs a script whose values are its arguments $1, $2, so that none of
// them is ever read as shell.
func shell(script string, values ...string) []string {
	return append([]string{"sh", "-c", script, "haplane"}, values...)
}

func one(argv ...string) []kubeadmcmd.Command {
	return []kubeadmcmd.Command{kubeadmcmd.NewCommand(argv...)}
}

func kubectl(kubeconfig string, words ...string) []string {
	return append([]string{"kubectl", "--kubeconfig", kubeconfig}, words...)
}

func succeeds(host, expect string, argv ...string) joinplan.Check {
	return joinplan.Check{Host: host, Commands: one(argv...), Expect: expect, Kind: joinplan.CheckSucceeds}
}

// names checks the server that a kubeconfig on a host names. kubectl shows no
// keys.
func names(host, file, cluster, server string) joinplan.Check {
	return joinplan.Check{
		Host:     host,
		Commands: one(kubectl(file, "config", "view", "-o", `jsonpath={.clusters[?(@.name=="`+cluster+`")].cluster.server}`)...),
		Expect:   file + " names " + server,
		Kind:     joinplan.CheckEquals,
		Want:     []string{server},
	}
}

// editConfigMap reads an object, edits it, and puts it back: kubectl replace
// fails where somebody else changed it in between, and the step is repeated.
func editConfigMap(namespace, name string, edit joinplan.Edit) []joinplan.Action {
	file := WorkDir + "/" + name + ".json"
	return []joinplan.Action{
		run(shell(`umask 077 && mkdir -p "$1" && kubectl --kubeconfig `+adminConf+` -n "$2" get configmap "$3" -o json > "$4"`, WorkDir, namespace, name, file)...),
		joinplan.EditFile{Path: file, Edit: edit},
		run(kubectl(adminConf, "replace", "-f", file)...),
	}
}
