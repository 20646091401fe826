package plimsoll.resources.missing_resources_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.missing_resources.findings

test_nothing_declared if count(findings) == 1 with input as sample.deployment([{"name": "a"}])

test_one_finding_for_many_containers if {
	count(findings) == 1 with input as sample.deployment([{"name": "a"}, {"name": "b"}])
}

test_empty_maps_declare_nothing if {
	count(findings) == 1 with input as sample.pod([{"name": "a", "resources": {"limits": {}, "requests": null}}])
}

test_null_declares_nothing if {
	count(findings) == 1 with input as sample.pod([{"name": "a", "resources": {"limits": {"cpu": null}}}])
}

test_claims_declare_nothing if {
	count(findings) == 1 with input as sample.pod([{"name": "a", "resources": {"claims": [{"name": "gpu"}]}}])
}

test_a_request_is_enough if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"requests": {"cpu": 1}}}])
}

# A container beside it changes nothing of what is said.
test_each_container_is_judged_by_itself if {
	alone := findings with input as sample.pod([{"name": "a"}])
	beside := findings with input as sample.pod([{"name": "a"}, {"name": "b", "resources": {"requests": {"cpu": 1}}}])
	count(alone) == 1
	alone == beside
}

test_beside_a_placeholder if {
	count(findings) == 1 with input as sample.pod([{"name": "a"}, {"name": "b", "resources": "${RESOURCES}"}])
}

test_pod_level_is_enough if {
	count(findings) == 0 with input as sample.object_of({
		"kind": "Pod",
		"spec": {"containers": [{"name": "a"}], "resources": {"requests": {"cpu": 1}}},
	})
}

test_placeholder_for_resources if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": "${RESOURCES}"}])
}

test_placeholder_for_limits if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"limits": "${LIMITS}"}}])
}

test_no_containers if count(findings) == 0 with input as sample.pod([])
