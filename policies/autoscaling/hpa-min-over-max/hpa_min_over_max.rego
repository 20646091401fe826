# METADATA
# title: autoscaler whose limits leave no room
# description: |
#   The least number of pods is larger than the greatest, or the greatest is less than one. The API server
#   refuses such a HorizontalPodAutoscaler, and KEDA such a ScaledObject, so the whole sync stops at it. It
#   happens when one overlay raises minReplicas and another file keeps maxReplicas.
# related_resources:
# - ref: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v2/
# custom:
#   severity: error
#   says: verdict
#   kinds: [HorizontalPodAutoscaler, ScaledObject.keda.sh]
#   needs: []
#   when: [doubtful range]
#   reads:
#   - object.spec.minReplicas
#   - object.spec.maxReplicas
#   - object.spec.minReplicaCount
#   - object.spec.maxReplicaCount
#   remedy: make the greatest number at least the least one, and at least 1
package plimsoll.autoscaling.hpa_min_over_max

findings contains {
	"at": ["object", "spec", "maxReplicas"],
	"message": sprintf("`maxReplicas` is %v, and at least one pod must be allowed", [input.object.spec.maxReplicas]),
	"help": "raise `maxReplicas`, or remove the autoscaler and set `replicas: 0` to switch the workload off",
} if {
	is_number(input.object.spec.maxReplicas)
	input.object.spec.maxReplicas < 1
}

findings contains over("minReplicas", "maxReplicas", input.object.spec.minReplicas, input.object.spec.maxReplicas) if {
	is_number(input.object.spec.minReplicas)
	is_number(input.object.spec.maxReplicas)
	input.object.spec.minReplicas > input.object.spec.maxReplicas
	input.object.spec.maxReplicas >= 1
}

findings contains over("minReplicaCount", "maxReplicaCount", input.object.spec.minReplicaCount, greatest) if {
	is_number(input.object.spec.minReplicaCount)
	greatest = object.get(input.object.spec, "maxReplicaCount", 100)
	is_number(greatest)
	input.object.spec.minReplicaCount > greatest
}

over(least_field, greatest_field, least, greatest) := {
	"at": ["object", "spec", greatest_field],
	"message": sprintf("`%v` is %v, less than `%v`, which is %v", [greatest_field, greatest, least_field, least]),
	"labels": [{"at": ["object", "spec", least_field], "message": "the least number"}],
	"help": sprintf("raise `%v` or lower `%v`", [greatest_field, least_field]),
}
