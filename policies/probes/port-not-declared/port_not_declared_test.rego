package plimsoll.probes.port_not_declared_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.probes.port_not_declared.findings

pod_with(port, ports) := sample.pod([{"name": "a", "ports": ports, "livenessProbe": {"httpGet": {"port": port}}}])

declared := [{"name": "http", "containerPort": 8080}]

severities contains finding.severity if some finding in findings

test_name_that_is_not_declared if severities == {"error"} with input as pod_with("web", declared)

test_name_without_any_ports if severities == {"error"} with input as pod_with("web", [])

test_number_that_is_not_declared if severities == {"hint"} with input as pod_with(8081, declared)

test_name if severities == set() with input as pod_with("http", declared)

test_number if severities == set() with input as pod_with(8080, declared)

test_placeholder_in_the_probe if severities == set() with input as pod_with("${PORT}", declared)

test_placeholder_in_the_name if severities == set() with input as pod_with("web", [{"name": "${NAME}", "containerPort": 80}])

test_placeholder_in_the_number if severities == set() with input as pod_with(8080, [{"containerPort": "${PORT}"}])

# The kubelet reads it as a number.
test_number_as_text if severities == set() with input as pod_with("8081", declared)

test_name_of_another_container if {
	severities == {"error"} with input as sample.pod([
		{"name": "a", "livenessProbe": {"tcpSocket": {"port": "http"}}},
		{"name": "b", "ports": declared},
	])
}

test_another_host if {
	severities == set() with input as sample.pod([{
		"name": "a",
		"livenessProbe": {"tcpSocket": {"host": "db", "port": 5432}},
	}])
}

test_grpc if severities == {"hint"} with input as sample.pod([{"name": "a", "livenessProbe": {"grpc": {"port": 9000}}}])

test_one_finding_for_many_probes if {
	count(findings) == 1 with input as sample.pod([{
		"name": "a",
		"livenessProbe": {"tcpSocket": {"port": "http"}},
		"readinessProbe": {"httpGet": {"port": "http"}},
	}])
}
