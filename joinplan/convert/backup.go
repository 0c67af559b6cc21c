package convert

import (
	"strings"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// WorkDir is where a conversion keeps its backups and what it is about to put
// into the cluster, on every machine that it touches.
const WorkDir = "/var/lib/haplane"

// backupDir is one for each endpoint that a cluster is converted to, so that a
// plan that is made again finds the backup of the first.
func backupDir(spec cluster.Spec) string {
	e := spec.ControlPlaneEndpoint.String()
	return WorkDir + "/before-" + strings.NewReplacer(":", "-", "[", "", "]", "").Replace(e)
}

// backUp copies what is there, once: a backup that is complete is never written
// over, so it holds what was there before the first step.
const backUp = `set -e
umask 077
test ! -e "$1" || exit 0
rm -rf "$1.part"
mkdir -p "$1.part"
backup=$1
shift
for file; do
  test ! -e "$file" || cp -a --parents "$file" "$backup.part"
done
mv "$backup.part" "$backup"`

func (p planner) backups() ([]joinplan.Step, error) {
	snapshot, err := joinplan.Snapshot(p.front.Spec)
	if err != nil {
		return nil, err
	}
	out := []joinplan.Step{snapshot}
	dir := backupDir(p.spec)
	for _, host := range p.order() {
		title, files := "Back up the nodes", []string{hostsPath, p.servingCert(), p.pki() + "/apiserver.key"}
		if p.isBalancer(host) {
			title, files = "Back up the load balancers", []string{hostsPath, joinplan.HAProxyPath}
		}
		out = append(out, joinplan.Step{
			ID:      joinplan.KindBackup.Step(host),
			Title:   title,
			Host:    host,
			Why:     "It is the way back for what is not undone by an edit, and holds no more than that. A backup that is there is kept.",
			Actions: []joinplan.Action{run(shell(backUp, append([]string{dir}, files...)...)...)},
			Checks:  []joinplan.Check{succeeds(host, "the backup is complete", "test", "-d", dir)},
		})
	}
	return out, nil
}

// haproxyBack restores the configuration, or stops an HAProxy that had none.
const haproxyBack = `if test -e "$1"; then
  cp -p "$1" "$2" && systemctl reload-or-restart haproxy
else
  systemctl disable --now haproxy && rm -f "$2"
fi`
