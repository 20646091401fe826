# METADATA
# title: container behind a Service without a readiness probe
# description: |
#   Without a readiness probe a pod counts as ready the moment its process exists. The Service then sends
#   it requests while it still loads, at every roll-out and every restart, and clients see refused
#   connections. A roll-out cannot stop at a broken version either, because every new pod looks healthy.
#   The probe should ask the application itself whether it can answer, not its dependencies. Pods that no
#   Service selects are left alone, and so are Services that publish addresses of unready pods on purpose.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/probes/#readiness-probe
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# custom:
#   severity: warning
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Pod, Rollout.argoproj.io]
#   needs: [services]
#   when: [services, doubtful probes]
#   reads:
#   - object.kind
#   - pod.containers.name
#   - pod.containers.readinessProbe
#   - pod.containers.ports
#   - pod.initContainers.name
#   - pod.initContainers.restartPolicy
#   - pod.initContainers.readinessProbe
#   - pod.initContainers.ports
#   - related.services.metadata.name
#   - related.services.spec.ports
#   - related.services.spec.publishNotReadyAddresses
#   remedy: add a readinessProbe to each container that the Service reaches
package plimsoll.probes.missing_readiness

import data.plimsoll.lib.probes
import data.plimsoll.lib.workload
import data.plimsoll.lib.workload.steady

findings contains {
	"at": workload.at(unready[0], ["readinessProbe"]),
	"message": sprintf("%v behind Service %v %v no readiness probe", [workload.subject(unready), senders, verb]),
	"labels": array.concat(
		workload.others(unready, ["readinessProbe"], "has none either"),
		[{"at": ["related", "services", i, "spec", "selector"], "message": "this Service selects its pods"} | some [i, _] in services],
	),
	"help": concat("", ["let ", workload.name(unready[0]), " say when it can answer:\n\n", snippet]),
} if {
	count(silent) > 0
	count(services) > 0
	count(unready) > 0
}

silent := [entry |
	some entry in steady
	object.get(entry[1], "readinessProbe", null) == null
]

# The Services that wait for readiness, as [index, service].
services := [[i, service] |
	some i, service in input.related.services
	object.get(service, ["spec", "publishNotReadyAddresses"], false) != true
]

# The containers that a Service reaches; when none declares a port, nobody knows which.
unready := [entry |
	some entry in silent
	reached(entry[1])
] if {
	some_port_declared
} else := array.slice(steady, 0, 1) if {
	every entry in steady {
		object.get(entry[1], "readinessProbe", null) == null
	}
}

some_port_declared if {
	some entry in steady
	entry[1].ports != null
}

reached(container) if {
	some port in probes.declared_ports(container)
	port in targets
}

targets := {target |
	some [_, service] in services
	some port in service.spec.ports
	target = object.get(port, "targetPort", port.port)
}

senders := workload.few([sprintf("`%v`", [object.get(service, ["metadata", "name"], i)]) | some [i, service] in services])

verb := "has" if {
	count(unready) == 1
} else := "have"

snippet := concat("", ["readinessProbe:\n  httpGet:\n    path: /ready\n    port: ", sprintf("%v", [suggested])])

suggested := min(asked) if {
	count(asked) > 0
} else := 8080

asked := targets & probes.declared_ports(unready[0][1])
