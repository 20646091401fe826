// Package types names the packages of gatekeeper whose kinds are taken; `go` finds their versions in go.mod.
package types

import (
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/config/v1alpha1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/expansion/v1alpha1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/expansion/v1beta1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/v1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/v1alpha1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/v1beta1"
	_ "github.com/open-policy-agent/gatekeeper/v3/apis/syncset/v1alpha1"
)
