package plimsoll.autoscaling.hpa_cpu_without_request_test

import data.plimsoll.autoscaling.hpa_cpu_without_request.findings
import data.plimsoll.lib.sample_test as sample

scaling(kind, spec, containers) := sample.with_related(
	sample.object_of({"kind": kind, "spec": spec}),
	"target",
	[target(containers, [])],
)

target(containers, initial) := {
	"kind": "Deployment",
	"metadata": {"name": "web"},
	"spec": {"template": {"spec": {"containers": containers, "initContainers": initial}}},
}

hpa(containers) := scaling("HorizontalPodAutoscaler", on("cpu"), containers)

on(resource) := {"metrics": [{
	"type": "Resource",
	"resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": 70}},
}]}

plain := {"name": "plain"}

requesting := {"name": "requesting", "resources": {"requests": {"cpu": "100m"}}}

test_no_request if count(findings) == 1 with input as hpa([plain])

test_request if count(findings) == 0 with input as hpa([requesting])

test_one_of_two if count(findings) == 1 with input as hpa([requesting, plain])

test_one_finding_for_many_containers if count(findings) == 1 with input as hpa([plain, {"name": "other"}])

test_limit_is_a_request if {
	count(findings) == 0 with input as hpa([{"name": "a", "resources": {"limits": {"cpu": 1}}}])
}

test_null_is_no_request if {
	count(findings) == 1 with input as hpa([{"name": "a", "resources": {"requests": {"cpu": null}}}])
}

test_placeholder if {
	count(findings) == 0 with input as hpa([{"name": "a", "resources": {"requests": {"cpu": "${CPU}"}}}])
}

test_placeholder_for_resources if count(findings) == 0 with input as hpa([{"name": "a", "resources": "${RESOURCES}"}])

test_other_resource if {
	count(findings) == 1 with input as scaling("HorizontalPodAutoscaler", on("memory"), [requesting])
}

test_average_value if {
	count(findings) == 0 with input as scaling(
		"HorizontalPodAutoscaler",
		{"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue"}}}]},
		[plain],
	)
}

test_first_version if {
	count(findings) == 1 with input as scaling("HorizontalPodAutoscaler", {"targetCPUUtilizationPercentage": 70}, [plain])
}

test_beta_version if {
	count(findings) == 1 with input as scaling(
		"HorizontalPodAutoscaler",
		{"metrics": [{"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 70}}]},
		[plain],
	)
}

test_default_metric if count(findings) == 1 with input as scaling("HorizontalPodAutoscaler", {}, [plain])

test_other_metric if {
	count(findings) == 0 with input as scaling(
		"HorizontalPodAutoscaler",
		{"metrics": [{"type": "External", "external": {}}]},
		[plain],
	)
}

test_keda if {
	count(findings) == 1 with input as scaling(
		"ScaledObject",
		{"triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}]},
		[plain],
	)
}

test_keda_on_one_container if {
	count(findings) == 0 with input as scaling(
		"ScaledObject",
		{"triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": {"containerName": "web"}}]},
		[plain],
	)
}

test_keda_without_triggers if count(findings) == 0 with input as scaling("ScaledObject", {}, [plain])

test_native_sidecar if {
	count(findings) == 1 with input as sample.with_related(
		sample.object_of({"kind": "HorizontalPodAutoscaler", "spec": on("cpu")}),
		"target",
		[target([requesting], [{"name": "proxy", "restartPolicy": "Always"}])],
	)
}

test_init_container if {
	count(findings) == 0 with input as sample.with_related(
		sample.object_of({"kind": "HorizontalPodAutoscaler", "spec": on("cpu")}),
		"target",
		[target([requesting], [plain])],
	)
}

test_no_target if {
	count(findings) == 0 with input as sample.object_of({"kind": "HorizontalPodAutoscaler", "spec": on("cpu")})
}
