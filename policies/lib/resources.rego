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

# No lasting container declares a request or a limit of anything.
bare if {
	count(without_memory) > 0
	count(without_memory) == count(steady)
	every entry in without_memory {
		empty(entry[1], "requests")
		empty(entry[1], "limits")
	}
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
