# METADATA
# title: memory or storage of a few bytes
# description: |
#   The suffix `m` means thousandths. That suits CPU, but `512m` of memory is half a byte, and a plain
#   `512` is 512 bytes. The API server takes both (with a warning at most). A limit that small kills the
#   container before it has started, a request that small reserves nothing, and a volume of that size is
#   of no use. Almost always `Mi` was meant. A large number of thousandths, as `107374182400m` for 0.1Gi,
#   is what some tools write; that is the right amount and only hard to read, so it is a hint.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory
# custom:
#   severity: error
#   says: advice
#   kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod, PersistentVolumeClaim, Rollout.argoproj.io]
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
#   - object.spec.volumeClaimTemplates
#   remedy: write the amount with Mi or Gi
package plimsoll.resources.memory_in_milli_units

import data.plimsoll.lib.quantity
import data.plimsoll.lib.resources.holders
import data.plimsoll.lib.workload

findings contains finding(workload.at(entry, ["resources", list, resource]), workload.owner(entry), resource, value) if {
	some entry in holders
	some list in ["requests", "limits"]
	some resource in ["memory", "ephemeral-storage"]
	value = entry[1].resources[list][resource]
	not usual(value)
	tiny(resource, value)
}

findings contains finding(["object", "spec", "resources", list, "storage"], "the volume claim", "storage", value) if {
	input.object.kind == "PersistentVolumeClaim"
	some list in ["requests", "limits"]
	value = input.object.spec.resources[list].storage
	tiny("storage", value)
}

findings contains finding(at, "the volume claim", "storage", value) if {
	input.object.kind == "StatefulSet"
	some i, claim in input.object.spec.volumeClaimTemplates
	some list in ["requests", "limits"]
	value = claim.spec.resources[list].storage
	tiny("storage", value)
	at = ["object", "spec", "volumeClaimTemplates", i, "spec", "resources", list, "storage"]
}

# Most amounts are a whole number of these, and never too little.
usual(value) if trim_left(value, "0123456789") in {"M", "G", "T", "Mi", "Gi", "Ti"}

# 0 is no slip: it asks for nothing on purpose.
tiny("memory", value) if {
	quantity.amount(value) > 0
	quantity.amount(value) < mebibyte
}

tiny(_, value) if {
	endswith(value, "m")
	quantity.amount(value) > 0
}

finding(at, owner, resource, value) := {
	"at": at,
	"message": sprintf("`%v` of %v for %v is less than a byte", [value, resource, owner]),
	"help": help(value),
} if {
	quantity.amount(value) < byte
} else := {
	"at": at,
	"message": sprintf("`%v` of %v for %v is only %d bytes", [value, resource, owner, bytes(value)]),
	"help": help(value),
} if {
	quantity.amount(value) < mebibyte
} else := {
	"at": at,
	"message": sprintf("`%v` of %v for %v is written in thousandths of a byte", [value, resource, owner]),
	"help": sprintf("write `%d`, or the nearest amount in Mi", [bytes(value)]),
	"severity": "hint",
}

help(value) := concat("", ["if mebibytes are meant, write `", trim_right(sprintf("%v", [value]), "numkKi"), "Mi`"])

bytes(value) := ceil(quantity.amount(value) / byte)

byte := 1000000000

mebibyte := 1048576 * byte
