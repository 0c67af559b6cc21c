package garbage

// messages are what commands print when they fail, which is what lands in a
// file or a pipe in place of their output.
var messages = []Input{
	{Name: "kubectl without a server", Text: "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n"},
	{Name: "kubectl before the API server is up", Text: `E1130 21:40:11.204117   31337 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.0.0.1:6443/api?timeout=32s\": dial tcp 10.0.0.1:6443: connect: connection refused"
The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?
`},
	{Name: "kubectl with a foreign CA", Text: "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority\n"},
	{Name: "kubectl with an expired certificate", Text: "error: You must be logged in to the server (Unauthorized)\n"},
	{Name: "kubectl without the right", Text: `Error from server (Forbidden): nodes is forbidden: User "system:node:wk-1" cannot list resource "nodes" in API group "" at the cluster scope
`},
	{Name: "kubectl without a pod", Text: "Error from server (NotFound): pods \"etcd-cp-9\" not found\n"},
	{Name: "kubectl exec into a pod without a shell", Text: `error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH
command terminated with exit code 126
`},
	{Name: "kubectl with a server that is asked too often", Text: "Error from server (Timeout): the server was unable to return a response in the time allotted, but may still be processing the request\n"},
	{Name: "kubectl with an unknown flag", Text: "error: unknown flag: --outptu\nSee 'kubectl get --help' for usage.\n"},
	{Name: "kubectl and nothing found", Text: "No resources found in kube-system namespace.\n"},
	{Name: "kubectl without a kubeconfig", Text: "error: error loading config file \"/etc/kubernetes/admin.conf\": open /etc/kubernetes/admin.conf: permission denied\n"},
	{Name: "ssh to a host that is down", Text: "ssh: connect to host cp-2 port 22: No route to host\n"},
	{Name: "ssh that is refused", Text: "ssh: connect to host 10.0.0.2 port 22: Connection refused\r\n"},
	{Name: "ssh without a key", Text: "admin@10.0.0.2: Permission denied (publickey,password).\n"},
	{Name: "ssh with a changed host key", Text: `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key verification failed.
`},
	{Name: "ssh and a name that is unknown", Text: "ssh: Could not resolve hostname cp-22: Name or service not known\n"},
	{Name: "sudo without a terminal", Text: "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n"},
	{Name: "sudo without the right", Text: "admin is not in the sudoers file.\nThis incident has been reported to the administrator.\n"},
	{Name: "sudo that asks", Text: "[sudo] password for admin: \nSorry, try again.\n[sudo] password for admin: \n"},
	{Name: "a command that is not there", Text: "bash: line 1: etcdctl: command not found\n"},
	{Name: "a file that is not there", Text: "cat: /etc/kubernetes/kubeadm.yaml: No such file or directory\n"},
	{Name: "a file that cannot be read", Text: "cat: /etc/kubernetes/pki/etcd/server.key: Permission denied\n"},
	{Name: "a command line that was cut", Text: "> \n> \n-bash: syntax error: unexpected end of file\n"},
	{Name: "docker without its daemon", Text: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"},
	{Name: "crictl without a socket", Text: "time=\"2026-11-30T21:40:00Z\" level=fatal msg=\"validate service connection: connect: permission denied\"\n"},
	{Name: "etcdctl without a server", Text: `{"level":"warn","ts":"2026-11-30T21:40:05.117311Z","logger":"etcd-client","caller":"v3@v3.5.24/retry_interceptor.go:63","msg":"retrying of unary invoker failed","error":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"}
Error: context deadline exceeded
`},
	{Name: "etcdctl with an old certificate", Text: "Error: open /etc/kubernetes/pki/etcd/healthcheck-client.crt: permission denied\n"},
	{Name: "kubeadm without root", Text: "error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR IsPrivilegedUser]: user is not running as root\n[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\n"},
	{Name: "curl that is refused", Text: "curl: (7) Failed to connect to 10.0.0.100 port 6443 after 0 ms: Couldn't connect to server\n"},
	{Name: "a full disk", Text: "tee: capture.txt: No space left on device\n"},
	{Name: "a killed command", Text: "Killed\n"},
	{Name: "the usage of a command", Text: `Usage:
  etcdctl endpoint status [flags]

Flags:
      --cluster[=false]   use all endpoints from the cluster member list
  -h, --help[=false]      help for status
`},
	{Name: "a stack trace", Text: `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a5b6c]

goroutine 1 [running]:
main.main()
	/src/main.go:17 +0x1d
exit status 2
`},
}

// markup are pages and chats.
var markup = []Input{
	{Name: "a page of a proxy", Text: `<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
</body>
</html>
`},
	{Name: "a page of HAProxy", Text: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"},
	{Name: "a login page", Text: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body><form action="/login"><input name="user"></form></body></html>
`},
	{Name: "XML", Text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cluster><node name=\"cp-1\" healthy=\"true\"/></cluster>\n"},
	{Name: "a page in Markdown", Text: "# The cluster\n\nIt has *three* control planes, and all of them are **healthy**.\n\n- cp-1\n- cp-2\n- cp-3\n"},
	{Name: "a chat", Text: "[21:40] anna: is etcd healthy?\n[21:41] ben: yes, 3 of 3 members are healthy\n[21:41] anna: thanks, then I reboot cp-2\n"},
	{Name: "prose", Text: "The members were all healthy this morning, and nobody has touched them since.\n"},
}
