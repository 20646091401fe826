package plimsoll.autoscaling.hpa_min_over_max_test

import data.plimsoll.autoscaling.hpa_min_over_max.findings
import data.plimsoll.lib.sample_test as sample

scaling(spec) := sample.object_of({"kind": "HorizontalPodAutoscaler", "spec": spec})

test_more if count(findings) == 1 with input as scaling({"minReplicas": 3, "maxReplicas": 2})

test_equal if count(findings) == 0 with input as scaling({"minReplicas": 2, "maxReplicas": 2})

test_no_pods if count(findings) == 1 with input as scaling({"maxReplicas": 0})

test_no_pods_once if count(findings) == 1 with input as scaling({"minReplicas": 1, "maxReplicas": 0})

test_placeholder if count(findings) == 0 with input as scaling({"minReplicas": 3, "maxReplicas": "${MAX}"})

test_null if count(findings) == 0 with input as scaling({"minReplicas": null, "maxReplicas": 1})

test_keda if count(findings) == 1 with input as scaling({"minReplicaCount": 3, "maxReplicaCount": 2})

test_keda_default if count(findings) == 1 with input as scaling({"minReplicaCount": 101})

test_keda_placeholder if count(findings) == 0 with input as scaling({"minReplicaCount": 3, "maxReplicaCount": "${MAX}"})
