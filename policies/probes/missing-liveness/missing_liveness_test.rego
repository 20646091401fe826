package plimsoll.probes.missing_liveness_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.probes.missing_liveness.findings

test_missing if count(findings) == 1 with input as sample.deployment([{"name": "a"}])

test_null_is_missing if count(findings) == 1 with input as sample.deployment([{"name": "a", "livenessProbe": null}])

test_one_finding_for_many_containers if {
	count(findings) == 1 with input as sample.deployment([{"name": "a"}, {"name": "b"}])
}

test_present if {
	count(findings) == 0 with input as sample.deployment([{"name": "a", "livenessProbe": {"grpc": {"port": 1}}}])
}

test_placeholder if count(findings) == 0 with input as sample.deployment([{"name": "a", "livenessProbe": "${PROBE}"}])
