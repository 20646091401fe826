# METADATA
# title: liveness probe that gives up no later than the same readiness probe
# description: |
#   Both probes ask the same question, and liveness gives up first or at the same time. A pod that is
#   merely busy should be left out of the Service until it has caught up. Here it is killed instead, its
#   load falls on the others, and they are killed next. Let liveness ask something simpler, or give it a
#   larger failureThreshold, so that readiness has its say first.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/probes/
# custom:
#   severity: warning
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod, Rollout.argoproj.io]
#   needs: []
#   when: [doubtful probes]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.livenessProbe
#   - pod.containers.readinessProbe
#   - pod.initContainers.name
#   - pod.initContainers.restartPolicy
#   - pod.initContainers.livenessProbe
#   - pod.initContainers.readinessProbe
#   remedy: raise failureThreshold of the liveness probe, or let it ask something simpler
package plimsoll.probes.identical_probes

import data.plimsoll.lib.probes
import data.plimsoll.lib.workload
import data.plimsoll.lib.workload.steady

findings contains {
	"at": workload.at(identical[0], ["livenessProbe"]),
	"message": sprintf("the liveness probe of container %v asks the same as its readiness probe and gives up after %v seconds, readiness after %v", [
		workload.name(identical[0]),
		patience(identical[0][1].livenessProbe),
		patience(identical[0][1].readinessProbe),
	]),
	"labels": array.concat(
		[{"at": workload.at(identical[0], ["readinessProbe"]), "message": "the readiness probe"}],
		workload.others(identical, ["livenessProbe"], "has such a pair too"),
	),
	"help": "raise `failureThreshold` of the liveness probe, or let it ask something simpler",
} if {
	count(identical) > 0
}

identical := [entry |
	some entry in steady
	question(entry[1].livenessProbe) == question(entry[1].readinessProbe)
	patience(entry[1].livenessProbe) <= patience(entry[1].readinessProbe)
]

question(probe) := ["httpGet", object.union({"path": "/", "scheme": "HTTP"}, probe.httpGet)] if {
	is_object(probe.httpGet)
} else := ["tcpSocket", probe.tcpSocket] if {
	is_object(probe.tcpSocket)
} else := ["grpc", probe.grpc] if {
	is_object(probe.grpc)
} else := ["exec", probe.exec] if {
	is_object(probe.exec)
}

patience(probe) := probes.setting(probe, "periodSeconds", 10) * probes.setting(probe, "failureThreshold", 3)
