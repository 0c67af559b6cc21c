package kubeadm1_30

import (
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/conformance"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/validation"
	kubeadmcmd "k8s.io/kubernetes/cmd/kubeadm/app/cmd"
)

// As kubeadm's main does.
func init() {
	var fromKlog flag.FlagSet
	klog.InitFlags(&fromKlog)
	pflag.CommandLine.AddGoFlag(fromKlog.Lookup("v"))
}

func kubeadmCommand(argv []string) (conformance.Parsed, error) {
	command, err := parse(kubeadmcmd.NewKubeadmCommand(strings.NewReader(""), io.Discard, io.Discard), argv)
	if err == nil && !strings.HasPrefix(command.CommandPath(), "kubeadm certs ") {
		err = validation.ValidateMixedArguments(command.Flags())
	}
	out := parsed(command)
	if format, ok := out.Flags["experimental-output"]; ok { // later releases have no such name for it
		delete(out.Flags, "experimental-output")
		out.Flags["output"] = format
	}
	return out, err
}

// parse does with a command line what cobra does before it runs a command.
func parse(root *cobra.Command, argv []string) (*cobra.Command, error) {
	pflag.CommandLine.VisitAll(func(f *pflag.Flag) { f.Changed = false }) // they outlive a root
	command, words, err := root.Find(argv[1:])
	if err != nil {
		return command, err
	}
	if err := command.ParseFlags(words); err != nil {
		return command, err
	}
	return command, command.ValidateArgs(command.Flags().Args())
}

func parsed(command *cobra.Command) conformance.Parsed {
	out := conformance.Parsed{Command: command.CommandPath(), Args: command.Flags().Args(), Flags: map[string][]string{}}
	command.Flags().Visit(func(f *pflag.Flag) {
		out.Flags[f.Name] = []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			out.Flags[f.Name] = list.GetSlice()
		}
	})
	return out
}

func TestCommandsAreUnderstood(t *testing.T) {
	conformance.TestCommands(t, kubeadm)
}

func TestCommandsOfPlansAreUnderstood(t *testing.T) {
	conformance.TestPlanCommands(t, kubeadm, root)
}
