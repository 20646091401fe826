# METADATA
# title: stateless workload behind a Service without an autoscaler
# description: |
#   The number of pods is fixed, while the traffic that the Service brings is not. At the peak requests
#   queue up until someone scales by hand, and at night the same pods idle. A HorizontalPodAutoscaler (or
#   a KEDA ScaledObject) follows the load and keeps a floor and a ceiling that you choose. Workloads that
#   keep state on a volume, that are replaced all at once (Recreate) or that are switched off (replicas 0)
#   are left alone. With one replica it is only a hint: not everything is meant to scale. If the number is
#   right as it is, lower the level of this check for its path in plimsoll.yaml.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
# custom:
#   severity: warning
#   says: advice
#   kinds: [Deployment, ReplicaSet, Rollout.argoproj.io]
#   needs: [services, autoscalers]
#   when: [services, autoscalers missing]
#   reads:
#   - object.apiVersion
#   - object.kind
#   - object.metadata.name
#   - object.metadata.ownerReferences
#   - object.spec.replicas
#   - object.spec.strategy.type
#   - object.spec.template.spec.volumes
#   - related.services.kind
#   - known.autoscalers
#   remedy: add a HorizontalPodAutoscaler for the workload
package plimsoll.autoscaling.missing_hpa

findings contains {
	"at": ["object"],
	"message": sprintf("%v `%v` has %v behind a Service and no autoscaler", [input.object.kind, input.object.metadata.name, pods]),
	"labels": [{"at": ["related", "services", 0, "spec", "selector"], "message": "this Service selects its pods"}],
	"help": sprintf(snippet, [
		input.object.metadata.name,
		input.object.apiVersion,
		input.object.kind,
		input.object.metadata.name,
		max([2, replicas]),
		2 * max([2, replicas]),
	]),
	"severity": severity,
} if {
	count(input.related.services) > 0
	input.known.autoscalers == "missing"
	replicas > 0
	not stateful
	not owned
}

# Null and nothing are one replica; a placeholder has no number.
replicas := 1 if {
	object.get(input.object.spec, "replicas", null) == null
} else := input.object.spec.replicas if {
	is_number(input.object.spec.replicas)
}

severity := "warning" if {
	replicas > 1
} else := "hint"

pods := "one pod" if {
	replicas == 1
} else := sprintf("%v pods", [replicas])

stateful if input.object.spec.strategy.type == "Recreate"

# What kind of access the claim gives is not known here: it is taken for a volume of one node.
stateful if {
	some volume in input.object.spec.template.spec.volumes
	is_object(volume.persistentVolumeClaim)
	object.get(volume.persistentVolumeClaim, "readOnly", false) != true
}

owned if count(input.object.metadata.ownerReferences) > 0

snippet := `let the load decide how many pods there are:

apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: %v
spec:
  scaleTargetRef:
    apiVersion: %v
    kind: %v
    name: %v
  minReplicas: %v
  maxReplicas: %v
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70`
