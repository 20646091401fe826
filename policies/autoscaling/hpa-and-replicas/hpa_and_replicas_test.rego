package plimsoll.autoscaling.hpa_and_replicas_test

import data.plimsoll.autoscaling.hpa_and_replicas.findings
import data.plimsoll.lib.sample_test as sample

scaled(replicas, kinds) := sample.with_related(
	sample.workload("Deployment", {"replicas": replicas}, []),
	"autoscalers",
	[{"kind": kind, "metadata": {"name": "web"}} | some kind in kinds],
)

test_both if count(findings) == 1 with input as scaled(3, ["HorizontalPodAutoscaler"])

test_keda if count(findings) == 1 with input as scaled(3, ["ScaledObject"])

test_one_finding_for_many_autoscalers if {
	count(findings) == 1 with input as scaled(3, ["HorizontalPodAutoscaler", "ScaledObject"])
}

named(names) := sample.with_related(
	sample.workload("Deployment", {"replicas": 3}, []),
	"autoscalers",
	[{"kind": "HorizontalPodAutoscaler", "metadata": {"name": name}} | some name in names],
)

says(text) if {
	some finding in findings
	endswith(finding.message, text)
}

test_each_is_named_once if says("but HorizontalPodAutoscaler `web` sets it too") with input as named(["web", "web"])

test_two_set_it if says("`web`, HorizontalPodAutoscaler `api` set it too") with input as named(["web", "api", "web"])

test_three_are_named if says("`c` and 2 more set it too") with input as named(["a", "b", "c", "d", "e"])

test_no_autoscaler if count(findings) == 0 with input as sample.workload("Deployment", {"replicas": 3}, [])

test_null if count(findings) == 0 with input as scaled(null, ["HorizontalPodAutoscaler"])

test_placeholder if count(findings) == 0 with input as scaled("${REPLICAS}", ["HorizontalPodAutoscaler"])

test_switched_off if count(findings) == 0 with input as scaled(0, ["HorizontalPodAutoscaler"])

test_keda_scales_from_zero if count(findings) == 1 with input as scaled(0, ["ScaledObject"])
