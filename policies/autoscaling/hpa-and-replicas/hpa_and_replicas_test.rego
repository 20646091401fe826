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

test_no_autoscaler if count(findings) == 0 with input as sample.workload("Deployment", {"replicas": 3}, [])

test_null if count(findings) == 0 with input as scaled(null, ["HorizontalPodAutoscaler"])

test_placeholder if count(findings) == 0 with input as scaled("${REPLICAS}", ["HorizontalPodAutoscaler"])

test_switched_off if count(findings) == 0 with input as scaled(0, ["HorizontalPodAutoscaler"])

test_keda_scales_from_zero if count(findings) == 1 with input as scaled(0, ["ScaledObject"])
