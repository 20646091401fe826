package plimsoll.autoscaling.hpa_target_missing_test

import data.plimsoll.autoscaling.hpa_target_missing.findings
import data.plimsoll.lib.sample_test as sample

scaling(reference) := sample.object_of({"kind": "HorizontalPodAutoscaler", "spec": {"scaleTargetRef": reference}})

web := {"kind": "Deployment", "name": "web"}

test_missing if count(findings) == 1 with input as scaling(web)

test_found if count(findings) == 0 with input as sample.with_related(scaling(web), "target", [{}])

test_unknowable if count(findings) == 0 with input as sample.unknowable(scaling(web), "target")

test_placeholder if count(findings) == 0 with input as scaling({"kind": "Deployment", "name": "${NAME}"})

test_no_name if count(findings) == 0 with input as scaling({"kind": "Deployment"})

test_kind_by_default if {
	some finding in findings with input as scaling({"name": "web"})
	startswith(finding.message, "Deployment `web`")
}
