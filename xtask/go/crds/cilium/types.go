// Package types names the packages of cilium whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
)
