// Package types names the packages of kyverno whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/kyverno/kyverno/api/kyverno/v1"
	_ "github.com/kyverno/kyverno/api/kyverno/v2"
	_ "github.com/kyverno/kyverno/api/kyverno/v2beta1"
)
