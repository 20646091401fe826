# METADATA
# title: probe that the API server refuses, or that cannot work as written
# description: |
#   A probe asks in exactly one way, its numbers are not negative, a liveness or startup probe succeeds
#   after exactly one answer, and only a container that keeps running may have one. The API server refuses
#   everything else, and with it the whole object. A timeout longer than the period is taken, but the
#   answers then come in later than the next question is due, so the probe is slower to notice than its
#   numbers say; that is a warning. Zero is no mistake: the server puts the default in its place.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
# custom:
#   severity: error
#   says: verdict
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod, Rollout.argoproj.io]
#   needs: []
#   when: [doubtful probes]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.livenessProbe
#   - pod.containers.readinessProbe
#   - pod.containers.startupProbe
#   - pod.initContainers.name
#   - pod.initContainers.restartPolicy
#   - pod.initContainers.livenessProbe
#   - pod.initContainers.readinessProbe
#   - pod.initContainers.startupProbe
#   remedy: keep one handler, and numbers that the server takes
package plimsoll.probes.impossible_combination

import data.plimsoll.lib.probes
import data.plimsoll.lib.probes.handlers
import data.plimsoll.lib.probes.probes as all_probes
import data.plimsoll.lib.workload

# Nearly all probes are plainly right: the rules look at the others only.
doubtful := [] if {
	plain = [1 |
		some [entry, _, probe] in all_probes
		entry[0][0] == "containers"
		probe.httpGet
		not probe.tcpSocket
		not probe.exec
		not probe.grpc
		not probe.terminationGracePeriodSeconds
		object.get(probe, "successThreshold", 1) <= 1
		object.get(probe, "timeoutSeconds", 1) <= object.get(probe, "periodSeconds", 10)
		every value in probe {
			value >= 0 # what is no number is larger, except null, true and false
		}
	]
	count(plain) == count(all_probes)
} else := [entry |
	some entry in all_probes
	not right(entry)
]

right([entry, _, probe]) if {
	entry[0][0] == "containers"
	count(object.keys(probe) & handlers) == 1
	object.get(probe, "timeoutSeconds", 1) <= object.get(probe, "periodSeconds", 10)
	object.get(probe, "successThreshold", 1) <= 1
	every value in probe {
		value >= 0 # what is no number is larger, except null, true and false
	}
	not probe.terminationGracePeriodSeconds
}

# More than one handler, or none.
findings contains {
	"at": workload.at(entry, [field, present[1]]),
	"message": sprintf("the %v of container %v has %d handlers: %v", [
		probes.title[field],
		workload.name(entry),
		count(present),
		concat(", ", [sprintf("`%v`", [handler]) | some handler in present]),
	]),
	"labels": [{"at": workload.at(entry, [field, present[0]]), "message": "the other handler"}],
	"help": "keep one of them",
} if {
	some [entry, field, probe] in doubtful
	count(object.keys(probe) & handlers) > 1
	present = [handler | some handler, value in probe; handler in handlers; value != null]
	count(present) > 1
}

findings contains {
	"at": workload.at(entry, [field]),
	"message": sprintf("the %v of container %v has no handler", [probes.title[field], workload.name(entry)]),
	"help": "say how to ask: `httpGet`, `tcpSocket`, `grpc` or `exec`",
} if {
	some [entry, field, probe] in doubtful
	every handler in handlers {
		object.get(probe, handler, null) == null
	}
	count((object.keys(probe) - handlers) - settings) == 0 # else a handler is misspelled
}

settings := {
	"failureThreshold",
	"initialDelaySeconds",
	"periodSeconds",
	"successThreshold",
	"terminationGracePeriodSeconds",
	"timeoutSeconds",
}

findings contains {
	"at": workload.at(entry, [field, "successThreshold"]),
	"message": sprintf("the %v of container %v wants %v successes, and only 1 is allowed", [
		probes.title[field],
		workload.name(entry),
		probe.successThreshold,
	]),
	"help": "remove `successThreshold`: only a readiness probe may ask for more than one",
} if {
	some [entry, field, probe] in doubtful
	probe.successThreshold > 1
	is_number(probe.successThreshold)
	field != "readinessProbe"
}

findings contains {
	"at": workload.at(entry, [field, setting]),
	"message": sprintf("`%v` of the %v of container %v is negative", [setting, probes.title[field], workload.name(entry)]),
} if {
	some [entry, field, probe] in doubtful
	some setting, value in probe
	value < 0
	is_number(value)
}

findings contains {
	"at": workload.at(entry, [field, "terminationGracePeriodSeconds"]),
	"message": sprintf("the %v of container %v sets `terminationGracePeriodSeconds`, %v", [probes.title[field], workload.name(entry), problem]),
	"help": "remove it, and set `terminationGracePeriodSeconds` of the pod",
} if {
	some [entry, field, probe] in doubtful
	probe.terminationGracePeriodSeconds >= 0
	is_number(probe.terminationGracePeriodSeconds)
	problem = grace_problem(field, probe.terminationGracePeriodSeconds)
}

grace_problem("readinessProbe", _) := "which a readiness probe cannot have"

grace_problem(field, 0) := "which must be more than 0" if field != "readinessProbe"

findings contains {
	"at": workload.at(entry, [field]),
	"message": sprintf("init container %v has a %v, but does not keep running", [workload.name(entry), probes.title[field]]),
	"help": "remove the probe, or make it a sidecar with `restartPolicy: Always`",
} if {
	some [entry, field, _] in doubtful
	entry[0][0] == "initContainers"
	object.get(entry[1], "restartPolicy", null) in {null, "", "Never", "OnFailure"}
}

findings contains {
	"at": workload.at(entry, [field, "timeoutSeconds"]),
	"message": sprintf("the %v of container %v waits %v seconds for an answer, but asks every %v seconds", [
		probes.title[field],
		workload.name(entry),
		probe.timeoutSeconds,
		period,
	]),
	"help": "make `timeoutSeconds` at most `periodSeconds`",
	"severity": "warning",
} if {
	some [entry, field, probe] in doubtful
	probe.timeoutSeconds > 1
	is_number(probe.timeoutSeconds)
	period = probes.setting(probe, "periodSeconds", 10)
	period > 0
	probe.timeoutSeconds > period
}
