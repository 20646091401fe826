# METADATA
# title: container without a memory limit
# description: |
#   A container without a memory limit may take all the memory of its node. When it leaks, the kernel
#   kills whatever it finds when the node runs out, often a healthy neighbour, and the kubelet begins to
#   evict pods. With a limit only the leaking container is killed and restarted, and the reason OOMKilled
#   stands in its status where someone can see it. A limit equal to the request is the safest choice,
#   because memory cannot be taken back once it is given. A limit of the whole pod (spec.resources)
#   counts too.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
# custom:
#   severity: warning
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
#   remedy: set resources.limits.memory for each container
package plimsoll.resources.missing_memory_limit

import data.plimsoll.lib.resources.limited
import data.plimsoll.lib.resources.unlimited_memory
import data.plimsoll.lib.workload.at
import data.plimsoll.lib.workload.name
import data.plimsoll.lib.workload.others
import data.plimsoll.lib.workload.subject

findings contains {
	"at": at(unlimited_memory[0], ["resources", "limits", "memory"]),
	"message": concat(" ", [subject(unlimited_memory), verb, "no memory limit"]),
	"labels": others(unlimited_memory, ["resources", "limits", "memory"], "has none either"),
	"help": concat("", ["give ", name(unlimited_memory[0]), " a limit, at or above its request:\n\n", snippet]),
} if {
	not limited
	count(unlimited_memory) > 0
}

verb := "has" if {
	count(unlimited_memory) == 1
} else := "have"

snippet := concat("", ["resources:\n  limits:\n    memory: ", sprintf("%v", [suggested])])

# What it asks for is the least that a limit may be.
suggested := unlimited_memory[0][1].resources.requests.memory if {
	unlimited_memory[0][1].resources.requests.memory != null
} else := "256Mi"
