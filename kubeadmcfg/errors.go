package kubeadmcfg

import "github.com/haplane/haplane/internal/finding"

// A ParseError is one thing that is wrong with the text of a file: its Line and
// Column (counted from 1), the path of the Field where it is about one, and Msg,
// which says what is wrong and what to do. A parse reports all of them, joined;
// errors.As finds each.
type ParseError = finding.ParseError

// A Finding is something that kubeadm accepts and that is worth a look: its Code,
// Severity, Place (the path of the field, such as
// "ClusterConfiguration.networking.podSubnet"), Message and Remedy.
type Finding = finding.Finding

// inputName names a file in errors; a caller that has read one puts its name
// there.
const inputName = "kubeadm"
