package plimsoll.resources.memory_in_milli_units_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.resources.memory_in_milli_units.findings

pod_with(memory) := sample.pod([{"name": "a", "resources": {"limits": {"memory": memory}}}])

claim(size) := sample.object_of({
	"kind": "PersistentVolumeClaim",
	"spec": {"resources": {"requests": {"storage": size}}},
})

test_thousandths if count(findings) == 1 with input as pod_with("512m")

test_bytes if count(findings) == 1 with input as pod_with(512)

test_fraction_of_a_mebibyte if count(findings) == 1 with input as pod_with("0.5Mi")

test_just_below_a_mebibyte if count(findings) == 1 with input as pod_with(1048575)

test_a_mebibyte if count(findings) == 0 with input as pod_with("1Mi")

test_a_megabyte if count(findings) == 0 with input as pod_with("1M")

test_gibibytes if count(findings) == 0 with input as pod_with("1.5Gi")

test_zero if count(findings) == 0 with input as pod_with(0)

test_zero_thousandths if count(findings) == 0 with input as pod_with("0m")

test_placeholder if count(findings) == 0 with input as pod_with("${MEMORY}")

test_many_thousandths_are_a_hint if {
	some finding in findings with input as pod_with("107374182400m")
	finding.severity == "hint"
}

test_few_thousandths_are_an_error if {
	some finding in findings with input as pod_with("512m")
	not finding.severity
}

test_cpu if {
	count(findings) == 0 with input as sample.pod([{"name": "a", "resources": {"limits": {"cpu": "512m"}}}])
}

test_ephemeral_storage if {
	count(findings) == 1 with input as sample.pod([{
		"name": "a",
		"resources": {"limits": {"ephemeral-storage": "1m"}},
	}])
}

test_little_ephemeral_storage if {
	count(findings) == 0 with input as sample.pod([{
		"name": "a",
		"resources": {"limits": {"ephemeral-storage": "1k"}},
	}])
}

test_claim if count(findings) == 1 with input as claim("10m")

test_claim_without_a_size_that_matters if count(findings) == 0 with input as claim(1)

test_claim_template if {
	count(findings) == 1 with input as sample.object_of({
		"kind": "StatefulSet",
		"spec": {"volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "10m"}}}}]},
	})
}

test_pod_level if {
	count(findings) == 1 with input as sample.object_of({
		"kind": "Pod",
		"spec": {"resources": {"requests": {"memory": "1m"}}},
	})
}
