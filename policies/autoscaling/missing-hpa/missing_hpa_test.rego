package plimsoll.autoscaling.missing_hpa_test

import data.plimsoll.autoscaling.missing_hpa.findings
import data.plimsoll.lib.sample_test as sample

severities contains finding.severity if some finding in findings

behind_service(spec) := sample.with_related(
	sample.workload("Deployment", spec, [{"name": "a"}]),
	"services",
	[{"spec": {"selector": {"app": "a"}}}],
)

named(given) := object.union(given, {"object": object.union(given.object, {"apiVersion": "apps/v1"})})

volume(claim) := {"template": {"spec": {"volumes": [{"name": "data", "persistentVolumeClaim": claim}]}}}

test_three_replicas if severities == {"warning"} with input as named(behind_service({"replicas": 3}))

test_one_replica if severities == {"hint"} with input as named(behind_service({"replicas": 1}))

test_no_number_is_one_replica if severities == {"hint"} with input as named(behind_service({}))

test_null_is_one_replica if severities == {"hint"} with input as named(behind_service({"replicas": null}))

test_switched_off if count(findings) == 0 with input as named(behind_service({"replicas": 0}))

test_placeholder if count(findings) == 0 with input as named(behind_service({"replicas": "${REPLICAS}"}))

test_no_service if count(findings) == 0 with input as named(sample.workload("Deployment", {"replicas": 3}, []))

test_autoscaler if {
	count(findings) == 0 with input as named(sample.with_related(behind_service({"replicas": 3}), "autoscalers", [{}]))
}

test_unknowable_autoscaler if {
	count(findings) == 0 with input as named(sample.unknowable(behind_service({"replicas": 3}), "autoscalers"))
}

test_recreate if count(findings) == 0 with input as named(behind_service({"strategy": {"type": "Recreate"}}))

test_claim if count(findings) == 0 with input as named(behind_service(volume({"claimName": "data"})))

test_read_only_claim if {
	count(findings) == 1 with input as named(behind_service(volume({"claimName": "data", "readOnly": true})))
}

test_owned if {
	given := named(behind_service({"replicas": 3}))
	owner := {"object": {"metadata": {"ownerReferences": [{"kind": "Deployment"}]}}}
	count(findings) == 0 with input as object.union(given, owner)
}
