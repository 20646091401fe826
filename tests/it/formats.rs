//! Reports for other programs. Each is held against its published schema where a package carries it (SARIF: the crate
//! serde-sarif; JUnit: pytest's source package), always against a schema written from its specification
//! (tests/it/schemas), and read by Jenkins' own parsers (Maven: edu.hm.hafner:analysis-model). What is not at hand is
//! skipped, and counted so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::binary::{Ended, Folder};
use crate::project;

const FORMATS: [&str; 7] = ["json", "sarif", "junit", "checkstyle", "github", "gitlab", "markdown"];

/// A package that carries SARIF's schema.
const SARIF_CRATE: (&str, &str) = ("serde-sarif", "0.8.0");

/// A package that carries the schema that Jenkins publishes for JUnit.
const JUNIT_PACKAGE: &str = "pytest==8.4.2";

pub fn trials() -> Vec<Trial> {
    let always: [(&str, fn()); 11] = [
        ("sarif-as-specified", sarif_specified),
        ("gitlab-as-specified", gitlab_specified),
        ("sarif-places-and-rules", sarif_contents),
        ("fingerprints-outlive-moved-lines", fingerprints),
        ("several-reports-at-once", several),
        ("a-report-that-cannot-be-written", unwritable),
        ("two-reports-to-one-place", one_place),
        ("text-that-would-break-out", escapes),
        ("nothing-found-in-every-format", empty),
        ("the-same-on-any-number-of-threads", threads),
        ("gates", gates),
    ];
    let mut trials: Vec<Trial> = always
        .into_iter()
        .map(|(name, judge)| {
            Trial::test(format!("formats::{name}"), move || {
                judge();
                Ok(())
            })
        })
        .collect();
    let mut when = |name: &str, why: Option<&str>, judge: fn() -> Result<(), Failed>| {
        let missing = why.map_or_else(String::new, |why| format!(" ({why})"));
        trials.push(Trial::test(format!("formats::{name}{missing}"), judge).with_ignored_flag(why.is_some()));
    };
    let java = runs("java", "-version");
    let maven = runs("mvn", "--version");
    // packages are fetched in CI and when someone asks for it: no test wants a network otherwise
    let asked =
        ["CI", "PLIMSOLL_INDEX"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let no_index = (!asked).then_some("PLIMSOLL_INDEX=1 fetches its package");
    let no_java = (!java).then_some("no java");
    when("sarif-by-the-schema-of-serde-sarif", no_index, sarif_published);
    when("checkstyle-as-specified", no_java, checkstyle_specified);
    when("junit-by-the-schema-in-pytest", no_java.or(no_index), junit_published);
    let why = no_java.or((!maven).then_some("no mvn")).or(no_index);
    when("jenkins-reads-checkstyle", why, jenkins_checkstyle);
    when("jenkins-reads-sarif", why, jenkins_sarif);
    trials
}

fn runs(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}

/// Faults of many kinds, in files with odd names, line ends and letters.
fn faulty() -> Folder {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n";
    let odd = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {\"ü😀\": 1, b: 2}}\nda\"<&>'ta: {x: y}\n";
    let folder = Folder::repository()
        .with("apps/with blank & <odd> ü.yaml", text)
        .with("apps/quo\"te's,%25:.yaml", odd)
        .with("crlf.yaml", text.replace('\n', "\r\n"))
        .with("twice.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: b\n  a: c\n")
        .with("broken.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n - b\n")
        .with("template.yaml", "kind: {{ .Values.kind }}\n");
    let shop = project::root().join("fixtures/repos/shop");
    project::files_below(&shop).iter().fold(folder, |folder, file| {
        folder.with(&format!("shop/{}", project::below(&shop, file)), fs::read(file).unwrap())
    })
}

fn report(folder: &Folder, format: &str) -> String {
    folder.run(&["check", "--no-config", "-f", format]).code(1).out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn findings(folder: &Folder) -> Vec<Value> {
    json(&report(folder, "json"))["findings"].as_array().unwrap().clone()
}

fn judge(schema: &Value, instance: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(instance).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn own_schema(name: &str) -> PathBuf {
    project::root().join("tests/it/schemas").join(name)
}

fn specified(schema: &str, format: &str) {
    let schema = json(&fs::read_to_string(own_schema(schema)).unwrap());
    judge(&schema, &json(&report(&faulty(), format)));
}

fn sarif_specified() {
    specified("sarif.json", "sarif");
}

fn gitlab_specified() {
    specified("code-quality.json", "gitlab");
    let all = json(&report(&faulty(), "gitlab"));
    let prints: BTreeSet<&str> = all.as_array().unwrap().iter().filter_map(|one| one["fingerprint"].as_str()).collect();
    assert_eq!(prints.len(), all.as_array().unwrap().len(), "GitLab drops what has the same fingerprint");
}

/// A folder for what packages bring, kept between runs.
fn brought(name: &str) -> PathBuf {
    let folder = project::scratch().join("formats").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn sarif_published() -> Result<(), Failed> {
    let folder = brought("serde-sarif");
    let (name, version) = SARIF_CRATE;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n[dependencies]\n{name} = \"={version}\"\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(["metadata", "--format-version", "1"]).current_dir(&folder).output()?;
    if !output.status.success() {
        return Err(format!("{name} cannot be had: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let package = metadata["packages"].as_array().and_then(|all| all.iter().find(|one| one["name"] == name));
    let manifest = package.and_then(|one| one["manifest_path"].as_str()).ok_or("the package is not there")?;
    let schema = fs::read_to_string(Path::new(manifest).with_file_name("src").join("schema.json"))?;
    let mut schema = json(&schema);
    // its pattern for a language has a bracket too many for RE2's rules; no language is written
    for part in ["run", "toolComponent"] {
        if let Some(language) = schema["definitions"][part]["properties"]["language"].as_object_mut() {
            language.remove("pattern");
        }
    }
    judge(&schema, &json(&report(&faulty(), "sarif")));
    // it tells a wrong one from a right one
    let mut wrong = json(&report(&faulty(), "sarif"));
    wrong["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&wrong));
    Ok(())
}

/// Validates an XML document by an XML Schema, with Java's own validator.
fn valid(schema: &Path, text: &str) -> Result<(), Failed> {
    let folder = Folder::bare().with("report.xml", text);
    let program = project::root().join("tests/java/ValidateXml.java");
    let output = Command::new("java").arg(program).arg(schema).arg(folder.path().join("report.xml")).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned().into())
}

fn checkstyle_specified() -> Result<(), Failed> {
    let text = report(&faulty(), "checkstyle");
    valid(&own_schema("checkstyle.xsd"), &text)?;
    let wrong = text.replacen("severity=\"", "severity=\"x", 1);
    assert!(valid(&own_schema("checkstyle.xsd"), &wrong).is_err(), "the schema takes everything");
    Ok(())
}

fn junit_published() -> Result<(), Failed> {
    let folder = brought("pytest");
    let schema = folder.join("junit-10.xsd");
    if !schema.is_file() {
        let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"];
        let output = Command::new("python3").args(pip).arg(&folder).arg(JUNIT_PACKAGE).output()?;
        if !output.status.success() {
            return Err(format!("pytest cannot be had: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let archive = project::entries(&folder).into_iter().find(|path| project::name_of(path).ends_with(".tar.gz"));
        let archive = archive.ok_or("pip brought no archive")?;
        let unpacked = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(&folder).output()?;
        assert!(unpacked.status.success());
        let files = project::files_below(&folder);
        let found = files.iter().find(|path| project::name_of(path) == "junit-10.xsd").ok_or("it has no schema")?;
        fs::copy(found, &schema)?;
    }
    valid(&schema, &report(&faulty(), "junit"))
}

/// What Jenkins reads of a report: file, line, column, severity, type and message of each issue.
fn jenkins(parser: &str, name: &str, text: &str) -> Result<Vec<Vec<String>>, Failed> {
    let sources = project::root().join("tests/java");
    let path = brought("jenkins").join("class-path.txt");
    if !path.is_file() {
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let output = Command::new("mvn")
            .args(["--quiet", "--batch-mode", "dependency:build-classpath"])
            .arg(format!("-Dmdep.outputFile={}", beside.display()))
            .current_dir(&sources)
            .output()?;
        if !output.status.success() {
            return Err(format!("mvn: {}", String::from_utf8_lossy(&output.stdout)).into());
        }
        fs::rename(beside, &path)?;
    }
    let folder = Folder::bare().with(name, text);
    let output = Command::new("java")
        .arg("-cp")
        .arg(fs::read_to_string(&path)?.trim())
        .arg(sources.join("ReadReports.java"))
        .arg(parser)
        .arg(folder.path().join(name))
        .output()?;
    if !output.status.success() {
        return Err(format!("java: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let said = String::from_utf8(output.stdout)?;
    Ok(said.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// File, line and column as the JSON report has them, sorted.
fn places(findings: &[Value]) -> Vec<(String, String, String)> {
    let mut all: Vec<_> = findings
        .iter()
        .map(|one| {
            let place = &one["place"];
            let number = |name: &str| place[name].as_u64().unwrap().to_string();
            (place["path"].as_str().unwrap().to_owned(), number("line"), number("column"))
        })
        .collect();
    all.sort();
    all
}

fn jenkins_checkstyle() -> Result<(), Failed> {
    let folder = faulty();
    let read = jenkins("checkstyle", "checkstyle.xml", &report(&folder, "checkstyle"))?;
    let mut found: Vec<_> = read.iter().map(|one| (one[0].clone(), one[1].clone(), one[2].clone())).collect();
    found.sort();
    assert_eq!(found, places(&findings(&folder)));
    let severities: BTreeSet<&str> = read.iter().map(|one| one[3].as_str()).collect();
    assert_eq!(severities, BTreeSet::from(["ERROR", "NORMAL", "LOW"]));
    Ok(())
}

fn jenkins_sarif() -> Result<(), Failed> {
    let folder = faulty();
    let read = jenkins("sarif", "report.sarif", &report(&folder, "sarif"))?;
    // names with odd letters may stay escaped: lines are compared for all, files for the others
    let mut found: Vec<_> = read.iter().map(|one| one[1].clone()).collect();
    let mut wanted: Vec<_> = places(&findings(&folder)).into_iter().map(|(_, line, _)| line).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    // why docs/ci/jenkins.md takes Checkstyle
    assert!(read.iter().all(|one| one[2] == "0"), "columns are read now: the page is out of date");
    assert!(
        read.iter().any(|one| one[3] == "HIGH") && read.iter().all(|one| one[3] != "ERROR"),
        "the page is out of date"
    );
    let plain = |names: Vec<&str>| names.into_iter().filter(|name| name.contains("shop/")).count();
    let theirs = plain(read.iter().map(|one| one[0].as_str()).collect());
    let places = places(&findings(&folder));
    assert_eq!(theirs, plain(places.iter().map(|(path, ..)| path.as_str()).collect()));
    Ok(())
}

fn sarif_contents() {
    let folder = faulty();
    let sarif = json(&report(&folder, "sarif"));
    let run = &sarif["runs"][0];
    let (results, rules) = (run["results"].as_array().unwrap(), run["tool"]["driver"]["rules"].as_array().unwrap());
    let findings = findings(&folder);
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(&findings) {
        assert_eq!(result["ruleId"], finding["check"]);
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], finding["check"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], finding["place"]["line"]);
        // columns count characters, as `columnKind` says
        assert_eq!(region["startColumn"], finding["place"]["column"]);
        let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
        assert_eq!(related, finding["labels"].as_array().map_or(0, Vec::len));
    }
    let path = "apps/with%20blank%20%26%20%3Codd%3E%20%C3%BC.yaml";
    let there = |one: &Value| one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path;
    assert!(results.iter().any(there), "no result in {path}");
    assert!(results.iter().any(|one| one["relatedLocations"].is_array()), "no related place is tried");
    // behind letters beyond ASCII the column still counts characters, and the offset bytes
    let odd = results.iter().find(|one| one["ruleId"] == "schema/unknown-field" && !there(one)).unwrap();
    let region = &odd["locations"][0]["physicalLocation"]["region"];
    assert!(region["byteOffset"].is_u64() && region["byteLength"].as_u64() > Some(0), "{region}");
}

fn fingerprints() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n";
    let prints = |text: &str| {
        let folder = Folder::repository().with("a.yaml", text);
        let sarif = json(&report(&folder, "sarif"));
        let gitlab = json(&report(&folder, "gitlab"));
        (sarif["runs"][0]["results"][0]["partialFingerprints"].clone(), gitlab[0]["fingerprint"].clone())
    };
    let first = prints(text);
    assert_eq!(prints(&format!("# a comment\n\n{text}")), first);
    assert_ne!(prints(&text.replace("settings", "other")), first);
}

fn several() {
    let folder = faulty();
    let mut arguments = vec!["check".to_owned(), "--no-config".into(), "-o".into(), "human".into()];
    for format in FORMATS {
        arguments.extend(["-o".into(), format!("{format}=out/of/{format}.txt")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.run(&arguments).code(1).says("unknown field `datta`");
    for format in FORMATS {
        let written = fs::read_to_string(folder.path().join(format!("out/of/{format}.txt"))).unwrap();
        assert_eq!(written, report(&folder, format), "{format}");
    }
}

fn unwritable() {
    let folder = faulty().with("file", "");
    let ended = folder.run(&["check", "-o", "sarif=file/a.sarif", "-o", "junit=b.xml", "-o", "human"]).code(1);
    ended.complains("file/a.sarif").complains("exit code").says("unknown field `datta`");
    assert!(folder.path().join("b.xml").is_file());
    let clean =
        Folder::repository().with("file", "").with("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    clean.run(&["check", "-o", "sarif=file/a.sarif"]).code(0).complains("could not be written");
}

fn one_place() {
    let folder = faulty();
    folder.run(&["check", "-o", "sarif", "-o", "human"]).code(2).complains("standard output");
    folder.run(&["check", "-o", "sarif=a", "-o", "junit=a"]).code(2).complains("cannot both go to a");
    folder.run(&["check", "-o", "sarif=a", "-o", "junit=./b/../a"]).code(2).complains("cannot both go to a");
    folder.run(&["check", "-o", "srif=a"]).code(2).complains("srif").complains("sarif");
    folder.run(&["check", "-o", "sarif="]).code(2).complains("names no file");
}

fn escapes() {
    let nasty = "]]>\u{7}<a href=\\\"x\\\">&amp;\\n::error::x";
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n\"{}\": 1\n", nasty.replace('\u{7}', "\\a"));
    let folder = Folder::repository().with("a,b:c%\n::error::d.yaml", text);
    let github = report(&folder, "github");
    for line in github.lines() {
        assert!(
            line.starts_with("::error ") || line.starts_with("::warning ") || line.starts_with("::notice "),
            "{line}"
        );
    }
    assert!(github.contains("file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ad.yaml,"), "{github}");
    for format in ["junit", "checkstyle"] {
        let text = report(&folder, format);
        assert!(!text.contains("<a href") && !text.contains('\u{7}') && !text.contains("]]><"), "{text}");
    }
    // text of a file stands in a span of code, where nothing is a link or a tag
    let markdown = report(&folder, "markdown");
    assert!(markdown.contains("`]]>"), "{markdown}");
}

fn empty() {
    let folder = Folder::repository();
    for format in FORMATS {
        let ended = folder.run(&["check", "-f", format]).code(0);
        match format {
            "json" => assert!(json(&ended.out)["findings"].as_array().is_some_and(Vec::is_empty)),
            "sarif" => assert!(json(&ended.out)["runs"][0]["results"].as_array().is_some_and(Vec::is_empty)),
            "gitlab" => assert_eq!(json(&ended.out), Value::Array(Vec::new())),
            "github" => assert_eq!(ended.out, ""),
            "junit" | "checkstyle" => assert!(ended.out.starts_with("<?xml"), "{}", ended.out),
            _ => assert!(!ended.out.is_empty()),
        }
    }
}

fn threads() {
    let folder = faulty();
    for format in FORMATS {
        let on = |count: &str| folder.run(&["check", "--no-config", "-f", format, "--threads", count]).code(1).out;
        assert_eq!(on("1"), on("4"), "{format}");
    }
}

fn gates() {
    let off = "packs: {resources: off, probes: off, autoscaling: off}\nchecks: {yaml/duplicate-key: warning}\n";
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: b\n  a: c\n";
    let folder =
        Folder::repository().with("plimsoll.yaml", off).with("a.yaml", twice).with("t.yaml", "kind: {{ .x }}\n");
    let run = |arguments: &[&str]| -> Ended { folder.run(&[&["check"], arguments].concat()) };
    run(&[]).code(1);
    run(&["--fail-on", "error"]).code(0);
    run(&["--fail-on", "warning"]).code(1);
    run(&["--fail-on", "never"]).code(0);
    run(&["--max-warnings", "0"]).code(1);
    run(&["--max-warnings", "1"]).code(0);
    // one of two documents for a cluster was judged
    run(&["--fail-on", "error", "--fail-coverage-below", "50"]).code(0);
    run(&["--fail-on", "error", "--fail-coverage-below", "50.1"])
        .code(1)
        .complains("1 of 2")
        .complains("--show-skipped");
    run(&["--fail-on", "never", "--fail-coverage-below", "100"]).code(1);
    run(&["--fail-coverage-below", "101"]).code(2).complains("0 to 100");
    let hints = Folder::repository().with("plimsoll.yaml", off.replace("warning", "hint")).with("a.yaml", twice);
    hints.run(&["check"]).code(0);
    hints.run(&["check", "--fail-on", "hint"]).code(1);
    Folder::repository().run(&["check", "--fail-coverage-below", "100"]).code(0);
}
