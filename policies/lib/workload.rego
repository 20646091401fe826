# METADATA
# description: |
#   The pod of the object under judgement and its containers, wherever its kind keeps them.
#   A container is an entry [tail, container]: tail is its path inside the pod spec.
package plimsoll.lib.workload

# Where the pod spec stands, as a path into input.
path := ["object", "spec"] if {
	input.object.kind == "Pod"
} else := ["object", "spec", "jobTemplate", "spec", "template", "spec"] if {
	input.object.kind == "CronJob"
} else := ["object", "spec", "template", "spec"]

pod := input.object.spec.template.spec if {
	input.object.spec.template.spec
} else := input.object.spec.jobTemplate.spec.template.spec if {
	input.object.kind == "CronJob"
} else := input.object.spec if {
	input.object.kind == "Pod"
}

containers := [[["containers", i], c] |
	is_array(pod.containers)
	some i, c in pod.containers
	is_object(c)
]

initial := [[["initContainers", i], c] |
	is_array(pod.initContainers)
	some i, c in pod.initContainers
	is_object(c)
]

# Containers that live as long as the pod: the ordinary ones, then the native sidecars.
steady := containers if {
	not pod.initContainers
} else := array.concat(containers, [entry | some entry in initial; entry[1].restartPolicy == "Always"])

all := containers if {
	not pod.initContainers
} else := array.concat(containers, initial)

# The path into input of something inside a container (or, with the tail [], inside the pod spec).
at(entry, tail) := array.concat(path, array.concat(entry[0], tail))

name(entry) := concat("", ["`", entry[1].name, "`"]) if {
	is_string(entry[1].name)
} else := sprintf("`%v[%v]`", entry[0])

names(entries) := concat(", ", [name(entry) | some entry in entries])

# The first three of several names, each once: the same object is often written in several files.
few(several) := concat(", ", distinct(several)) if {
	count(distinct(several)) <= 3
} else := sprintf("%v and %v more", [concat(", ", array.slice(distinct(several), 0, 3)), count(distinct(several)) - 3])

distinct(several) := [one |
	some i, one in several
	not one in array.slice(several, 0, i)
]

# "container `a`" or "containers `a`, `b`"
subject(entries) := concat(" ", ["container", names(entries)]) if {
	count(entries) == 1
} else := concat(" ", ["containers", names(entries)])

# The other containers of a finding that points at the first one.
others(entries, tail, message) := [{"at": at(entry, tail), "message": concat(" ", [name(entry), message])} |
	some i, entry in entries
	i > 0
]

# "container `a`", or "the pod" for the entry [[], pod]
owner(entry) := "the pod" if {
	entry[0] == []
} else := concat(" ", ["container", name(entry)])
