//! The command line as people use it: commands, exit codes, what is shown and what is looked at.

use std::collections::BTreeSet;

use libtest_mimic::Trial;

use crate::binary::{Folder, Plimsoll};
use crate::project;

/// Nothing is wrong with it.
const CLEAN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\n";

/// One error, `schema/unknown-field`, on line 5.
const FAULTY: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n";

const FAULT: &str = "schema/unknown-field";

const JSON: [&str; 3] = ["check", "--format", "json"];

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 37] = [
        ("nothing-found-is-0", nothing_found),
        ("something-found-is-1", something_found),
        ("timings", timings),
        ("hints-alone-are-0", hints_alone),
        ("check-is-the-default-command", default_command),
        ("standard-input", standard_input),
        ("standard-input-alone", standard_input_alone),
        ("a-file-that-is-not-there", unknown_file),
        ("an-argument-that-is-not-there", unknown_argument),
        ("help-and-version", help_and_version),
        ("configuration-with-an-unknown-key", unknown_key),
        ("configuration-with-an-unknown-check", unknown_check_in_configuration),
        ("configuration-by-path", configuration_by_path),
        ("configuration-can-be-left-out", no_configuration),
        ("json", json),
        ("colour", colour),
        ("explain", explain),
        ("explain-a-misspelt-check", explain_misspelt),
        ("what-to-do-is-always-said", remedy),
        ("checks", checks),
        ("checks-of-a-pack", checks_of_a_pack),
        ("versions-of-a-kind", versions),
        ("versions-of-a-misspelt-kind", versions_misspelt),
        ("several-versions", several_versions),
        ("a-version-that-is-not-known", unknown_version),
        ("only", only),
        ("only-a-misspelt-check", only_misspelt),
        ("paths-count-from-the-current-folder", shown_paths),
        ("what-git-ignores-is-not-looked-at", ignored),
        ("an-ignored-file-that-is-named-is-looked-at", ignored_and_named),
        ("a-link-that-is-named-is-looked-at", named_link),
        ("dot-folders-are-looked-at", dot_folders),
        ("the-rest-of-the-repository-is-known", rest_of_the_repository),
        ("outside-a-repository", outside_a_repository),
        ("completions-of-every-shell", completions),
        ("a-folder-for-a-configuration", folder_for_a_configuration),
        ("completions-work-in-bash", bash_completes),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("cli::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

fn faulty() -> Folder {
    Folder::repository().with("a.yaml", FAULTY)
}

fn nothing_found() {
    Folder::repository().with("a.yaml", CLEAN).run(&["check"]).code(0).says("nothing found");
}

fn something_found() {
    let ended = faulty().run(&["check"]).code(1);
    ended
        .says("a.yaml:5:1")
        .says(FAULT)
        .says("unknown field `datta`")
        .says("did you mean `data`?")
        .says("found 1 error");
}

/// What a stage takes is nobody's to assert; that each is named, once, and the report is the same, is.
fn timings() {
    let folder = faulty();
    let plain = folder.run(&JSON).code(1);
    assert_eq!(plain.err, "");
    let timed = folder.run(&[&JSON[..], &["--timings"]].concat()).code(1);
    assert_eq!(timed.out, plain.out);
    let stages =
        ["walk", "prepare", "read", "parse", "place", "native", "validate", "policies", "settle", "report", "clock"];
    let named = |stage: &str| timed.err.lines().filter(|line| line.trim_start().starts_with(stage)).count();
    for stage in stages {
        assert_eq!(named(stage), 1, "{stage}: {}", timed.err);
    }
    let share = |line: &str| line.strip_suffix(" %").and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let shares: f64 = timed.err.lines().filter_map(share).sum();
    assert!((99.0..101.0).contains(&shares), "{shares} %: {}", timed.err);
}

fn hints_alone() {
    let folder = faulty().with("plimsoll.yaml", format!("checks:\n  {FAULT}: hint\n"));
    folder.run(&["check"]).code(0).says(&format!("hint[{FAULT}]")).says("a.yaml:5:1").never_says("did you mean");
    folder.run(&["check", "--hints"]).code(0).says("did you mean `data`?");
}

fn default_command() {
    let folder = faulty();
    let wanted = folder.run(&JSON).code(1).out;
    for arguments in [&["--format", "json"][..], &["--format", "json", "."], &["check", ".", "-f", "json"]] {
        assert_eq!(folder.run(arguments).code(1).out, wanted, "{arguments:?}");
    }
}

fn standard_input() {
    let folder = Folder::repository();
    let from = |text: &str| Plimsoll::new(folder.path(), &["check", "-"]).input(text).end();
    from(FAULTY).code(1).says("<stdin>:5:1").says("unknown field `datta`");
    from(CLEAN).code(0);
    from("").code(0);
}

fn standard_input_alone() {
    let folder = faulty();
    Plimsoll::new(folder.path(), &["check", "-", "a.yaml"]).input(CLEAN).end().code(2).complains("`-`");
}

fn unknown_file() {
    faulty().run(&["check", "a.yaml", "b.yaml"]).code(2).complains("b.yaml").complains("no such file");
}

fn unknown_argument() {
    faulty().run(&["check", "--formt", "json"]).code(2).complains("--formt").complains("--format");
}

fn help_and_version() {
    let folder = Folder::bare();
    folder.run(&["--help"]).code(0).says("Exit codes");
    folder.run(&["--version"]).code(0).says(env!("CARGO_PKG_VERSION"));
}

fn unknown_key() {
    let folder = faulty().with("plimsoll.yaml", "root: true\nkubernets: \"1.33\"\n");
    folder.run(&["check"]).code(2).complains("plimsoll.yaml:2:1").complains("kubernets").complains("`kubernetes`");
}

fn unknown_check_in_configuration() {
    let folder = faulty().with("plimsoll.yaml", "checks:\n  schema/unknown-feild: off\n");
    folder.run(&["check"]).code(2).complains("plimsoll.yaml:2:3").complains("did you mean `schema/unknown-field`?");
}

fn configuration_by_path() {
    let off = format!("paths:\n  - match: [old/]\n    checks:\n      {FAULT}: off\nignore: [vendor/**]\n");
    let folder = faulty().with("old/b.yaml", FAULTY).with("vendor/c.yaml", FAULTY).with("plimsoll.yaml", off);
    let report = folder.run(&JSON).code(1).json();
    assert_eq!(report.found(), [format!("a.yaml {FAULT}")]);
    assert_eq!(report.documents(), ["a.yaml", "old/b.yaml", "plimsoll.yaml"]);
}

fn no_configuration() {
    let folder = faulty().with("plimsoll.yaml", format!("checks:\n  {FAULT}: off\n"));
    folder.run(&["check"]).code(0);
    folder.run(&["check", "--no-config"]).code(1);
    folder.run(&["check", "a.yaml"]).code(0);
}

fn json() {
    let folder = faulty().with("b.yaml", CLEAN);
    let ended = folder.run(&JSON).code(1);
    let report = ended.json();
    assert_eq!(report.0["version"], 1);
    assert_eq!(report.0["tool"], "plimsoll");
    assert_eq!(report.0["summary"]["files"], 2);
    assert_eq!(report.0["summary"]["errors"], 1);
    assert_eq!(report.documents(), ["a.yaml", "b.yaml"]);
    let [finding] = report.list("findings") else { panic!("one finding, not {:?}", report.found()) };
    let place = &finding["place"];
    assert_eq!((place["line"].as_u64(), place["column"].as_u64()), (Some(5), Some(1)));
    let bytes = usize::try_from(place["start"].as_u64().unwrap()).unwrap()
        ..usize::try_from(place["end"].as_u64().unwrap()).unwrap();
    assert_eq!(&FAULTY[bytes], "datta");
    assert!(ended.out.ends_with("}\n") && ended.err.is_empty());
}

fn colour() {
    let folder = faulty();
    folder.run(&["check"]).code(1).never_says("\u{1b}");
    Plimsoll::new(folder.path(), &["check"]).env("NO_COLOR", "1").end().never_says("\u{1b}");
    folder.run(&["check", "--color", "never"]).never_says("\u{1b}");
    folder.run(&["check", "--color", "always"]).says("\u{1b}[");
    folder.run(&["check", "--format", "json", "--color", "always"]).never_says("\u{1b}");
}

fn explain() {
    let folder = Folder::bare();
    let whole = folder.run(&["explain", FAULT]).code(0).says("## Why").out;
    assert_eq!(folder.run(&["explain", "unknown-field"]).code(0).out, whole);
}

fn explain_misspelt() {
    Folder::bare().run(&["explain", "unknown-feild"]).code(2).complains("did you mean `unknown-field`?");
}

fn remedy() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{port: eighty}]\n";
    let said = Folder::bare().with("web.yaml", service).run(&["check", "--only", "schema"]).code(1).out;
    assert!(said.contains("help: write a value of the type that the field takes"), "{said}");
}

fn checks() {
    let out = Folder::bare().run(&["checks"]).code(0).out;
    let listed: Vec<&str> = out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let wanted: Vec<&str> = project::metas().iter().map(|meta| &*meta.id.0).collect();
    assert_eq!(listed, wanted);
}

fn checks_of_a_pack() {
    let folder = Folder::bare();
    let out = folder.run(&["checks", "schema"]).code(0).says(FAULT).out;
    assert!(out.lines().all(|line| line.starts_with("schema/")), "{out}");
    folder.run(&["checks", "scheme"]).code(2).complains("scheme").complains("schema");
}

fn several_versions() {
    let text = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n";
    let folder = Folder::repository().with("a.yaml", text);
    let versions = |arguments: &str| {
        let report = folder.run(&["check", "-f", "json", "--kubernetes-version", arguments]).json();
        let findings = report.list("findings").iter();
        let found: Vec<_> = findings.map(|one| serde_json::json!([one["check"], one["versions"]])).collect();
        (report.0["kubernetes"].clone(), found)
    };
    let deprecated = serde_json::json!(["portability/deprecated-api", []]);
    assert_eq!(versions("1.24"), (serde_json::json!(["1.24"]), vec![deprecated]));
    let removed = serde_json::json!(["portability/removed-api", ["1.37"]]);
    let both = (serde_json::json!(["1.24", "1.37"]), vec![removed]);
    assert_eq!(versions("1.24,1.37"), both);
    assert_eq!(versions("v1.37.2,1.24,1.24"), both);
    let human = folder.run(&["check", "-k", "1.24", "-k", "1.37"]).code(1);
    human.says("was removed in Kubernetes 1.25; valid on 1.24").says("holds for Kubernetes 1.37, of the 2 asked for");
}

fn unknown_version() {
    let folder = faulty();
    folder.run(&["check", "-k", "1.19"]).code(2).complains("1.19").complains("1.20");
    folder.run(&["check", "-k", "latest"]).code(2).complains("latest");
}

fn only() {
    let text =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containerz: []\n  containers:\n    - name: 1\n";
    let folder = Folder::repository().with("a.yaml", text);
    let ids = |only: &str| -> BTreeSet<String> {
        let report = folder.run(&["check", "-f", "json", "--only", only]).json();
        report.found().iter().map(|found| found.trim_start_matches("a.yaml ").to_owned()).collect()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ids("schema/wrong-type"), named(&["schema/wrong-type"]));
    assert_eq!(ids("schema"), named(&["schema/wrong-type", "schema/unknown-field"]));
    assert_eq!(ids("yaml"), named(&[]));
    assert_eq!(ids("yaml,schema/unknown-field"), named(&["schema/unknown-field"]));
}

fn only_misspelt() {
    faulty()
        .run(&["check", "--only", "schema/unknown-feild"])
        .code(2)
        .complains("did you mean `schema/unknown-field`?");
}

fn shown_paths() {
    let folder = Folder::repository().with("apps/web/a.yaml", FAULTY).with("infra/b.yaml", CLEAN);
    let below = |inside: &str, arguments: &[&str]| Plimsoll::new(&folder.path().join(inside), arguments).end();
    below("", &["check", "apps"]).code(1).says("[apps/web/a.yaml:5:1]");
    below("apps", &["check"]).code(1).says("[web/a.yaml:5:1]");
    below("infra", &["check", "../apps"]).code(1).says("[../apps/web/a.yaml:5:1]");
    // a report for machines does not depend on where one stands
    let machine = below("infra", &["check", "../apps", "-f", "json"]).code(1).json();
    assert_eq!(machine.found(), [format!("apps/web/a.yaml {FAULT}")]);
    below("infra", &["check"]).code(0);
}

fn ignored() {
    let folder = Folder::repository()
        .with(".gitignore", "/build/\n*.local.yaml\n!kept.local.yaml\n")
        .with("build/a.yaml", FAULTY)
        .with("apps/build/b.yaml", FAULTY)
        .with("apps/.gitignore", "/old\n")
        .with("apps/old/c.yaml", FAULTY)
        .with("old/d.yaml", FAULTY)
        .with("e.local.yaml", FAULTY)
        .with("kept.local.yaml", FAULTY)
        .with(".git/f.yaml", FAULTY)
        .with(".plimsollignore", "vendor/\n")
        .with("vendor/g.yaml", FAULTY)
        .with(".ignore", "h.yaml\n")
        .with("h.yaml", FAULTY);
    let report = folder.run(&JSON).code(1).json();
    assert_eq!(report.documents(), ["apps/build/b.yaml", "h.yaml", "kept.local.yaml", "old/d.yaml"]);
}

fn named_link() {
    let folder = faulty();
    std::os::unix::fs::symlink("a.yaml", folder.path().join("link.yaml")).unwrap();
    folder.run(&["check", "link.yaml"]).code(1).says(".yaml:5:1");
}

fn ignored_and_named() {
    let folder = Folder::repository().with(".gitignore", "build/\n").with("build/a.yaml", FAULTY);
    folder.run(&["check"]).code(0);
    folder.run(&["check", "build"]).code(1).says("build/a.yaml:5:1");
    folder.run(&["check", "build/a.yaml"]).code(1).says("build/a.yaml:5:1");
}

fn dot_folders() {
    let folder = Folder::repository().with(".argocd/a.yaml", FAULTY).with(".b.yaml", FAULTY);
    assert_eq!(folder.run(&JSON).code(1).json().documents(), [".argocd/a.yaml", ".b.yaml"]);
}

fn rest_of_the_repository() {
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ships.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Ship, plural: ships}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                draught: {type: integer}
";
    let ship = "apiVersion: example.com/v1\nkind: Ship\nmetadata:\n  name: beagle\nspec:\n  draught: deep\n";
    let folder = Folder::repository()
        .with("crds/ship.yaml", definition)
        .with("apps/ship.yaml", ship)
        .with("other/a.yaml", FAULTY);
    let report = folder.run(&["check", "apps", "-f", "json"]).code(1).json();
    assert_eq!(report.found(), ["apps/ship.yaml schema/wrong-type"]);
    assert_eq!(report.documents(), ["apps/ship.yaml"]);
}

fn versions() {
    let folder = Folder::bare();
    let one = folder.run(&["versions", "policy/v1beta1", "PodDisruptionBudget"]).code(0);
    one.says("1.20 to 1.24").says("1.21").says("1.25").says("policy/v1\n").says("an empty `spec.selector`");
    let json = folder.run(&["versions", "ingress", "--format", "json"]).code(0).json();
    let versions: Vec<&str> =
        json.0["versions"].as_array().expect("a list").iter().filter_map(|one| one["apiVersion"].as_str()).collect();
    assert_eq!(versions, ["extensions/v1beta1", "networking.k8s.io/v1", "networking.k8s.io/v1beta1"]);
    folder.run(&["versions"]).code(0).says("flowcontrol.apiserver.k8s.io/v1beta3").never_says(" apps/v1 ");
}

fn versions_misspelt() {
    let folder = Folder::bare();
    folder.run(&["versions", "Ingres"]).code(2).complains("did you mean `Ingress`?");
    folder.run(&["versions", "apps/v7", "Deployment"]).code(2).complains("apps/v1");
}

fn outside_a_repository() {
    let folder = Folder::bare().with("apps/a.yaml", FAULTY).with("b.yaml", FAULTY);
    assert_eq!(folder.run(&JSON).code(1).json().found().len(), 2);
    folder.run(&["check", "apps"]).code(1).says("[apps/a.yaml:5:1]").never_says("b.yaml");
}

fn completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        Folder::bare().run(&["completions", shell]).code(0).says("baseline").says("kubernetes-version");
    }
    Folder::bare().run(&["completions", "csh"]).code(2).complains("csh");
}

fn bash_completes() {
    let folder = Folder::bare();
    let script = folder.run(&["completions", "bash"]).code(0).out;
    let folder = folder.with("plimsoll.bash", script);
    let ask = "source ./plimsoll.bash; COMP_WORDS=(plimsoll ba); COMP_CWORD=1; _plimsoll plimsoll ba plimsoll; echo ${COMPREPLY[*]}";
    let out = std::process::Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "baseline", "{}", String::from_utf8_lossy(&out.stderr));
}

fn folder_for_a_configuration() {
    let folder = Folder::repository().with("a.yaml", CLEAN).with("plimsoll.yaml/a", "");
    folder.run(&["check"]).code(2).complains("plimsoll.yaml: a folder under the name of the configuration");
    folder.run(&["check", "--no-config"]).code(0);
}
