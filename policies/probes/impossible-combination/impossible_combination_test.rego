package plimsoll.probes.impossible_combination_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.probes.impossible_combination.findings

tcp := {"tcpSocket": {"port": 1}}

pod_with(field, settings) := sample.pod([{"name": "a", field: object.union(tcp, settings)}])

test_two_handlers if count(findings) == 1 with input as pod_with("livenessProbe", {"httpGet": {"port": 1}})

test_null_is_no_handler if count(findings) == 0 with input as pod_with("livenessProbe", {"httpGet": null})

test_no_handler if count(findings) == 1 with input as sample.pod([{"name": "a", "livenessProbe": {"periodSeconds": 1}}])

test_misspelled_handler if count(findings) == 0 with input as sample.pod([{"name": "a", "livenessProbe": {"httpget": {"port": 1}}}])

test_two_successes_of_liveness if count(findings) == 1 with input as pod_with("livenessProbe", {"successThreshold": 2})

test_two_successes_of_startup if count(findings) == 1 with input as pod_with("startupProbe", {"successThreshold": 2})

test_two_successes_of_readiness if count(findings) == 0 with input as pod_with("readinessProbe", {"successThreshold": 2})

test_zero_successes if count(findings) == 0 with input as pod_with("livenessProbe", {"successThreshold": 0})

test_negative if count(findings) == 1 with input as pod_with("livenessProbe", {"failureThreshold": -1})

test_zero if count(findings) == 0 with input as pod_with("livenessProbe", {"failureThreshold": 0, "timeoutSeconds": 0})

test_null_settings if count(findings) == 0 with input as pod_with("livenessProbe", {"failureThreshold": null})

test_grace_period_of_readiness if {
	count(findings) == 1 with input as pod_with("readinessProbe", {"terminationGracePeriodSeconds": 1})
}

test_grace_period_of_liveness if {
	count(findings) == 0 with input as pod_with("livenessProbe", {"terminationGracePeriodSeconds": 1})
}

test_no_grace_period if count(findings) == 1 with input as pod_with("livenessProbe", {"terminationGracePeriodSeconds": 0})

test_negative_grace_period if {
	count(findings) == 1 with input as pod_with("livenessProbe", {"terminationGracePeriodSeconds": -1})
}

test_timeout_over_period if {
	some finding in findings with input as pod_with("livenessProbe", {"timeoutSeconds": 6, "periodSeconds": 5})
	finding.severity == "warning"
}

test_timeout_over_the_default_period if {
	count(findings) == 1 with input as pod_with("livenessProbe", {"timeoutSeconds": 11})
}

test_timeout_up_to_the_period if count(findings) == 0 with input as pod_with("livenessProbe", {"timeoutSeconds": 10})

test_zero_period if count(findings) == 0 with input as pod_with("livenessProbe", {"timeoutSeconds": 5, "periodSeconds": 0})

test_placeholders if {
	count(findings) == 0 with input as pod_with("livenessProbe", {"timeoutSeconds": "${A}", "successThreshold": "${B}", "periodSeconds": "${C}"})
}

initial(container) := sample.object_of({"kind": "Pod", "spec": {"initContainers": [container]}})

test_init_container if count(findings) == 1 with input as initial({"name": "a", "livenessProbe": tcp})

test_sidecar if count(findings) == 0 with input as initial({"name": "a", "livenessProbe": tcp, "restartPolicy": "Always"})

test_init_container_with_a_placeholder if {
	count(findings) == 0 with input as initial({"name": "a", "livenessProbe": tcp, "restartPolicy": "${POLICY}"})
}
