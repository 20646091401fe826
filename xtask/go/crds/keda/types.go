// Package types names the packages of keda whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/kedacore/keda/v2/apis/eventing/v1alpha1"
	_ "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)
