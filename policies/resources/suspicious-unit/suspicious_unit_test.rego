package plimsoll.resources.suspicious_unit_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.suspicious_unit.findings

pod_with(cpu) := sample.pod([{"name": "a", "resources": {"limits": {"cpu": cpu}}}])

memory(request, limit) := sample.pod([{
	"name": "a",
	"resources": {"requests": {"memory": request}, "limits": {"memory": limit}},
}])

test_a_thousand_cores if count(findings) == 1 with input as pod_with(1000)

test_a_thousand_cores_as_text if count(findings) == 1 with input as pod_with("1000")

test_unit_of_memory if count(findings) == 1 with input as pod_with("512Mi")

test_many_cores if count(findings) == 0 with input as pod_with(256)

test_thousandths if count(findings) == 0 with input as pod_with("1000m")

test_less_than_a_thousandth if count(findings) == 1 with input as pod_with("0.1m")

test_less_than_a_thousandth_as_number if count(findings) == 1 with input as pod_with(0.0005)

test_a_thousandth if count(findings) == 0 with input as pod_with(0.001)

test_zero if count(findings) == 0 with input as pod_with(0)

test_placeholder if count(findings) == 0 with input as pod_with("${CPU}")

test_mixed if count(findings) == 1 with input as memory("512M", "512Mi")

test_mixed_the_other_way if count(findings) == 1 with input as memory("1Gi", "2G")

test_mixed_and_over_the_limit if count(findings) == 0 with input as memory("1Gi", "1G")

test_same_kind_of_unit if count(findings) == 0 with input as memory("512Mi", "1Gi")

test_bytes_have_no_unit if count(findings) == 0 with input as memory("134217728", "256Mi")

test_placeholder_in_memory if count(findings) == 0 with input as memory("${MEMORY}", "256Mi")
