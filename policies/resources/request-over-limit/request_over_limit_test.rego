package plimsoll.resources.request_over_limit_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.request_over_limit.findings

pod_with(request, limit) := sample.pod([{
	"name": "a",
	"resources": {"requests": {"cpu": request}, "limits": {"cpu": limit}},
}])

test_same_unit if count(findings) == 1 with input as pod_with("200m", "100m")

test_longer_number_of_the_same_unit if count(findings) == 1 with input as pod_with("1000m", "900m")

test_other_unit if count(findings) == 1 with input as pod_with("1001m", 1)

test_numbers if count(findings) == 1 with input as pod_with(0.2, 0.1)

test_zero_limit if count(findings) == 1 with input as pod_with("1m", 0)

test_less if count(findings) == 0 with input as pod_with("900m", "1000m")

test_equal if count(findings) == 0 with input as pod_with("1000m", 1)

test_equal_decimals if count(findings) == 0 with input as pod_with("0.10", "100m")

test_null if count(findings) == 0 with input as pod_with("1", null)

test_placeholder if count(findings) == 0 with input as pod_with("${CPU}", "1")

test_request_alone if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"requests": {"cpu": 1}}}])
}

test_init_containers if {
	count(findings) == 1 with input as sample.object_of({
		"kind": "Pod",
		"spec": {"initContainers": [{"name": "a", "resources": {
			"requests": {"cpu": 2},
			"limits": {"cpu": 1},
		}}]},
	})
}

test_pod_level if {
	count(findings) == 1 with input as sample.object_of({
		"kind": "Pod",
		"spec": {"resources": {"requests": {"cpu": 2}, "limits": {"cpu": 1}}},
	})
}
