package plimsoll.probes.missing_readiness_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.probes.missing_readiness.findings

service(ports) := {"metadata": {"name": "web"}, "spec": {"ports": ports}}

behind(ports, containers) := sample.with_related(sample.deployment(containers), "services", [service(ports)])

web := {"name": "web", "ports": [{"name": "http", "containerPort": 8080}]}

ready := {"name": "ready", "readinessProbe": {"tcpSocket": {"port": 1}}}

test_by_port_name if count(findings) == 1 with input as behind([{"port": 80, "targetPort": "http"}], [web])

test_by_port_number if count(findings) == 1 with input as behind([{"port": 80, "targetPort": 8080}], [web])

test_target_port_is_the_port_by_default if count(findings) == 1 with input as behind([{"port": 8080}], [web])

test_no_service if count(findings) == 0 with input as sample.deployment([web])

test_probe if {
	count(findings) == 0 with input as behind([{"port": 8080}], [object.union(web, ready)])
}

test_placeholder_for_the_probe if {
	count(findings) == 0 with input as behind([{"port": 8080}], [object.union(web, {"readinessProbe": "${PROBE}"})])
}

test_null_is_no_probe if {
	count(findings) == 1 with input as behind([{"port": 8080}], [object.union(web, {"readinessProbe": null})])
}

test_container_that_no_service_reaches if count(findings) == 0 with input as behind([{"port": 9090}], [web])

test_no_ports_and_no_probe if count(findings) == 1 with input as behind([{"port": 80}], [{"name": "a"}, {"name": "b"}])

test_no_ports_but_a_probe if count(findings) == 0 with input as behind([{"port": 80}], [{"name": "a"}, ready])

test_one_finding_for_many_containers if {
	count(findings) == 1 with input as behind([{"port": 8080}, {"port": 9090}], [web, {
		"name": "b",
		"ports": [{"containerPort": 9090}],
	}])
}

test_addresses_of_unready_pods_are_published if {
	count(findings) == 0 with input as sample.with_related(
		sample.deployment([web]),
		"services",
		[{"spec": {"publishNotReadyAddresses": true, "ports": [{"port": 8080}]}}],
	)
}

test_placeholder_for_the_target_port if {
	count(findings) == 0 with input as behind([{"port": 80, "targetPort": "${PORT}"}], [web])
}

test_a_service_of_two_files_is_named_once if {
	some finding in findings with input as sample.with_related(
		sample.deployment([web]),
		"services",
		[{"metadata": {"name": "web"}, "spec": {"ports": [{"port": 8080}]}} | some _ in [1, 2]],
	)
	contains(finding.message, "behind Service `web` has")
}
