// Package types names the packages of argo-rollouts whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
)
