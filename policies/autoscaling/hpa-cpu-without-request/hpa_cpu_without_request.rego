# METADATA
# title: autoscaler on utilization of a resource that is not requested
# description: |
#   Utilization is use divided by request, and the autoscaler adds up all containers of a pod. When one of
#   them, a small sidecar included, requests none of the resource, there is nothing to divide by: the
#   controller reports FailedGetResourceMetric with "missing request", and nothing scales. A limit without
#   a request is enough, because the server takes the limit as the request. An autoscaler without any
#   metrics scales on 80 percent CPU. If a LimitRange in the namespace gives a default request, say so in
#   a suppression.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#support-for-resource-metrics
# custom:
#   severity: error
#   says: advice
#   kinds: [HorizontalPodAutoscaler, ScaledObject.keda.sh]
#   needs: [target]
#   when: [target, doubtful requests]
#   reads:
#   - object.kind
#   - object.spec.metrics
#   - object.spec.targetCPUUtilizationPercentage
#   - object.spec.triggers
#   - related.target.kind
#   - related.target.metadata.name
#   - related.target.spec.template.spec.resources
#   - related.target.spec.template.spec.containers
#   - related.target.spec.template.spec.initContainers
#   remedy: add the request to each container of the workload, or scale on the one container that has it
package plimsoll.autoscaling.hpa_cpu_without_request

findings contains {
	"at": array.concat(["object", "spec"], metric.at),
	"message": sprintf("it scales on %v utilization%v, but %v of %v `%v` requests no %v", [
		metric.resource,
		metric.note,
		concat(", ", [name | some [_, name] in without]),
		target.kind,
		target.metadata.name,
		metric.resource,
	]),
	"labels": [{
		"at": array.concat(["related", "target", 0, "spec", "template", "spec"], array.concat(tail, ["resources", "requests", metric.resource])),
		"message": sprintf("%v requests no %v", [name, metric.resource]),
	} |
		some [tail, name] in without
	],
	"help": concat("", ["add the request to each container:\n\nresources:\n  requests:\n    ", amount[metric.resource]]),
} if {
	some metric in metrics
	without = lacking[metric.resource]
	count(without) > 0
}

target := input.related.target[0]

pod := target.spec.template.spec

# What it measures as a share of the request.
metrics contains {"at": ["metrics", i, "resource", "name"], "resource": metric.resource.name, "note": ""} if {
	some i, metric in input.object.spec.metrics
	metric.type == "Resource"
	utilization(metric.resource)
}

metrics contains {"at": ["targetCPUUtilizationPercentage"], "resource": "cpu", "note": ""} if {
	is_number(input.object.spec.targetCPUUtilizationPercentage)
}

metrics contains {"at": ["metrics"], "resource": "cpu", "note": " (the default)"} if {
	input.object.kind == "HorizontalPodAutoscaler"
	object.get(input.object.spec, "metrics", []) in [[], null]
	object.get(input.object.spec, "targetCPUUtilizationPercentage", null) == null
}

metrics contains {"at": ["triggers", i, "type"], "resource": trigger.type, "note": ""} if {
	some i, trigger in input.object.spec.triggers
	trigger.type in {"cpu", "memory"}
	object.get(trigger, "metricType", object.get(trigger, ["metadata", "type"], "")) == "Utilization"
	not trigger.metadata.containerName
}

utilization(resource) if {
	resource.target.type == "Utilization"
} else if {
	is_number(resource.targetAverageUtilization)
}

amount := {"cpu": "cpu: 100m", "memory": "memory: 128Mi"}

# The lasting containers that neither request a resource nor limit it, as [tail, name].
lacking[resource] := entries if {
	some resource in {metric.resource | some metric in metrics}
	not pod.resources.requests[resource]
	not pod.resources.limits[resource]
	entries = array.concat(
		[[["containers", i], title(container)] |
			some i, container in pod.containers
			lacks(container, resource)
		],
		[[["initContainers", i], title(container)] |
			some i, container in pod.initContainers
			container.restartPolicy == "Always"
			lacks(container, resource)
		],
	)
}

lacks(container, resource) if {
	is_object(container)
	object.get(container, ["resources", "requests", resource], null) == null
	object.get(container, ["resources", "limits", resource], null) == null
	not placeholder(container)
}

placeholder(container) if {
	is_string(container.resources)
} else if {
	is_string(container.resources.requests)
} else if {
	is_string(container.resources.limits)
}

title(container) := sprintf("container `%v`", [object.get(container, "name", "")])
