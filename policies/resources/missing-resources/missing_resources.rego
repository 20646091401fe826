# METADATA
# title: container without any requests or limits
# description: |
#   This container does not say how much CPU and memory it needs or may take. The scheduler then packs
#   it onto nodes as if it needed nothing, and one leak or one busy hour takes the whole node with it.
#   A pod of nothing but such containers has the quality of service class BestEffort: when a node runs
#   short of memory it is the first to be killed, and it will be at the worst moment. A horizontal
#   autoscaler cannot work on utilization either, because there is no request to compare with. If a
#   LimitRange in the namespace gives defaults that you rely on, say so in a suppression.
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
#   remedy: declare requests for CPU and memory and a memory limit for each container
package plimsoll.resources.missing_resources

import data.plimsoll.lib.resources.bare
import data.plimsoll.lib.resources.limited
import data.plimsoll.lib.workload.at
import data.plimsoll.lib.workload.name
import data.plimsoll.lib.workload.others
import data.plimsoll.lib.workload.subject

findings contains {
	"at": at(bare[0], ["resources"]),
	"message": concat(" ", [subject(bare), verb, "neither requests nor limits"]),
	"labels": others(bare, ["resources"], "declares none either"),
	"help": concat("", ["declare what ", name(bare[0]), " needs, measured rather than guessed:\n\n", snippet]),
} if {
	not limited
	count(bare) > 0
}

verb := "declares" if {
	count(bare) == 1
} else := "declare"

snippet := `resources:
  requests:
    cpu: 100m
    memory: 128Mi
  limits:
    memory: 128Mi`
