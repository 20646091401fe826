# METADATA
# title: request larger than the limit
# description: |
#   A container asks for more of a resource than it is allowed to use. The API server refuses such an
#   object, so the whole sync stops at it. It mostly happens when one overlay raises the request and
#   another file keeps the limit, or when units are mixed: 1Gi is 7 percent more than 1G.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
# custom:
#   severity: error
#   says: verdict
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
#   remedy: lower the request or raise the limit
package plimsoll.resources.request_over_limit

import data.plimsoll.lib.quantity
import data.plimsoll.lib.resources.holders
import data.plimsoll.lib.workload

findings contains {
	"at": workload.at(entry, ["resources", "requests", resource]),
	"message": sprintf("%v requests `%v` of %v, more than its limit of `%v`", [workload.owner(entry), request, resource, limit]),
	"labels": [{"at": workload.at(entry, ["resources", "limits", resource]), "message": "the limit"}],
	"help": "lower the request or raise the limit",
} if {
	some entry in holders
	some resource, request in entry[1].resources.requests
	limit = entry[1].resources.limits[resource]
	request != limit
	not plainly_less(request, limit)
	quantity.amount(request) > quantity.amount(limit)
}

# Both in the same unit: the numbers tell.
plainly_less(request, limit) if {
	unit = trim_left(request, "0123456789")
	unit == trim_left(limit, "0123456789")
	to_number(trim_suffix(request, unit)) < to_number(trim_suffix(limit, unit))
}
