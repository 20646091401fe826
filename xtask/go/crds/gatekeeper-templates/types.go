// Package types names the packages of Gatekeeper's templates whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	_ "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1beta1"
	_ "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1alpha1"
)
