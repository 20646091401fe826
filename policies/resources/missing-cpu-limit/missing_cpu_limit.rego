# METADATA
# title: container without a CPU limit
# description: |
#   People disagree about this one, so it is a hint. For a limit: a container cannot starve its
#   neighbours, its speed is the same on a busy node as on an idle one, and a quota or the class
#   Guaranteed may ask for it. Against it: CPU is taken back as soon as another container wants its
#   request, so honest requests protect everyone already, while a limit throttles a container even when
#   the node is idle and makes latency worse in bursts and at start-up. Choose one way for the
#   repository and switch this check off if the way is requests alone. Unlike memory, a missing limit
#   kills nobody.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
# custom:
#   severity: hint
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod, Rollout.argoproj.io]
#   needs: []
#   when: [doubtful resources]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.resources
#   - pod.initContainers.name
#   - pod.initContainers.restartPolicy
#   - pod.initContainers.resources
#   - pod.resources
#   remedy: set resources.limits.cpu for each container, or switch the check off and rely on requests
package plimsoll.resources.missing_cpu_limit

import data.plimsoll.lib.resources.limited
import data.plimsoll.lib.resources.unlimited_cpu
import data.plimsoll.lib.workload.at
import data.plimsoll.lib.workload.others
import data.plimsoll.lib.workload.subject

findings contains {
	"at": at(unlimited_cpu[0], ["resources", "limits", "cpu"]),
	"message": concat(" ", [subject(unlimited_cpu), verb, "no CPU limit"]),
	"labels": others(unlimited_cpu, ["resources", "limits", "cpu"], "has none either"),
} if {
	not limited
	count(unlimited_cpu) > 0
}

verb := "has" if {
	count(unlimited_cpu) == 1
} else := "have"
