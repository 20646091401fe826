package plimsoll.lib.workload_test

import data.plimsoll.lib.sample_test as sample
import data.plimsoll.lib.workload.all
import data.plimsoll.lib.workload.at
import data.plimsoll.lib.workload.containers
import data.plimsoll.lib.workload.few
import data.plimsoll.lib.workload.name
import data.plimsoll.lib.workload.steady
import data.plimsoll.lib.workload.subject

a := {"name": "a"}

b := {"name": "b"}

sidecar := {"name": "sidecar", "restartPolicy": "Always"}

with_initial := sample.workload("Job", {"template": {"spec": {"containers": [a], "initContainers": [b, sidecar]}}}, [])

test_containers_of_a_pod if name(containers[0]) == "`a`" with input as sample.pod([a])

test_containers_of_a_deployment if name(containers[0]) == "`a`" with input as sample.deployment([a])

test_path_of_a_cronjob if {
	at(containers[0], ["image"]) == [
		"object", "spec", "jobTemplate", "spec", "template", "spec", "containers", 0,
		"image",
	] with input as sample.object_of({
		"kind": "CronJob",
		"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [a]}}}}},
	})
}

test_no_pod if count(all) == 0 with input as sample.object_of({"kind": "Rollout", "spec": {"workloadRef": {}}})

test_steady_with_sidecar if {
	["`a`", "`sidecar`"] == [name(entry) | some entry in steady] with input as with_initial
}

test_all if {
	["`a`", "`b`", "`sidecar`"] == [name(entry) | some entry in all] with input as with_initial
}

test_placeholders_are_no_containers if {
	count(all) == 0 with input as sample.pod(["${CONTAINER}", null])
}

test_containers_of_the_wrong_type if count(all) == 0 with input as sample.pod("${CONTAINERS}")

test_container_without_name if {
	name(containers[0]) == "`containers[0]`" with input as sample.pod([{}])
}

test_subject_of_one if subject(all) == "container `a`" with input as sample.pod([a])

test_subject_of_two if subject(all) == "containers `a`, `b`" with input as sample.pod([a, b])

test_each_name_once if few(["`a`", "`a`"]) == "`a`"

test_three_names if few(["`c`", "`a`", "`b`"]) == "`c`, `a`, `b`"

test_more_names if few(["`a`", "`b`", "`a`", "`c`", "`d`", "`e`"]) == "`a`, `b`, `c` and 2 more"
