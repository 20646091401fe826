package plimsoll.probes.identical_probes_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.probes.identical_probes.findings

pod_with(liveness, readiness) := sample.pod([{"name": "a", "livenessProbe": liveness, "readinessProbe": readiness}])

http := {"httpGet": {"port": 8080}}

test_same_http if count(findings) == 1 with input as pod_with(http, http)

test_defaults_written_out if {
	count(findings) == 1 with input as pod_with(http, {"httpGet": {"port": 8080, "path": "/", "scheme": "HTTP"}})
}

test_same_tcp if count(findings) == 1 with input as pod_with({"tcpSocket": {"port": 1}}, {"tcpSocket": {"port": 1}})

test_same_grpc if count(findings) == 1 with input as pod_with({"grpc": {"port": 1}}, {"grpc": {"port": 1}})

test_same_command if count(findings) == 1 with input as pod_with({"exec": {"command": ["x"]}}, {"exec": {"command": ["x"]}})

test_other_path if count(findings) == 0 with input as pod_with(http, {"httpGet": {"port": 8080, "path": "/ready"}})

test_other_handler if count(findings) == 0 with input as pod_with(http, {"tcpSocket": {"port": 8080}})

test_liveness_is_more_patient if {
	count(findings) == 0 with input as pod_with(object.union(http, {"failureThreshold": 4}), http)
}

test_liveness_asks_less_often if {
	count(findings) == 0 with input as pod_with(object.union(http, {"periodSeconds": 11}), http)
}

test_zero_is_the_default if {
	count(findings) == 0 with input as pod_with(object.union(http, {"failureThreshold": 0}), object.union(http, {"failureThreshold": 2}))
}

test_placeholder if {
	count(findings) == 0 with input as pod_with(object.union(http, {"failureThreshold": "${N}"}), http)
}

test_liveness_alone if count(findings) == 0 with input as pod_with(http, null)

test_one_finding_for_many_containers if {
	count(findings) == 1 with input as sample.pod([
		{"name": "a", "livenessProbe": http, "readinessProbe": http},
		{"name": "b", "livenessProbe": http, "readinessProbe": http},
	])
}
