package cluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Arg is a command line flag of a component.
type Arg struct {
	// Name of the flag, without dashes.
	Name string `json:"name"`
	// Value of the flag.
	Value string `json:"value"`
}

// Component holds further flags and mounts of a component that kubeadm runs as
// a static pod.
type Component struct {
	// ExtraArgs are flags that kubeadm does not set, or sets otherwise.
	ExtraArgs []Arg `json:"extraArgs,omitempty"`
	// ExtraVolumes are files and directories of the host that the component
	// needs to see, such as those that its flags name.
	ExtraVolumes []Volume `json:"extraVolumes,omitempty"`
}

// Volume is a file or a directory of the host in a component's pod.
type Volume struct {
	// Name of the volume in the pod: a DNS label.
	Name string `json:"name"`
	// HostPath is the absolute path on the host.
	HostPath string `json:"hostPath"`
	// MountPath is the absolute path in the pod. Default: HostPath.
	MountPath string `json:"mountPath,omitempty"`
	// ReadOnly keeps the component from writing there.
	ReadOnly bool `json:"readOnly,omitempty"`
	// PathType is what must be at HostPath, or is made there: File,
	// FileOrCreate, Directory, DirectoryOrCreate. Left out, nothing is checked,
	// and a directory is made where nothing is.
	PathType corev1.HostPathType `json:"pathType,omitempty"`
}

func (c *Component) setDefaults() {
	for i := range c.ExtraVolumes {
		setDefault(&c.ExtraVolumes[i].MountPath, c.ExtraVolumes[i].HostPath)
	}
}

func (c Component) clone() Component {
	c.ExtraArgs = slices.Clone(c.ExtraArgs)
	c.ExtraVolumes = slices.Clone(c.ExtraVolumes)
	return c
}

// arg gives the value of a flag; of several the last one counts.
func arg(args []Arg, name string) (string, bool) {
	for _, a := range slices.Backward(args) {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}
