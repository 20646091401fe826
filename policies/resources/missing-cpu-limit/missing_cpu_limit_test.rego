package plimsoll.resources.missing_cpu_limit_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.missing_cpu_limit.findings

test_missing if {
	count(findings) == 1 with input as sample.pod([{"name": "a", "resources": {"limits": {"memory": "1Gi"}}}])
}

test_present if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"limits": {"cpu": 1}}}])
}

test_nothing_declared_at_all if count(findings) == 0 with input as sample.pod([{"name": "a"}])

test_placeholder if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"limits": {"cpu": "${CPU}"}}}])
}
