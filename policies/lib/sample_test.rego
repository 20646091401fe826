# METADATA
# description: Inputs for the tests of the policies.
package plimsoll.lib.sample_test

pod(containers) := object_of({"kind": "Pod", "metadata": {"name": "app"}, "spec": {"containers": containers}})

deployment(containers) := workload("Deployment", {}, containers)

workload(kind, spec, containers) := object_of({
	"kind": kind,
	"metadata": {"name": "app"},
	"spec": object.union({"template": {"spec": {"containers": containers}}}, spec),
})

object_of(object) := {
	"object": object,
	"related": {"services": [], "autoscalers": [], "target": []},
	"known": {"services": "missing", "autoscalers": "missing", "target": "missing"},
	"kubernetes": {"minor": 37},
}

# The input with more related objects of one sort.
with_related(given, sort, objects) := object.union(given, {
	"related": object.union(given.related, {sort: objects}),
	"known": object.union(given.known, {sort: "found"}),
})

unknowable(given, sort) := object.union(given, {"known": object.union(given.known, {sort: "unknowable"})})
