// Package types names the packages of external-secrets whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1beta1"
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
)
