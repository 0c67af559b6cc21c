package kubeadmcfg

import (
	"net/url"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// What kubeadm takes where a file says nothing.
const (
	defaultBindPort            = 6443
	defaultControlPlaneTimeout = 4 * time.Minute
	defaultDiscoveryTimeout    = 5 * time.Minute
	defaultCertificateValidity = 365 * 24 * time.Hour
	defaultCAValidity          = 10 * defaultCertificateValidity
	defaultTokenTTL            = 24 * time.Hour
	defaultTokenGroup          = "system:bootstrappers:kubeadm:default-node-token"
)

func defaultTokenUsages() []string { return []string{"signing", "authentication"} }

func defaultTimeouts() v1.Timeouts {
	return v1.Timeouts{
		ControlPlaneComponentHealthCheck: &metav1.Duration{Duration: defaultControlPlaneTimeout},
		KubeletHealthCheck:               &metav1.Duration{Duration: 4 * time.Minute},
		KubernetesAPICall:                &metav1.Duration{Duration: time.Minute},
		EtcdAPICall:                      &metav1.Duration{Duration: 2 * time.Minute},
		TLSBootstrap:                     &metav1.Duration{Duration: 5 * time.Minute},
		Discovery:                        &metav1.Duration{Duration: defaultDiscoveryTimeout},
		UpgradeManifests:                 &metav1.Duration{Duration: 5 * time.Minute},
	}
}

// WithDefaults gives a copy in which kubeadm's static defaults are written out.
// What kubeadm finds out on the machine or draws at random stays open: the
// node's name, the CRI socket, the advertise address, the control-plane taint,
// tokens. The Kubernetes version becomes "stable-1", which makes kubeadm ask the
// internet. No document is added, and one of v1beta2 becomes one of v1beta3. A
// file that has no version is only copied.
func (f File) WithDefaults() File {
	version, err := f.Version()
	if err != nil {
		return f.DeepCopy()
	}
	if version == v1beta2Version {
		version = V1Beta3
	}
	h := f.hub()
	h.setDefaults()
	return File{Documents: h.to(version, func(Loss) {}), Unknown: deepCopy(f.Unknown)}
}

func (h *hub) setDefaults() {
	if h.controlPlaneTimeout == nil {
		h.controlPlaneTimeout = &metav1.Duration{Duration: defaultControlPlaneTimeout}
	}
	for _, d := range h.documents {
		switch d := d.(type) {
		case *v1.InitConfiguration:
			defaultInit(d)
		case *v1.ClusterConfiguration:
			defaultCluster(d)
		case *v1.JoinConfiguration:
			defaultJoin(d)
		case *v1.ResetConfiguration:
			fill(&d.CertificatesDir, "/etc/kubernetes/pki")
			fillTimeouts(&d.Timeouts)
		case *v1.UpgradeConfiguration:
			defaultUpgrade(d)
		}
	}
}

func defaultInit(c *v1.InitConfiguration) {
	if len(c.BootstrapTokens) == 0 {
		c.BootstrapTokens = []v1.BootstrapToken{{}}
	}
	for i := range c.BootstrapTokens {
		defaultToken(&c.BootstrapTokens[i])
	}
	fill(&c.LocalAPIEndpoint.BindPort, defaultBindPort)
	defaultNode(&c.NodeRegistration)
	fillTimeouts(&c.Timeouts)
}

// defaultToken fills in TTL even where Expires is set. kubeadm does so too, and
// then refuses the two together.
func defaultToken(t *v1.BootstrapToken) {
	fillPointer(&t.TTL, metav1.Duration{Duration: defaultTokenTTL})
	if len(t.Usages) == 0 {
		t.Usages = defaultTokenUsages()
	}
	if len(t.Groups) == 0 {
		t.Groups = []string{defaultTokenGroup}
	}
}

func defaultNode(n *v1.NodeRegistrationOptions) {
	fill(&n.ImagePullPolicy, corev1.PullIfNotPresent)
	fillPointer(&n.ImagePullSerial, true)
}

func defaultCluster(c *v1.ClusterConfiguration) {
	fill(&c.KubernetesVersion, "stable-1")
	fill(&c.Networking.ServiceSubnet, "10.96.0.0/12")
	fill(&c.Networking.DNSDomain, "cluster.local")
	fill(&c.CertificatesDir, "/etc/kubernetes/pki")
	fill(&c.ImageRepository, "registry.k8s.io")
	fill(&c.ClusterName, "kubernetes")
	fill(&c.EncryptionAlgorithm, v1.EncryptionAlgorithmRSA2048)
	fillPointer(&c.CertificateValidityPeriod, metav1.Duration{Duration: defaultCertificateValidity})
	fillPointer(&c.CACertificateValidityPeriod, metav1.Duration{Duration: defaultCAValidity})
	defaultEtcd(&c.Etcd)
	defaultEnvs(c.APIServer.ExtraEnvs)
	defaultEnvs(c.ControllerManager.ExtraEnvs)
	defaultEnvs(c.Scheduler.ExtraEnvs)
}

func defaultEtcd(e *v1.Etcd) {
	if e.External == nil && e.Local == nil {
		e.Local = &v1.LocalEtcd{}
	}
	if e.Local != nil {
		fill(&e.Local.DataDir, "/var/lib/etcd")
		defaultEnvs(e.Local.ExtraEnvs)
	}
	if e.External != nil && len(e.External.HTTPEndpoints) == 0 {
		e.External.HTTPEndpoints = append([]string(nil), e.External.Endpoints...)
	}
}

func defaultEnvs(envs []corev1.EnvVar) {
	for _, env := range envs {
		if env.ValueFrom != nil && env.ValueFrom.FieldRef != nil {
			fill(&env.ValueFrom.FieldRef.APIVersion, "v1")
		}
	}
}

func defaultJoin(c *v1.JoinConfiguration) {
	fill(&c.CACertPath, "/etc/kubernetes/pki/ca.crt")
	if c.ControlPlane != nil {
		fill(&c.ControlPlane.LocalAPIEndpoint.BindPort, defaultBindPort)
	}
	if c.Discovery.BootstrapToken != nil {
		fill(&c.Discovery.TLSBootstrapToken, c.Discovery.BootstrapToken.Token)
	}
	if f := c.Discovery.File; f != nil {
		if u, err := url.Parse(f.KubeConfigPath); err == nil && u.Scheme == "file" {
			f.KubeConfigPath = u.Path
		}
	}
	defaultNode(&c.NodeRegistration)
	fillTimeouts(&c.Timeouts)
}

func defaultUpgrade(c *v1.UpgradeConfiguration) {
	fillPointer(&c.Plan.EtcdUpgrade, true)
	fillPointer(&c.Apply.EtcdUpgrade, true)
	fillPointer(&c.Apply.CertificateRenewal, true)
	fill(&c.Apply.ImagePullPolicy, corev1.PullIfNotPresent)
	fillPointer(&c.Apply.ImagePullSerial, true)
	fillPointer(&c.Node.EtcdUpgrade, true)
	fillPointer(&c.Node.CertificateRenewal, true)
	fill(&c.Node.ImagePullPolicy, corev1.PullIfNotPresent)
	fillPointer(&c.Node.ImagePullSerial, true)
	fillTimeouts(&c.Timeouts)
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func fillPointer[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// fillTimeouts fills every timeout that is not set.
func fillTimeouts(field **v1.Timeouts) {
	fillPointer(field, v1.Timeouts{})
	defaults := defaultTimeouts()
	from, to := reflect.ValueOf(defaults), reflect.ValueOf(*field).Elem()
	for i := range to.NumField() {
		if to.Field(i).IsNil() {
			to.Field(i).Set(from.Field(i))
		}
	}
}
