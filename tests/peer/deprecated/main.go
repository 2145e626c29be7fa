// Writes src/helm/lint_deprecated.inc: the API versions that Kubernetes' own types say are deprecated, one row each.
//
//	cd tests/peer/deprecated && go run . > ../../../src/helm/lint_deprecated.inc
package main

import (
	"fmt"
	"sort"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

type lifecycle interface {
	APILifecycleDeprecated() (major, minor int)
}
type removed interface {
	APILifecycleRemoved() (major, minor int)
}
type replaced interface {
	APILifecycleReplacement() schema.GroupVersionKind
}

func main() {
	var rows []string
	for gvk := range scheme.Scheme.AllKnownTypes() {
		object, err := scheme.Scheme.New(gvk)
		if err != nil {
			continue
		}
		d, ok := object.(lifecycle)
		if !ok {
			continue
		}
		version, kind := gvk.ToAPIVersionAndKind()
		major, minor := d.APILifecycleDeprecated()
		row := fmt.Sprintf("{ %q, %q, %d, %d, ", version, kind, major, minor)
		if r, ok := object.(removed); ok {
			major, minor := r.APILifecycleRemoved()
			row += fmt.Sprintf("%d, %d, ", major, minor)
		} else {
			row += "0, 0, "
		}
		text := ""
		if r, ok := object.(replaced); ok {
			if to := r.APILifecycleReplacement(); !to.Empty() {
				version, kind := to.ToAPIVersionAndKind()
				text = version + " " + kind
			}
		}
		rows = append(rows, row+fmt.Sprintf("%q },", text))
	}
	sort.Strings(rows)
	fmt.Println("/* Made by tests/peer/deprecated from the lifecycles of Kubernetes' types (k8s.io/api): apiVersion, kind, deprecated, removed, replacement. */")
	for _, r := range rows {
		fmt.Println(r)
	}
}
