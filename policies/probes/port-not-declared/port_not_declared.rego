# METADATA
# title: probe on a port that the container does not declare
# description: |
#   The kubelet looks a probe's port name up among the ports of that container, and nowhere else. When the
#   name is not there the probe fails every time: with a readiness probe the pod never becomes ready, with
#   a liveness or startup probe it is killed again and again. A number works without a declaration, but
#   is more often a slip than not (the port was moved and the probe was forgotten), so that is a hint.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port
# custom:
#   severity: error
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod, Rollout.argoproj.io]
#   needs: []
#   when: [doubtful probes]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.livenessProbe
#   - pod.containers.readinessProbe
#   - pod.containers.startupProbe
#   - pod.containers.ports
#   - pod.initContainers.name
#   - pod.initContainers.restartPolicy
#   - pod.initContainers.livenessProbe
#   - pod.initContainers.readinessProbe
#   - pod.initContainers.startupProbe
#   - pod.initContainers.ports
#   remedy: declare the port under the container's ports, or correct the probe
package plimsoll.probes.port_not_declared

import data.plimsoll.lib.probes
import data.plimsoll.lib.probes.probes as all_probes
import data.plimsoll.lib.workload

# One finding for a port, however many probes use it.
findings contains {
	"at": uses[0].at,
	"message": sprintf("the %v of container %v asks port `%v`, which it does not declare", [uses[0].probe, workload.name(entry), port]),
	"labels": [{"at": use.at, "message": concat("", ["so does the ", use.probe])} |
		some i, use in uses
		i > 0
	],
	"help": help(port),
	"severity": severity(port),
} if {
	some [entry, port] in {[asker, asked_port] | some [asker, _, _, asked_port] in asked}
	uses = [{"at": workload.at(entry, [field, handler, "port"]), "probe": probes.title[field]} |
		some [e, field, handler, p] in asked
		e == entry
		p == port
	]
}

asked := [[entry, field, handler, port] |
	some [entry, field, probe] in all_probes
	some handler in ["httpGet", "tcpSocket", "grpc"]
	port = probe[handler].port
	count([1 | some declaration in entry[1].ports; some name in ["containerPort", "name"]; declaration[name] == port]) == 0
	object.get(probe, [handler, "host"], null) in {null, ""} # else it asks somebody else
	certain(entry[1], port)
]

# Neither the port nor what is declared may change later.
certain(container, port) if {
	is_number(port)
	every declaration in object.get(container, "ports", []) {
		is_number(declaration.containerPort)
	}
} else if {
	port_name(port)
	every declaration in object.get(container, "ports", []) {
		port_name(object.get(declaration, "name", "none"))
	}
}

port_name(name) if {
	trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	trim(name, "0123456789") != ""
}

severity(port) := "hint" if {
	is_number(port)
} else := "error"

help(port) := sprintf("declare it, or correct the probe:\n\nports:\n  - containerPort: %d", [port]) if {
	is_number(port)
} else := sprintf("declare it, or correct the probe:\n\nports:\n  - name: %v\n    containerPort: 8080", [port])
