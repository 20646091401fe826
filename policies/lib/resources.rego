# METADATA
# description: What the containers of a workload ask for and are allowed.
package plimsoll.lib.resources

import data.plimsoll.lib.workload.all
import data.plimsoll.lib.workload.pod
import data.plimsoll.lib.workload.steady

# What may carry `resources`: every container and the pod itself, as entries of plimsoll.lib.workload.
holders := all if {
	not pod.resources
} else := array.concat(all, [[[], pod]])

# Each lasting container has both limits: nothing is missing.
limited if {
	limits = [entry |
		some entry in steady
		entry[1].resources.limits.memory != null
		entry[1].resources.limits.cpu != null
	]
	count(limits) == count(steady)
}

# The lasting containers without a limit of memory, or of CPU, when nothing else may limit them.
without_memory := [entry |
	some entry in steady
	object.get(entry[1], ["resources", "limits", "memory"], null) == null
	not placeholder(entry[1])
	not pod.resources.limits.memory
]

without_cpu := [entry |
	some entry in steady
	object.get(entry[1], ["resources", "limits", "cpu"], null) == null
	not placeholder(entry[1])
	not pod.resources.limits.cpu
]

# Those of them that declare no request or limit of anything, in a pod that declares none for all. Each is judged by
# itself, so what is said of a container stays the same whatever stands beside it.
bare := [entry |
	some entry in without_memory
	is_bare(entry)
]

# Those that declare something: missing-resources speaks of the others.
unlimited_memory := [entry |
	some entry in without_memory
	not is_bare(entry)
]

unlimited_cpu := [entry |
	some entry in without_cpu
	not is_bare(entry)
]

is_bare(entry) if {
	empty(entry[1], "requests")
	empty(entry[1], "limits")
	empty(pod, "requests")
	empty(pod, "limits")
}

# A tool fills in its resources, or its limits, later.
placeholder(owner) if {
	is_string(owner.resources)
} else if {
	is_string(owner.resources.limits)
} else if {
	is_string(owner.resources.requests)
}

empty(owner, list) if {
	every value in object.get(owner, ["resources", list], []) {
		value == null
	}
} else if {
	object.get(owner, ["resources", list], null) == null
}
