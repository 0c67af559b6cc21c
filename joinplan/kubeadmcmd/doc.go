// Package kubeadmcmd builds kubeadm command lines, and reads the credentials
// out of what kubeadm prints and people type.
//
// # Building
//
// [Init], [InitPhase], [UploadCerts], [Join], [TokenCreate], [Certs] and
// [Reset] are filled in as struct literals; their Command method gives a
// [Command], or every error at once: flags that kubeadm refuses together, and combinations
// that it accepts but misunderstands. A Command is run from its Argv, or by a
// shell from its Shell; when it is printed, logged or marshalled it redacts.
//
// Each has a ConfigFile, for the --config form. Prefer it: arguments show in ps
// and in the shell's history. In the flag form the secrets are arguments.
//
// # Reading
//
// [ParseCredentials] takes [Credentials] out of the output of kubeadm init,
// token create and upload-certs, and out of join commands; [Credentials.Merge]
// joins those of several texts; [Credentials.Expired] says which of them no
// longer work. [ParseJoin] gives a join command as a Join. [CACertHashes] reads
// ca.crt. [NewToken] and [NewCertificateKey] make new secrets.
//
// A [Secret] shows its value only to Secret.Reveal.
//
// # What it does not do
//
// It runs nothing and reads no clock, no file and no random source of its own.
// It does not look into the files that commands name. It checks flags against
// kubeadm 1.30 to 1.37; which phases and feature gates a kubeadm has, that
// kubeadm says itself.
//
// The flags are those of kubeadm's reference
// (https://kubernetes.io/docs/reference/setup-tools/kubeadm/); the formats of
// token, key and hash those of its v1beta4 API.
package kubeadmcmd
