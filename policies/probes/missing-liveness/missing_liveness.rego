# METADATA
# title: long-running container without a liveness probe
# description: |
#   A process that hangs without ending is restarted only if a liveness probe notices. This is a hint and
#   no more, because a bad liveness probe is worse than none: one that asks a database, or that is
#   impatient under load, restarts every pod at once in the middle of an incident. An application that
#   ends when it is broken needs none. If you add one, let it ask only the process itself, and give it
#   more patience than the readiness probe.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/probes/#liveness-probe
# custom:
#   severity: hint
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, Rollout.argoproj.io]
#   needs: []
#   when: [doubtful probes]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.livenessProbe
#   remedy: add a livenessProbe that asks only the process itself, or leave it out on purpose
package plimsoll.probes.missing_liveness

import data.plimsoll.lib.workload
import data.plimsoll.lib.workload.containers

findings contains {
	"at": workload.at(without[0], ["livenessProbe"]),
	"message": concat(" ", [workload.subject(without), verb, "no liveness probe"]),
	"labels": workload.others(without, ["livenessProbe"], "has none either"),
} if {
	count(without) > 0
}

without := [entry |
	some entry in containers
	object.get(entry[1], "livenessProbe", null) == null
]

verb := "has" if {
	count(without) == 1
} else := "have"
