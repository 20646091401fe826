# METADATA
# title: autoscaler for a workload that does not exist
# description: |
#   The autoscaler names a workload that is not deployed with it: a typing mistake, a rename that did not
#   reach scaleTargetRef, or another kind or namespace. The API server takes such an object, and the
#   controller then reports FailedGetScale for ever. Nothing scales, and nobody notices before the next
#   peak. An autoscaler and its workload must be in the same namespace.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
# custom:
#   severity: error
#   says: advice
#   kinds: [HorizontalPodAutoscaler, ScaledObject.keda.sh]
#   needs: [target]
#   when: [target missing]
#   reads:
#   - object.metadata.namespace
#   - object.spec.scaleTargetRef
#   - known.target
#   remedy: correct scaleTargetRef, or remove the autoscaler
package plimsoll.autoscaling.hpa_target_missing

findings contains {
	"at": ["object", "spec", "scaleTargetRef", "name"],
	"message": sprintf("%v `%v`, which it scales, does not exist%v", [kind, input.object.spec.scaleTargetRef.name, place]),
	"help": "correct `kind` and `name` of scaleTargetRef, or remove the autoscaler",
} if {
	input.known.target == "missing"
	settled(input.object.spec.scaleTargetRef.name)
}

# A name as the server takes it, and no placeholder.
settled(name) if trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""

# KEDA takes a Deployment when it is not told.
kind := object.get(input.object.spec.scaleTargetRef, "kind", "Deployment")

place := sprintf(" in namespace `%v`", [input.object.metadata.namespace]) if {
	is_string(input.object.metadata.namespace)
} else := ""
