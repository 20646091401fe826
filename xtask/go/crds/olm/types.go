// Package types names the packages of the Operator Lifecycle Manager whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/operator-framework/api/pkg/operators/v1"
)
