# METADATA
# title: quantity in a unit that is hardly meant
# description: |
#   Three slips that the API server takes without a word. CPU is counted in whole cores unless the number
#   ends in `m`, so `cpu: 1000` asks for a thousand cores and no node will ever fit the pod. The server
#   rounds CPU up to a thousandth of a core, so `0.1m` is not what will be used. And `M` counts in
#   thousands while `Mi` counts in 1024s: a request in one and a limit in the other differ by 5 to 10
#   percent from what they look like.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes
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
#   remedy: write CPU as 500m or 2, and memory with the same kind of unit for request and limit
package plimsoll.resources.suspicious_unit

import data.plimsoll.lib.quantity
import data.plimsoll.lib.workload
import data.plimsoll.lib.workload.all

findings contains {
	"at": workload.at(entry, ["resources", list, "cpu"]),
	"message": sprintf("`%v` of CPU for container %v %v", [value, workload.name(entry), problem.is]),
	"help": problem.help,
} if {
	some entry in all
	some list in ["requests", "limits"]
	value = entry[1].resources[list].cpu
	not usual(value)
	problem = cpu_problem(value, quantity.amount(value))
}

findings contains {
	"at": workload.at(entry, ["resources", "requests", "memory"]),
	"message": sprintf("container %v requests `%v` of memory and is limited to `%v`: one counts in thousands, the other in 1024s", [
		workload.name(entry),
		request,
		limit,
	]),
	"labels": [{"at": workload.at(entry, ["resources", "limits", "memory"]), "message": "the limit"}],
	"help": "use the same kind of unit for both, best Mi or Gi",
} if {
	some entry in all
	request = entry[1].resources.requests.memory
	limit = entry[1].resources.limits.memory
	endswith(request, "i") != endswith(limit, "i")
	base(request) != base(limit)
	quantity.amount(request) <= quantity.amount(limit) # else request-over-limit says so
}

usual(value) if trim_left(value, "0123456789") == "m"

cpu_problem(value, amount) := {
	"is": sprintf("is %d cores", [floor(amount / core)]),
	"help": cores_help(value),
} if {
	amount >= 1000 * core
} else := {
	"is": "is finer than a thousandth of a core, and is rounded up to one",
	"help": "write at least `1m`; a tenth of a core is `100m`",
} if {
	amount > 0
	amount < core / 1000
}

cores_help(value) := "the unit is one of memory: write CPU as `500m` or `2`" if {
	trim_right(value, "kKMGTPEi") != value
} else := sprintf("if thousandths of a core are meant, write `%vm`", [value])

base(text) := 1024 if {
	endswith(text, "i")
} else := 1000 if {
	trim_right(text, "kMGTPE") != text
}

# A core, as plimsoll.lib.quantity counts.
core := 1000000000
