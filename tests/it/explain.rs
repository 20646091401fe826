//! What kinds and their fields are, as `plimsoll explain` tells it: names, versions, fields, and what it refuses.

use libtest_mimic::Trial;
use plimsoll::facts::{MINORS, Pack, Schema, descriptions, embedded, first_sentence, plural, projects, scope};

use crate::binary::Folder;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 15] = [
        ("a-field", field),
        ("a-kind-by-its-other-names", names),
        ("fields-of-lists-and-maps", through_lists),
        ("by-version-of-kubernetes", by_minor),
        ("the-configured-version", configured),
        ("by-version-of-the-kind", by_api_version),
        ("a-field-of-a-later-version", later_field),
        ("a-kind-that-is-gone", gone),
        ("a-misspelt-field", misspelt_field),
        ("a-misspelt-kind", misspelt_kind),
        ("a-kind-of-a-project", of_a_project),
        ("a-kind-of-the-repository", of_the_repository),
        ("a-schema-that-holds-itself", recursive),
        ("every-kind-is-described", described),
        ("first-sentences", sentences),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("explain::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

fn field() {
    let told = Folder::bare().run(&["explain", "Deployment.spec.strategy"]).code(0);
    told.says("KIND        Deployment\nVERSION     apps/v1\nKUBERNETES  1.37\nSCOPE       namespaced\n")
        .says("FIELD       spec.strategy <object>\n")
        .says("The deployment strategy to use to replace existing pods with new ones.\n")
        .says("\n  type <string>, one of Recreate, RollingUpdate\n    Type of deployment");
    Folder::bare()
        .run(&["explain", "Pod.spec.containers.ports.protocol"])
        .code(0)
        .says("ONE OF      SCTP, TCP, UDP\nDEFAULT     \"TCP\"\n");
    let port = Folder::bare().run(&["explain", "Pod.spec.containers.ports.containerPort"]).code(0);
    port.says("<integer>\nREQUIRED    yes\n");
}

fn names() {
    let folder = Folder::bare();
    let whole = folder.run(&["explain", "Deployment.spec"]).code(0).out;
    for name in ["deployment", "deployments", "deploy", "DEPLOYMENTS"] {
        assert_eq!(folder.run(&["explain", &format!("{name}.spec")]).code(0).out, whole, "{name}");
    }
    folder.run(&["explain", "netpol"]).says("KIND        NetworkPolicy\n");
    folder.run(&["explain", "ingresses"]).says("VERSION     networking.k8s.io/v1\n");
    folder.run(&["explain", "namespaces"]).says("SCOPE       cluster\n");
    // the check of this name is still one, and so is one by its pack
    folder.run(&["explain", "missing-readiness"]).code(0).says("## Why");
}

fn through_lists() {
    let folder = Folder::bare();
    let image = folder.run(&["explain", "pods.spec.containers.image"]).code(0).says("Container image name").out;
    assert_eq!(folder.run(&["explain", "pods.spec.containers[].image"]).code(0).out, image);
    folder.run(&["explain", "configmap.data"]).code(0).says("<map[string]string>");
    folder.run(&["explain", "service.spec.ports"]).code(0).says("<[]object>").says("UNIQUE BY   port, protocol");
}

fn by_minor() {
    let folder = Folder::bare();
    folder.run(&["explain", "hpa", "-k", "1.22"]).code(0).says("VERSION     autoscaling/v1\nKUBERNETES  1.22\n");
    folder.run(&["explain", "hpa", "-k", "1.30"]).code(0).says("VERSION     autoscaling/v2\n");
    let spec = folder.run(&["explain", "svc.spec", "--kubernetes-version", "1.30"]).code(0);
    spec.says("  trafficDistribution <string>, since 1.30\n").never_says("  topologyKeys ");
    folder.run(&["explain", "svc.spec", "-k", "1.20"]).code(0).says("  topologyKeys <[]string>, in 1.20 to 1.21\n");
    folder.run(&["explain", "svc", "-k", "1.99"]).code(2).complains("Kubernetes 1.99 is not known");
    folder.run(&["explain", "es", "-k", "1.33"]).code(2).complains("called `es`");
    folder.run(&["explain", "pdb", "-k", "1.24", "--api-version", "policy/v1beta1"]).says("DEPRECATED  since 1.21");
}

fn configured() {
    let folder = Folder::repository().with("plimsoll.yaml", "kubernetes: [\"1.24\", \"1.26\"]\n");
    folder.run(&["explain", "pod"]).code(0).says("KUBERNETES  1.26\n");
    folder.run(&["explain", "pod", "-k", "1.31"]).code(0).says("KUBERNETES  1.31\n");
}

fn by_api_version() {
    let folder = Folder::bare();
    folder.run(&["explain", "event"]).code(0).says("VERSION     v1\n").says("ALSO IN     events.k8s.io/v1 ");
    let other = folder.run(&["explain", "event", "--api-version", "events.k8s.io/v1"]).code(0);
    other.says("VERSION     events.k8s.io/v1\n");
    folder.run(&["explain", "event", "--api-version", "apps/v1"]).code(2).complains("it is in events.k8s.io/v1, v1");
}

fn later_field() {
    let asked = ["explain", "service.spec.trafficDistribution", "-k", "1.25"];
    Folder::bare().run(&asked).code(2).complains("add --kubernetes-version 1.37").complains("1.30 to 1.37");
}

fn gone() {
    let told = Folder::bare().run(&["explain", "psp.spec"]).code(2);
    told.complains("Kubernetes 1.37 has no `PodSecurityPolicy`: policy/v1beta1 is in 1.20 to 1.24")
        .complains("add --kubernetes-version 1.24");
    Folder::bare().run(&["explain", "psp.spec", "-k", "1.24"]).code(0).says("allowPrivilegeEscalation");
}

fn misspelt_field() {
    let folder = Folder::bare();
    let told = folder.run(&["explain", "Deployment.spec.stratgy"]).code(2);
    told.complains("Deployment.spec has no field `stratgy`").complains("did you mean `strategy`?");
    folder.run(&["explain", "configmap.data.colour"]).code(2).complains("map[string]string, and names no fields");
    folder.run(&["explain", "deploy.spec.strategy.q"]).code(2).complains("it has rollingUpdate, type");
}

fn misspelt_kind() {
    let folder = Folder::bare();
    folder.run(&["explain", "Deploymnt.spec"]).code(2).complains("did you mean `Deployment`?");
    folder.run(&["explain", "."]).code(2).complains("plimsoll checks");
    folder.run(&["explain", ""]).code(2).complains("plimsoll checks");
}

fn of_a_project() {
    let told = Folder::bare().run(&["explain", "certificates.spec.privateKey.algorithm"]).code(0);
    told.says("VERSION     cert-manager.io/v1\n")
        .says("DEFINED BY  cert-manager 1")
        .says("ONE OF      RSA, ECDSA, Ed25519\n")
        .says("private key algorithm");
    Folder::bare().run(&["explain", "certificate.metadata.labels"]).code(0).says("<map[string]string>");
}

const CRD: &str = r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: boats.harbour.example
spec:
  group: harbour.example
  scope: Cluster
  names:
    kind: Boat
    plural: boats
    shortNames: [bt]
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: Boat is what lies in a harbour. And more.
          properties:
            spec:
              type: object
              required: [draught]
              properties:
                draught:
                  type: integer
                  description: How deep it goes. In centimetres.
                rig:
                  type: string
                  enum: [sloop, ketch]
                  default: sloop
"#;

fn of_the_repository() {
    let folder = Folder::repository().with("crds/boat.yaml", CRD);
    let told = folder.run(&["explain", "bt.spec"]).code(0);
    told.says("KIND        Boat\nVERSION     harbour.example/v1\nSCOPE       cluster\nDEFINED BY  crds/boat.yaml\n")
        .says("  draught <integer>, required\n    How deep it goes.\n\n")
        .says("  rig <string>, one of sloop, ketch, default \"sloop\"\n")
        .never_says("centimetres");
    folder.run(&["explain", "boats"]).code(0).says("  Boat is what lies in a harbour.\n");
    folder.run(&["explain", "boat.spec.rigg"]).code(2).complains("did you mean `rig`?");
    // a description must not steer the terminal
    let hostile = CRD.replace("description: How", "description: \"\\e[31mHow").replace("In centimetres.", "\"");
    let hostile = Folder::repository().with("crds/boat.yaml", hostile);
    hostile.run(&["explain", "boat.spec.draught"]).code(0).says("?[31mHow deep").never_says("\u{1b}");
    // outside the repository nobody knows it
    Folder::bare().run(&["explain", "boat.spec"]).code(2);
}

fn recursive() {
    let folder = Folder::bare();
    let flat = folder.run(&["explain", "deploy.spec", "--recursive"]).code(0);
    flat.says("\n  template <object>, required\n").says("\n        image <string>\n");
    let knot = ["explain", "crd.spec.versions.schema.openAPIV3Schema", "--recursive"];
    folder.run(&knot).code(0).says("  properties <map[string]object> …\n");
}

/// Every field of every kind, in every minor, is at the same place in the pack of descriptions, and nearly all are described.
fn described() {
    let (mut fields, mut said) = (0, 0);
    let mut count = |schema: Schema<'_>, says: Option<Schema<'_>>, name: &str| {
        let says = says.unwrap_or_else(|| panic!("{name} is not described"));
        for (field, _) in schema.properties() {
            let sentence = says.property(field).unwrap_or_else(|| panic!("{name} has no words for {field}"));
            fields += 1;
            said += usize::from(sentence.description().is_some());
        }
    };
    let words: &Pack = descriptions();
    for entry in embedded().kinds() {
        for minor in MINORS {
            let Some(schema) = entry.schema(minor) else { continue };
            let says = words.kind(entry.group, entry.version, entry.kind, minor);
            count(schema, says, entry.kind);
            if let Some(spec) = schema.property("spec") {
                count(spec, says.and_then(|says| says.property("spec")), entry.kind);
            }
        }
    }
    for entry in projects().kinds() {
        let schema = entry.custom_schema().expect("a schema");
        count(schema, words.kind(entry.group, entry.version, entry.kind, 0), entry.kind);
    }
    assert!(fields > 10_000 && said * 100 > fields * 95, "{said} of {fields}");
    // objects that people write have a scope
    for kind in ["Pod", "Node", "Namespace", "ConfigMap", "PersistentVolume"] {
        assert!(scope("", kind).is_some(), "{kind}");
    }
    let plurals = [("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies"), ("Endpoints", "endpoints")];
    assert!(plurals.iter().all(|(kind, name)| plural(kind) == *name));
}

fn sentences() {
    let cases = [
        ("", ""),
        ("one", "one"),
        ("One. Two.", "One."),
        ("Number of pods. A pointer. Defaults to 1.", "Number of pods. Defaults to 1."),
        ("A name (e.g. a DNS record). More.", "A name (e.g. a DNS record)."),
        ("As in i.e. This. More.", "As in i.e. This."),
        ("Over\n  two lines\n\nand a paragraph", "Over two lines"),
        ("One of:\n- a\n- b", "One of:"),
        ("Version 1.2 of it. More.", "Version 1.2 of it."),
    ];
    for (text, wanted) in cases {
        assert_eq!(first_sentence(text), wanted);
    }
    let long = "word ".repeat(200);
    assert!(first_sentence(&long).chars().count() <= 302 && first_sentence(&long).ends_with('…'));
    // hostile text is cut between characters
    assert!(first_sentence(&"ü".repeat(2000)).ends_with('…'));
}
