// Package types names the packages of cert-manager whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/cert-manager/cert-manager/pkg/apis/acme/v1"
	_ "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
)
