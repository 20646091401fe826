package plimsoll.resources.missing_memory_limit_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.missing_memory_limit.findings

limited := {"name": "limited", "resources": {"limits": {"memory": "1Gi"}}}

asking := {"name": "a", "resources": {"requests": {"cpu": 1}}}

test_missing if count(findings) == 1 with input as sample.pod([limited, asking])

test_null_is_missing if {
	count(findings) == 1 with input as sample.pod([limited, {"name": "a", "resources": {"limits": {"cpu": 1, "memory": null}}}])
}

test_present if count(findings) == 0 with input as sample.pod([limited])

test_nothing_declared_at_all if count(findings) == 0 with input as sample.pod([{"name": "a"}])

# missing-resources speaks of it, with and without the other
test_nothing_declared_beside_a_limit if count(findings) == 0 with input as sample.pod([limited, {"name": "b"}])

test_nothing_declared_beside_a_request if {
	some finding in findings with input as sample.pod([asking, {"name": "b"}])
	finding.message == "container `a` has no memory limit"
}

test_placeholder if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"limits": {"memory": "${MEMORY}"}}}])
}

test_placeholder_for_limits if {
	count(findings) == 0 with input as sample.pod([limited, {"name": "a", "resources": {"limits": "${LIMITS}"}}])
}

test_the_request_is_suggested if {
	some finding in findings with input as sample.pod([{"name": "a", "resources": {"requests": {"memory": "300Mi"}}}])
	endswith(finding.help, "memory: 300Mi")
}

test_pod_level if {
	count(findings) == 0 with input as sample.object_of({
		"kind": "Pod",
		"spec": {"containers": [{"name": "a"}], "resources": {"limits": {"memory": "1Gi"}}},
	})
}
