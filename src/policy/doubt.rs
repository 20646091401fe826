//! Tells objects that are plainly in order from those that a policy has to look at. Judges nothing: whatever is out of
//! the ordinary is doubtful. A test holds it against what the policies find.

use crate::check::Target;
use crate::graph::ResourceIndex;
use crate::kube::Resource;
use crate::yaml::{Node, NodeKind, Scalar};

/// What can be doubtful; the bit of each is its position.
pub(super) const NAMES: [&str; 4] = ["resources", "probes", "requests", "range"];

const RESOURCES: u8 = 1;
const PROBES: u8 = 2;
const REQUESTS: u8 = 4;
const RANGE: u8 = 8;

/// The bit of a name.
pub(super) fn of_name(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| *known == name).map(|at| 1 << at)
}

/// What is doubtful of an object, of the things that are asked about.
pub(super) fn of(asked: u8, target: &Target<'_>, scaled: &[ResourceIndex]) -> u8 {
    let Target::Resource { resource, others, .. } = target else { return asked };
    let mut doubts = 0;
    if asked & (RESOURCES | PROBES) != 0 {
        doubts |= asked & of_workload(resource);
    }
    if asked & REQUESTS != 0 {
        let scaled = scaled.first().and_then(|index| others(*index));
        if !scaled.as_ref().is_some_and(|scaled| plain_requests(resource.node(), scaled.node())) {
            doubts |= REQUESTS;
        }
    }
    if asked & RANGE != 0 && !plain_range(resource.node()) {
        doubts |= RANGE;
    }
    doubts
}

fn of_workload(resource: &Resource) -> u8 {
    let both = RESOURCES | PROBES;
    let root = resource.node();
    let Some(spec) = root.get("spec") else { return both };
    let template = spec.get("template").is_some();
    let pod = match resource.gvk.kind.as_str() {
        "Pod" | "CronJob" if template => None,
        "Pod" => Some(spec),
        "CronJob" => spec.at(&["jobTemplate", "spec", "template", "spec"]),
        _ => spec.at(&["template", "spec"]),
    };
    let Some(pod) = pod.filter(|pod| pod.kind() == NodeKind::Mapping) else { return both };
    let Some(containers) = pod.get("containers").filter(|list| list.kind() == NodeKind::Sequence) else { return both };
    if pod.get("initContainers").is_some() {
        return both;
    }
    let mut doubts = 0;
    if pod.get("resources").is_some() || spec.get("volumeClaimTemplates").is_some() {
        doubts |= RESOURCES;
    }
    for container in containers.items() {
        if doubts & RESOURCES == 0 && plain_resources(container).is_none() {
            doubts |= RESOURCES;
        }
        if doubts & PROBES == 0 && plain_probes(container).is_none() {
            doubts |= PROBES;
        }
    }
    doubts
}

/// CPU and memory, requests and limits, in the units that nearly everyone uses, and no request over its limit.
fn plain_resources(container: Node<'_>) -> Option<()> {
    let resources = container.get("resources")?;
    let (requests, limits) = (resources.get("requests")?, resources.get("limits")?);
    let only_these = |list: Node<'_>| list.kind() == NodeKind::Mapping && list.entries().count() == 2;
    let cpu = plain_cpu(requests.get("cpu")?)? <= plain_cpu(limits.get("cpu")?)?;
    let memory = plain_memory(requests.get("memory")?)? <= plain_memory(limits.get("memory")?)?;
    (cpu && memory && only_these(requests) && only_these(limits)).then_some(())
}

/// Thousandths of a core: `500m`, or a few whole cores.
fn plain_cpu(node: Node<'_>) -> Option<u64> {
    match node.scalar()? {
        Scalar::Int(cores @ 1..=999) => Some(cores.unsigned_abs() * 1000),
        Scalar::Str(text) => whole(text.strip_suffix('m')?),
        _ => None,
    }
}

/// Mebibytes.
fn plain_memory(node: Node<'_>) -> Option<u64> {
    let Scalar::Str(text) = node.scalar()? else { return None };
    match text.strip_suffix("Mi") {
        Some(digits) => whole(digits),
        None => whole(text.strip_suffix("Gi")?).map(|gibibytes| gibibytes * 1024),
    }
}

/// One to six digits that do not begin with 0.
fn whole(digits: &str) -> Option<u64> {
    let plain = digits.len() <= 6 && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// A liveness and a readiness probe that ask the server different paths at a port that is declared.
fn plain_probes(container: Node<'_>) -> Option<()> {
    if container.get("startupProbe").is_some() {
        return None;
    }
    let ports = container.get("ports")?;
    let alive = plain_probe(container.get("livenessProbe")?, ports)?;
    let ready = plain_probe(container.get("readinessProbe")?, ports)?;
    (alive != ready).then_some(())
}

/// The path that a probe asks.
fn plain_probe<'t>(probe: Node<'t>, ports: Node<'t>) -> Option<&'t str> {
    let (mut timeout, mut period, mut path) = (1, 10, None);
    for entry in probe.entries() {
        let number = || match entry.value.scalar()? {
            Scalar::Int(number @ 1..) => Some(number),
            _ => None,
        };
        match entry.key.text()? {
            "httpGet" => path = Some(plain_question(entry.value, ports)?),
            "timeoutSeconds" => timeout = number()?,
            "periodSeconds" => period = number()?,
            "initialDelaySeconds" | "failureThreshold" => {
                number()?;
            }
            _ => return None,
        }
    }
    if timeout <= period { path } else { None }
}

fn plain_question<'t>(question: Node<'t>, ports: Node<'t>) -> Option<&'t str> {
    let port = question.get("port")?.scalar()?;
    let field = match port {
        Scalar::Str(_) => "name",
        Scalar::Int(_) => "containerPort",
        _ => return None,
    };
    let declared = |declaration: Node<'_>| declaration.get(field).and_then(Node::scalar) == Some(port);
    if ports.items().any(declared) { question.get("path")?.as_str() } else { None }
}

/// It scales on CPU or memory, and each container requests both.
fn plain_requests(autoscaler: Node<'_>, scaled: Node<'_>) -> bool {
    let plain = || {
        let pod = scaled.at(&["spec", "template", "spec"])?;
        if pod.get("initContainers").is_some() {
            return None;
        }
        let requests = |container: Node<'_>| {
            let requests = container.at(&["resources", "requests"])?;
            (requests.at(&["cpu"]).is_some() && requests.at(&["memory"]).is_some()).then_some(())
        };
        let measured = |metric: Node<'_>| {
            let name = metric.at(&["resource", "name"])?.text()?;
            matches!(name, "cpu" | "memory").then_some(())
        };
        let containers = pod.get("containers")?;
        let metrics = autoscaler.at(&["spec", "metrics"])?;
        let all = containers.kind() == NodeKind::Sequence
            && metrics.kind() == NodeKind::Sequence
            && containers.items().all(|container| requests(container).is_some())
            && metrics.items().all(|metric| measured(metric).is_some());
        all.then_some(())
    };
    plain().is_some()
}

/// `minReplicas` and `maxReplicas` with room between them.
fn plain_range(autoscaler: Node<'_>) -> bool {
    let number = |field| autoscaler.at(&["spec", field]).and_then(Node::scalar);
    let keda = ["minReplicaCount", "maxReplicaCount"].iter().any(|field| number(field).is_some());
    let (least, most) = (number("minReplicas"), number("maxReplicas"));
    matches!((least, most), (Some(Scalar::Int(least @ 1..)), Some(Scalar::Int(most))) if least <= most) && !keda
}
