// Prints what Kubernetes' own types say of their lives, one line a kind: group, version, kind, introduced, deprecated,
// removed, and the group, version and kind of the replacement; minors of 1.x, empty where a type does not say. Which
// Kubernetes is asked is the module file's affair: one for each minor lies beside.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

type introduced interface{ APILifecycleIntroduced() (int, int) }
type deprecated interface{ APILifecycleDeprecated() (int, int) }
type removed interface{ APILifecycleRemoved() (int, int) }
type replaced interface {
	APILifecycleReplacement() schema.GroupVersionKind
}

func main() {
	lines := []string{}
	for kind := range scheme.Scheme.AllKnownTypes() {
		object, err := scheme.Scheme.New(kind)
		if err != nil {
			fmt.Fprintf(os.Stderr, "cannot make a %s: %v\n", kind, err)
			os.Exit(1)
		}
		var since, old, gone, next string
		if says, ok := object.(introduced); ok {
			since = minor(says.APILifecycleIntroduced())
		}
		if says, ok := object.(deprecated); ok {
			old = minor(says.APILifecycleDeprecated())
		}
		if says, ok := object.(removed); ok {
			gone = minor(says.APILifecycleRemoved())
		}
		if says, ok := object.(replaced); ok {
			to := says.APILifecycleReplacement()
			next = to.Group + "/" + to.Version + "/" + to.Kind
		}
		if since+old+gone+next == "" {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s",
			kind.Group, kind.Version, kind.Kind, since, old, gone, next))
	}
	sort.Strings(lines)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
}

func minor(major, minor int) string {
	if major != 1 {
		return ""
	}
	return fmt.Sprint(minor)
}
