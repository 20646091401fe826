# METADATA
# description: The probes of a workload and the ports that its containers declare.
package plimsoll.lib.probes

import data.plimsoll.lib.workload.all

# Each probe as [entry, field, probe].
probes := [[entry, field, probe] |
	some entry in all
	some field in ["livenessProbe", "readinessProbe", "startupProbe"]
	probe = entry[1][field]
	is_object(probe)
]

title := {"livenessProbe": "liveness probe", "readinessProbe": "readiness probe", "startupProbe": "startup probe"}

handlers := {"httpGet", "tcpSocket", "exec", "grpc"}

# A setting of a probe, with 0 and null read as the server reads them: as its default.
setting(probe, field, fallback) := fallback if {
	object.get(probe, field, null) in {null, 0}
} else := probe[field] if {
	is_number(probe[field])
}

# The names and numbers of the ports that a container declares.
declared_ports(container) := {value |
	some port in container.ports
	some field in ["name", "containerPort"]
	value = port[field]
}
