# METADATA
# title: replicas in Git although an autoscaler sets them
# description: |
#   Two writers set one field. The autoscaler raises the number of pods under load, and the next sync puts
#   the number from Git back: pods are killed at the peak, come back minutes later, and are killed again.
#   Remove the field and let the autoscaler own it; its minReplicas is the floor. Objects that were applied
#   from the client drop to one pod for a moment when the field disappears, so do it at a quiet hour (with
#   server-side apply that does not happen). If the field has to stay, Argo CD must be told twice:
#   ignoreDifferences for /spec/replicas, and the sync option RespectIgnoreDifferences=true, because
#   ignoreDifferences alone hides the difference but a sync still writes the number. Replicas 0 switch a
#   HorizontalPodAutoscaler off on purpose and are left alone; KEDA scales to zero and back by itself.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling
# - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs
# custom:
#   severity: error
#   says: advice
#   kinds: [Deployment, StatefulSet, ReplicaSet, ReplicationController, Rollout.argoproj.io]
#   needs: [autoscalers]
#   when: [autoscalers]
#   reads:
#   - object.spec.replicas
#   - related.autoscalers.kind
#   - related.autoscalers.metadata.name
#   remedy: remove spec.replicas from the workload
package plimsoll.autoscaling.hpa_and_replicas

import data.plimsoll.lib.workload

findings contains {
	"at": ["object", "spec", "replicas"],
	"message": sprintf("`replicas: %v` is written in Git, but %v %v it too", [input.object.spec.replicas, workload.few(names), verb]),
	"labels": [{"at": ["related", "autoscalers", i, "spec", "scaleTargetRef"], "message": "it scales this workload"} |
		some i, _ in input.related.autoscalers
	],
	"help": "remove `replicas`: the autoscaler owns it",
} if {
	count(input.related.autoscalers) > 0
	is_number(input.object.spec.replicas)
	not switched_off
}

names := [sprintf("%v `%v`", [object.get(autoscaler, "kind", "autoscaler"), object.get(autoscaler, ["metadata", "name"], "")]) |
	some autoscaler in input.related.autoscalers
]

verb := "sets" if {
	count(workload.distinct(names)) == 1
} else := "set"

switched_off if {
	input.object.spec.replicas == 0
	every autoscaler in input.related.autoscalers {
		autoscaler.kind == "HorizontalPodAutoscaler"
	}
}
