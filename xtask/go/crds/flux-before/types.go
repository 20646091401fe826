// Package types names the packages of Flux whose older kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
	_ "github.com/fluxcd/helm-controller/api/v2beta1"
	_ "github.com/fluxcd/helm-controller/api/v2beta2"
)
