# Takes away what kubeadm reset leaves: every line may fail, because what it
# removes need not be there. The directory for pod networks is
# emptied and stays: containerd 1.6 watches it, and would not see a new one.
rm -rf /etc/cni/net.d/* /etc/cni/net.d/.[!.]* /etc/cni/net.d/..?*
rm -f "$HOME/.kube/config"

# With this link kube-proxy works through IPVS, and then has all of its table.
if ip link show kube-ipvs0 >/dev/null 2>&1; then
	ipvsadm --clear
fi
for link in cni0 flannel.1 flannel-v6.1 vxlan.calico vxlan-v6.calico cilium_host cilium_vxlan kube-ipvs0; do
	ip link delete "$link" 2>/dev/null
done

# Of iptables go the chains of Kubernetes and of pod networks, and the rules of
# other chains that lead into them. Policies and all other rules stay.
# shellcheck disable=SC2016
owned='
function ours(chain) { return chain ~ /^(KUBE-|CNI-|cali-|FLANNEL-|CILIUM_|OLD_CILIUM_|ANTREA-|WEAVE$|WEAVE-)/ }
/^[*]/ { table = $0; chains = rules = ends = "" }
/^:/ && ours(substr($1, 2)) { chains = chains $1 " - [0:0]\n"; ends = ends "-X " substr($1, 2) "\n" }
/^-A / && !ours($2) {
	leads = 0
	line = $0
	gsub(/"([^"\\]|\\.)*"/, "text", line)
	count = split(line, words, " ")
	for (i = 3; i < count; i++) if (words[i] == "-j" || words[i] == "-g") leads = leads || ours(words[i + 1])
	if (leads || $0 ~ /^-A [^"]* --comment "(cali:|flanneld )/) rules = rules "-D" substr($0, 3) "\n"
}
/^COMMIT/ && (chains rules) != "" { printf "%s\n%s%s%sCOMMIT\n", table, chains, rules, ends }'
for tool in iptables ip6tables iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy; do
	command -v "$tool-save" >/dev/null || continue
	rules=$("$tool-save" 2>/dev/null | awk "$owned")
	[ -z "$rules" ] || printf '%s\n' "$rules" | "$tool-restore" --wait 5 --noflush
done
nft list tables 2>/dev/null | while read -r _ family table; do
	case $table in
	kube-proxy | flannel-ipv4 | flannel-ipv6 | calico | cni_hostport | cni_plugins_masquerade | kindnet-* | kube-network-policies)
		nft delete table "$family" "$table"
		;;
	esac
done
ipset list -n 2>/dev/null | while read -r set; do
	case $set in KUBE-* | cali40* | cali60*) ipset destroy "$set" ;; esac
done
true
