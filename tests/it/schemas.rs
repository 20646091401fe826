//! Schemas that the user brings: definitions that are kept of a cluster, folders and templates of JSON Schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use libtest_mimic::Trial;
use plimsoll::facts;
use serde_json::{Value, json};

use crate::binary::{Folder, Plimsoll};
use crate::git::Repository;

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ships.example.com
  managedFields: [{manager: kubectl}]
spec:
  group: example.com
  names: {kind: Ship, plural: ships}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: a ship
          properties:
            spec:
              type: object
              properties:
                draught: {type: integer, description: in metres}
                description: {type: string}
status: {conditions: []}
";

const SHIP: &str = "apiVersion: example.com/v1\nkind: Ship\nmetadata:\n  name: beagle\nspec:\n  draught: deep\n";

const SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
 "properties": {"spec": {"$ref": "parts.json#/definitions/spec"}}}"#;

const PARTS: &str = r#"{"definitions": {"spec": {"type": "object", "additionalProperties": false,
 "required": ["flag"], "properties": {"draught": {"type": "integer"}, "flag": {"enum": ["red", "blue"]},
 "sails": {"type": "array", "items": {"required": ["area"], "properties": {"area": {"minimum": 3}}}},
 "anchor": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["weight"]}]}}}}}"#;

const LAYOUT: &str = "schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json";

const LOCK: &str = "plimsoll.schemas.yaml";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 19] = [
        ("custom-resources-as-the-server-has-them", custom),
        ("what-is-added-is-judged-by", added),
        ("adding-again-changes-nothing", again),
        ("a-change-is-told", changed),
        ("json-and-lists-and-v1beta1", forms),
        ("what-is-removed-is-not-judged-by", removed),
        ("the-repository-goes-first", precedence),
        ("a-file-that-is-broken", broken),
        ("nothing-to-add", nothing),
        ("the-list", list),
        ("the-list-has-the-projects-that-are-carried", carried),
        ("a-broken-file-keeps-no-other-out", broken_among_good),
        ("a-definition-that-could-not-be-read-back", not_readable),
        ("a-commit-that-changes-definitions", staged),
        ("every-error-at-its-place", places),
        ("locations-that-are-refused", refused),
        ("locations-of-the-configuration", configured),
        ("a-schema-that-cannot-be-read", unreadable),
        ("the-same-verdicts-as-kubeconform", kubeconform),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("schemas::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

/// Definitions and objects made at random, each with what apiextensions-apiserver 0.37 answers: whether it takes the object, as
/// it prunes, defaults and validates it on create. Rules in CEL and formats that we do not judge are left out.
const CUSTOM: &str = include_str!("custom.jsonl");

fn custom() {
    let mut folder = Folder::repository();
    let mut taken = BTreeMap::new();
    for (number, line) in CUSTOM.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let kind = format!("Case{number}");
        let subresources = if case["status"] == true { json!({"status": {}}) } else { json!({}) };
        let version = json!({
            "name": "v1", "served": true, "storage": true, "subresources": subresources,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": case["properties"]}},
        });
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": kind},
            "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": kind}, "versions": [version]},
        });
        let mut object = json!({"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "x"}});
        object.as_object_mut().unwrap().extend(case["object"].as_object().unwrap().clone());
        folder = folder.with(&format!("definitions/{number}.json"), crd.to_string());
        folder = folder.with(&format!("objects/{number}.json"), object.to_string());
        taken.insert(format!("objects/{number}.json"), case["takes"] == true);
    }
    let report = folder.run(&["check", "--format", "json", "objects"]).json();
    let findings = report.list("findings").iter().filter(|finding| finding["severity"] == "error");
    let refused: BTreeSet<&str> = findings.filter_map(|finding| finding["place"]["path"].as_str()).collect();
    let otherwise: Vec<&String> =
        taken.iter().filter(|(path, takes)| refused.contains(path.as_str()) == **takes).map(|(path, _)| path).collect();
    assert!(otherwise.is_empty() && taken.values().any(|takes| *takes) && !refused.is_empty(), "{otherwise:?}");
}

fn add(folder: &Folder, text: &str) -> crate::binary::Ended {
    Plimsoll::new(folder.path(), &["schemas", "add", "-"]).input(text).end()
}

fn lock(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join(LOCK)).unwrap()
}

fn added() {
    let folder = Folder::repository().with("apps/ship.yaml", SHIP);
    folder.run(&["check"]).code(0);
    add(&folder, CRD).code(0).says("added      Ship of example.com: v1").says("1 added, 0 changed, 0 unchanged");
    let text = lock(&folder);
    assert!(!text.contains("metres") && !text.contains("managedFields") && !text.contains("conditions"), "{text}");
    // a field of that name is no description
    assert!(text.contains("description: {type: string}"), "{text}");
    folder.run(&["check"]).code(1).says("apps/ship.yaml:6:12").says("schema/wrong-type");
    folder.run(&["check", "--show-skipped"]).says("schemas that were added");
    Plimsoll::new(folder.path(), &["check", "-"]).input(SHIP).end().code(1).says("schema/wrong-type");
}

fn again() {
    let folder = Folder::repository();
    add(&folder, CRD).code(0);
    let first = lock(&folder);
    add(&folder, CRD).code(0).says("0 added, 0 changed, 1 unchanged");
    assert_eq!(lock(&folder), first);
    let other = CRD.replace("example.com", "a.example.com");
    add(&folder, &other).code(0);
    let both = lock(&folder);
    assert!(both.find("group: a.example.com") < both.find("group: example.com"), "{both}");
}

fn changed() {
    let folder = Folder::repository();
    add(&folder, CRD).code(0);
    let newer = CRD.replace("    - name: v1\n", "    - {name: v2, served: true, storage: false}\n    - name: v1\n");
    add(&folder, &newer).code(0).says("changed    Ship of example.com: v2 is new");
    add(&folder, &newer.replace("integer", "string")).code(0).says("v1 is another");
    let message = "two definitions of Ship of example.com that differ";
    add(&folder, &format!("{CRD}---\n{newer}")).code(2).complains(message);
}

fn forms() {
    let old = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apiextensions.k8s.io/v1beta1\n  kind: \
               CustomResourceDefinition\n  metadata: {name: ships.example.com}\n  spec:\n    group: example.com\n    \
               version: v1\n    preserveUnknownFields: false\n    names: {kind: Ship, plural: ships}\n    \
               validation: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {draught: {type: integer}}}}}}\n";
    let folder = Folder::repository().with("apps/ship.yaml", SHIP).with("in/a.yaml", old).with("in/b.txt", "x");
    folder.run(&["schemas", "add", "in"]).code(0).says("1 added");
    fs::remove_dir_all(folder.path().join("in")).unwrap();
    folder.run(&["check"]).code(1).says("schema/wrong-type");
    let json = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition", "metadata": {"name": "x"}, "spec": {"group": "example.com",
        "names": {"kind": "Ship"}, "scope": "Cluster", "versions": [{"name": "v1", "served": true, "storage": true}]}}]}"#;
    add(&folder, json).code(0).says("1 changed");
    folder.run(&["check"]).code(0);
}

fn removed() {
    let folder = Folder::repository().with("apps/ship.yaml", SHIP);
    add(&folder, CRD).code(0);
    folder.run(&["schemas", "remove", "example.com/Shop"]).code(2).complains("did you mean `example.com/Ship`?");
    folder.run(&["schemas", "remove", "example.com"]).code(0).says("removed    Ship of example.com");
    assert!(!folder.path().join(LOCK).exists());
    folder.run(&["check"]).code(0);
}

fn precedence() {
    let strings = CRD.replace("integer", "string");
    let folder = Folder::repository().with("apps/ship.yaml", SHIP).with("crds/ship.yaml", &strings);
    add(&folder, CRD).code(0);
    folder.run(&["check"]).code(0);
    // where all refuse, it is the repository's word that is told
    let booleans = CRD.replace("integer", "boolean");
    let folder = Folder::repository().with("apps/ship.yaml", SHIP).with("crds/ship.yaml", &booleans);
    add(&folder, CRD).code(0);
    folder.run(&["check"]).code(1).says("takes a boolean");
}

fn broken() {
    let folder = Folder::repository().with("apps/ship.yaml", SHIP);
    add(&folder, CRD).code(0);
    let good = lock(&folder);
    let twice = format!("{good}{}", &good[good.find("---").unwrap()..]);
    for (text, says, place) in [
        (good.replace("kind: Ship", "<<<<<<< HEAD\nkind: Ship"), "a conflict that was not resolved", ":5:1"),
        (good.replace("storage:", "storag:"), "`storag` does not belong here", ":10:5"),
        (good.replace("type: integer", "type: integr"), "must be a type of JSON Schema", ":16:"),
        (good.replace("served: true", "served: perhaps"), "`served` must be true or false", ":9:5"),
        (twice, "stands here a second time", ""),
        (good.replace("schemas 1", "schemas 2"), "a file of form 2", ":1:1"),
        (good.replace("versions:", "versions: ["), "", ""),
        ("- a\n".to_owned(), "a mapping belongs here", ":1:3"),
    ] {
        let folder = Folder::repository().with("apps/ship.yaml", SHIP).with(LOCK, &text);
        let ended = folder.run(&["check"]).code(2).complains(says);
        assert!(ended.err.contains(&format!("{LOCK}{place}")), "{place} is not in\n{}", ended.err);
        assert!(ended.err.contains("help:"), "{}", ended.err);
    }
}

fn nothing() {
    let folder = Folder::repository();
    add(&folder, SHIP).code(2).complains("no CustomResourceDefinition was read");
    add(&folder, "a: [").code(2).complains("standard input");
    folder.run(&["schemas", "add", "nowhere"]).code(2).complains("nowhere: there is no such file or folder");
    assert!(!folder.path().join(LOCK).exists());
}

fn list() {
    let folder = Folder::repository().with("crds/boat.yaml", CRD.replace("Ship", "Boat"));
    add(&folder, CRD).code(0);
    folder
        .run(&["schemas"])
        .code(0)
        .says("kinds of Kubernetes, 1.20 to")
        .says("repository  Boat of example.com: v1 (crds/boat.yaml)")
        .says("added       Ship of example.com: v1 (plimsoll.schemas.yaml)");
    folder.run(&["schemas", "ship"]).code(0).says("Ship").never_says("Boat");
    folder.run(&["schemas", "Deployment"]).code(0).says("embedded    Deployment of apps: v1");
    folder
        .run(&["schemas", "Certificate"])
        .code(0)
        .says("carried     Certificate of cert-manager.io: v1 (cert-manager ")
        .never_says("Ship");
    folder.run(&["schemas", "Certificat"]).code(2).complains("did you mean `Certificate`?");
    folder.run(&["schemas", "Deploymint"]).code(2).complains("did you mean `Deployment`?");
    let json = folder.run(&["schemas", "example.com", "--format", "json"]).code(0).json();
    let origins: Vec<&str> = json.list("definitions").iter().filter_map(|one| one["origin"].as_str()).collect();
    assert_eq!(origins, ["repository", "added"]);
}

/// Each project that comes with the binary, as the bundle has it.
fn carried() {
    let mut projects: BTreeMap<(&str, &str), BTreeSet<(&str, &str)>> = BTreeMap::new();
    for entry in facts::projects().kinds() {
        let origin = entry.origin().unwrap();
        projects.entry((origin.project, origin.version)).or_default().insert((entry.group, entry.kind));
    }
    assert!(projects.len() > 5, "{projects:?}");
    let folder = Folder::repository();
    let mut told = folder.run(&["schemas"]).code(0);
    let json = folder.run(&["schemas", "--format", "json"]).code(0).json();
    let list = json.list("carried");
    assert_eq!(list.len(), projects.len());
    for (((project, version), kinds), one) in projects.iter().zip(list) {
        let kinds = kinds.len();
        let some = if kinds == 1 { "1 kind".to_owned() } else { format!("{kinds} kinds") };
        told = told.says(&format!("carried     {some} of {project} {version}\n"));
        assert_eq!(one, &serde_json::json!({"project": project, "version": version, "kinds": kinds}));
    }
}

/// A file that is broken keeps none of the others out, and is told with its place.
fn broken_among_good() {
    let other = CRD.replace("Ship", "Boat").replace("ships", "boats");
    let bad = format!("{}---\na: [\n", CRD.replace("Ship", "Raft"));
    let spec = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n";
    let folder = Folder::repository()
        .with("in/a.yaml", CRD)
        .with("in/b.yaml", &bad)
        .with("in/c.yaml", spec)
        .with("in/z.yaml", &other);
    let line = bad.lines().count();
    folder
        .run(&["schemas", "add", "in"])
        .code(2)
        .says("added      Ship of example.com: v1")
        .says("added      Boat of example.com: v1")
        .says("2 added, 0 changed, 0 unchanged, 2 files left out")
        .complains(&format!("in/b.yaml:{line}:"))
        .complains("a CustomResourceDefinition that cannot be read");
    let kept = lock(&folder);
    assert!(kept.contains("kind: Ship") && kept.contains("kind: Boat") && !kept.contains("Raft"), "{kept}");
    // so it is with files that are named one by one
    let ended = folder.run(&["schemas", "add", "in/b.yaml", "in/z.yaml"]).code(2);
    ended.says("0 added, 0 changed, 1 unchanged, 1 file left out").complains("in/b.yaml");
    // of two that differ nobody knows which is meant
    let folder = Folder::repository().with("in/a.yaml", CRD).with("in/b.yaml", CRD.replace("integer", "string"));
    folder.run(&["schemas", "add", "in"]).code(2).complains("two definitions of Ship of example.com that differ");
    assert!(!folder.path().join(LOCK).exists());
}

fn staged() {
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    let here = Repository::with(&[("apps/ship.yaml", SHIP)]);
    let folder = Folder::repository();
    add(&folder, CRD).code(0);
    here.stage(LOCK, lock(&folder));
    assert_eq!(here.found(), ["apps/ship.yaml schema/wrong-type"]);
}

fn sail(spec: &str) -> Folder {
    let ship = format!("apiVersion: example.com/v1\nkind: Ship\nmetadata:\n  name: beagle\nspec:\n{spec}");
    Folder::repository()
        .with("apps/ship.yaml", ship)
        .with("schemas/example.com/ship_v1.json", SCHEMA)
        .with("schemas/example.com/parts.json", PARTS)
}

fn places() {
    let spec = "  draught: deep\n  flags: red\n  sails:\n    - area: 1\n    - name: x\n  anchor: {}\n";
    for location in [LAYOUT, "schemas"] {
        let folder = sail(spec);
        let ended = folder.run(&["check", "apps", "-f", "github", "--schema-location", location]).code(1);
        for (line, column, id) in [
            (5, 1, "missing-field"),
            (6, 12, "wrong-type"),
            (7, 3, "unknown-field"),
            (9, 13, "invalid-value"),
            (10, 13, "missing-field"),
            (11, 3, "missing-field"),
        ] {
            let place = format!("line={line},endLine={line},col={column},");
            let found = ended.out.lines().any(|text| text.contains(&place) && text.contains(&format!("schema/{id}")));
            assert!(found, "{place} {id} is not in\n{}", ended.out);
        }
        assert_eq!(ended.out.lines().filter(|line| line.starts_with("::error")).count(), 6, "{}", ended.out);
    }
    let sound = "  draught: 3\n  flag: ${FLAG}\n  anchor: heavy\n  sails:\n";
    sail(sound).run(&["check", "apps", "--schema-location", LAYOUT]).code(0);
}

fn refused() {
    let folder = sail("  flag: red\n");
    let run = |location: &str| folder.run(&["check", "--schema-location", location]);
    run("https://example.com/{{.ResourceKind}}.json").code(2).complains("nothing is fetched");
    run("nowhere").code(2).complains("schema location nowhere: there is no such file or folder");
    run("schemas/{{.Kind}}.json").code(2).complains("`{{.Kind}}` is not understood");
    run("default").code(0);
}

fn configured() {
    let folder = sail("  flag: green\n").with("plimsoll.yaml", format!("schemas:\n  - default\n  - \"{LAYOUT}\"\n"));
    folder.run(&["check", "apps"]).code(1).says("apps/ship.yaml:6:9").says("none of `red`, `blue`");
    let folder = sail("  flag: red\n").with("plimsoll.yaml", "schemas: [\"https://example.com\"]\n");
    folder.run(&["check"]).code(2).complains("plimsoll.yaml:1:11").complains("nothing is fetched");
}

fn unreadable() {
    for (text, says) in [
        ("{", "ship_v1.json"),
        (r#"{"type": "objet"}"#, "ship_v1.json: no JSON Schema"),
        (r#"{"$ref": "gone.json"}"#, "ship_v1.json"),
        (r#"{"$ref": "https://example.com/x.json"}"#, "nothing is fetched"),
    ] {
        let folder = sail("  flag: red\n").with("schemas/example.com/ship_v1.json", text);
        let ended = folder.run(&["check", "apps", "--schema-location", LAYOUT]).code(2);
        assert!(format!("{}{}", ended.out, ended.err).contains(says), "{text}: {}{}", ended.out, ended.err);
    }
}

/// Against the real one, where it is installed; else against what it said (0.8.0).
fn kubeconform() {
    let table = [
        ("  flag: red\n", 0),
        ("  flag: green\n", 1),
        ("  flag: red\n  draught: deep\n", 1),
        ("  flag: red\n  colour: x\n", 1),
        ("  flag: red\n  sails: [{area: 3}]\n", 0),
        ("  flag: red\n  anchor: {weight: 1}\n", 0),
        ("  flag: red\n  anchor: 1\n", 1),
    ];
    for (spec, wanted) in table {
        let folder = sail(spec);
        folder.run(&["check", "apps", "--schema-location", LAYOUT]).code(wanted);
        let theirs = Command::new("kubeconform")
            .args(["-schema-location", LAYOUT, "apps/ship.yaml"])
            .current_dir(folder.path())
            .output();
        if let Ok(theirs) = theirs {
            assert_eq!(theirs.status.code(), Some(wanted), "{spec}: {}", String::from_utf8_lossy(&theirs.stdout));
        }
    }
}

fn not_readable() {
    let boat = CRD.replace("Ship", "Boat").replace("ships", "boats");
    for (broken, says) in [
        (boat.replace("type: integer", "type: integr"), "type of JSON Schema"),
        (boat.replace("group: example.com", "group: \"\""), "it has no `spec.group`"),
        (boat.replace("names: {kind: Boat, plural: boats}", "names: {plural: boats}"), "it has no `spec.names.kind`"),
        (boat.replace("- name: v1\n      served", "- served"), "`name` must be a string"),
    ] {
        assert_ne!(broken, boat);
        let folder = Folder::repository().with("crds/boat.yaml", &broken).with("crds/ship.yaml", CRD);
        folder.run(&["schemas", "add", "crds"]).code(2).complains(says).complains("crds/boat.yaml:");
        let kept = lock(&folder);
        assert!(kept.contains("kind: Ship") && !kept.contains("kind: Boat"), "{kept}");
        folder.run(&["check", "--only", "schema"]).never_says("plimsoll.schemas.yaml");
    }
}
