
say plain 'ip addr' ip addr
say plain 'ip route' ip route
say plain 'ip -6 route' ip -6 route
names=$(
	printf '%s\n' @NAMES@
	cat /etc/kubernetes/*.conf 2>/dev/null | sed -n 's|^[ -]*server: *"*https://\([A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*\)[:/".]*.*|\1|p'
	uname -n
)
for name in $(printf '%s\n' "$names" | awk '!seen[$0]++'); do
	case $name in
	-* | *[!A-Za-z0-9._-]*) ;;
	*) say plain "getent hosts $name" getent hosts "$name" ;;
	esac
done
keep plain /etc/hosts
say plain 'cat /etc/machine-id' cat /etc/machine-id
say plain 'cat /sys/class/dmi/id/product_uuid' cat /sys/class/dmi/id/product_uuid

keep kubeconfig /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/controller-manager.conf \
	/etc/kubernetes/scheduler.conf /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf
there kubeconfig /root/.kube/config /home/*/.kube/config /etc/cni/net.d/*kubeconfig*
for path in /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests/*.yml /etc/kubernetes/manifests/*.json; do
	case $path in
	*/kube-apiserver.yaml | */kube-controller-manager.yaml | */kube-scheduler.yaml | */etcd.yaml) there guard "$path" ;;
	*) there manifest "$path" ;;
	esac
done
pki=$(sed -n 's|^ *- *--tls-cert-file=\(/.*\)/[^/]*$|\1|p' /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null)
there certificate "${pki:=/etc/kubernetes/pki}"/*.crt "$pki"/etcd/*.crt /var/lib/kubelet/pki/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem
if [ -e "$pki/apiserver.crt" ]; then
	say plain 'kubeadm certs check-expiration' kubeadm certs check-expiration
fi

say plain 'kubeadm version' kubeadm version -o short
say plain 'kubelet --version' kubelet --version
say plain 'ss -Htlnp' ss -Htlnp
say plain 'ss -Htnp' ss -Htnp
tell processes processes
tell leftovers leftovers
