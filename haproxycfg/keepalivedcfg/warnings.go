package keepalivedcfg

import (
	"fmt"

	"github.com/haplane/haplane/internal/finding"
)

// Warnings tells what keepalived accepts, with or without a word of its own, and
// somebody may regret.
func (c Config) Warnings() []Finding {
	w := &warner{}
	if len(c.Scripts) > 0 {
		if c.Global.ScriptUser == "" {
			w.warn("global.scriptUser", "keepalived runs scripts as the user keepalived_script, and ignores them where there is no such user", "give a user, such as root")
		}
		if !c.Global.ScriptSecurity {
			w.warn("global.scriptSecurity", "keepalived runs scripts that others than root may change", "switch it on")
		}
	}
	for i, instance := range c.Instances {
		w.instance(fmt.Sprintf("instances[%d]", i), instance)
	}
	w.families(c)
	return w.findings
}

// warner collects warnings.
type warner struct{ findings []Finding }

func (w *warner) warn(place, message, remedy string) {
	w.findings = append(w.findings, Finding{Severity: finding.Warning, Place: place, Message: message, Remedy: remedy})
}

func (w *warner) instance(p string, i Instance) {
	if len(i.UnicastPeers) == 0 {
		w.warn(p+".unicastPeers", "advertisements go to a multicast group, which many networks drop: every machine then holds the addresses", "give the other machines as peers")
	}
	if len(i.UnicastPeers) > 0 && !i.CheckUnicastSource {
		w.warn(p+".checkUnicastSource", "anybody who can reach the machine can take the addresses away", "switch it on")
	}
	if !i.NoPreempt {
		w.warn(p+".noPreempt", "the addresses move back when a machine returns, and every move cuts all connections", "switch it on, with the state BACKUP on all machines")
	}
	if i.AdvertInterval == 0 {
		w.warn(p+".advertInterval", "keepalived's own default is one second, and a file that does not say it hides how long an outage takes", "write it")
	}
}

// families warns where IPv4 and IPv6 can part.
func (w *warner) families(c Config) {
	grouped := map[string]bool{}
	for _, g := range c.Groups {
		for _, name := range g.Instances {
			grouped[name] = true
		}
	}
	var four, six bool
	for _, i := range c.Instances {
		if !grouped[i.Name] {
			four, six = four || !i.isIPv6(), six || i.isIPv6()
		}
	}
	if four && six {
		w.warn("groups", "IPv4 and IPv6 addresses can end on different machines", "put their instances into one group")
	}
}
