
KUBECONFIG=/etc/kubernetes/admin.conf
export KUBECONFIG
ask() {
	mode=$1 label=$2
	shift 2
	say "$mode" "kubectl get $label" kubectl --request-timeout=30s get "$@"
}
ask guard nodes nodes -o json
for name in kubeadm-config kubelet-config; do
	ask guard "configmap $name" configmap -n kube-system "$name" -o json
done
# The managed fields say when it was changed.
ask guard 'configmap kube-proxy' configmap -n kube-system kube-proxy -o json --show-managed-fields
ask guard 'configmap cluster-info' configmap -n kube-public cluster-info -o json
others=metadata.name!=kubeadm-config,metadata.name!=kubelet-config,metadata.name!=kube-proxy,metadata.name!=cluster-info,metadata.name!=kube-root-ca.crt
ask urls configmaps configmaps -A --field-selector "$others" -o json
ask pods pods pods -A -o json
# Of Secrets: the number, the uses and the end of bootstrap tokens, and whose the
# uploaded certificates are. None of it opens anything.
# shellcheck disable=SC2016 # the dollars are the template's
tokens='{{range .items}}{"apiVersion":"v1","kind":"Secret","type":"{{.type}}","metadata":{"namespace":"kube-system","name":"{{.metadata.name}}"},"data":{
	{{- $first := true}}{{range $key, $value := .data}}{{if or (eq $key "token-id") (eq $key "expiration") (eq $key "usage-bootstrap-signing") (eq $key "usage-bootstrap-authentication")}}
	{{- if not $first}},{{end}}{{$first = false}}"{{$key}}":"{{$value}}"{{end}}{{end}}}}
{{end}}'
# shellcheck disable=SC2016
certs='{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"namespace":"kube-system","name":"{{.metadata.name}}","ownerReferences":[
	{{- range $i, $owner := .metadata.ownerReferences}}{{if $i}},{{end}}{"apiVersion":"v1","kind":"{{.kind}}","name":"{{.name}}","uid":"{{.uid}}"}{{end}}]}}
'
ask plain 'bootstrap tokens' secrets -n kube-system --field-selector type=bootstrap.kubernetes.io/token -o "go-template=$tokens"
ask plain 'secret kubeadm-certs' secret -n kube-system kubeadm-certs -o "go-template=$certs"

# etcdctl is in the pod of this machine's member.
members='{{range .items}}{{.spec.nodeName}} {{.metadata.name}}
{{end}}'
member=$(timeout 60 kubectl --request-timeout=30s get pods -n kube-system -l component=etcd -o "go-template=$members" 2>/dev/null </dev/null |
	awk -v node="$(uname -n | tr '[:upper:]' '[:lower:]')" '$1 == node { mine = $2 } { any = $2 } END { print mine == "" ? any : mine }')
etcdctl() {
	label=$1
	shift
	say plain "etcdctl $label" kubectl -n kube-system exec "$member" -- etcdctl --command-timeout=10s \
		--endpoints=https://127.0.0.1:2379 --cacert="$pki/etcd/ca.crt" --cert="$pki/etcd/server.crt" --key="$pki/etcd/server.key" "$@" --write-out=json
}
if [ -n "$member" ]; then
	etcdctl 'member list' member list
	etcdctl 'endpoint status' endpoint status --cluster
	etcdctl 'endpoint health' endpoint health --cluster
	etcdctl 'alarm list' alarm list
fi
