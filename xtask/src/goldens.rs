//! Renders the Kustomize roots of real repositories and compares with what Kustomize made of each: documents in order,
//! bytes, refusals. Tells the first difference of each root that fails.

mod provenance;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll::overlay::kustomize::{Reason, Rendered, Renderer, print};
use plimsoll::source::{Snapshot, walk, walk_all};
use serde_json::Value;

use self::provenance::Classes;

/// One line of the index.
struct Root {
    repository: String,
    folder: String,
    status: String,
    reason: String,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let mut folder = crate::project().join("target/golden/golden");
    let mut show = None;
    let (mut experiment, mut places, mut seed) = (false, 500, 1);
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|text| text.parse::<usize>().ok()).ok_or("a number is missing");
        match argument.as_str() {
            "provenance" => experiment = true,
            "--places" => places = number()?,
            "--seed" => seed = number()? as u64,
            "--show" => show = rest.next().cloned(),
            other => folder = PathBuf::from(other),
        }
    }
    let corpus = corpus_beside(&folder);
    let index = folder.join("index.jsonl");
    let text = fs::read_to_string(&index).map_err(|error| format!("{}: {error}", index.display()))?;
    let mut by_repository: BTreeMap<String, Vec<Root>> = BTreeMap::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("{}: {error}", index.display()))?;
        let field = |name: &str| value[name].as_str().unwrap_or("").to_owned();
        let (repository, root) = (field("repo"), field("root"));
        let root = if root == "." { String::new() } else { root };
        let one = Root { repository, folder: root, status: field("status"), reason: field("reason") };
        by_repository.entry(one.repository.clone()).or_default().push(one);
    }
    if experiment {
        provenance::experiment(&corpus, &by_repository, places, seed);
        return Ok(());
    }
    let mut tally = Tally::default();
    for (repository, roots) in by_repository {
        let place = corpus.join(&repository);
        let snapshot = walk(&place, &[String::new()], &[String::new()], &|_| true).snapshot();
        // what git ignores, for builds that take it in
        let mut all = None;
        let begun = Instant::now();
        let (strict, lenient) = (Renderer::new(&snapshot, false), Renderer::new(&snapshot, true));
        for root in roots {
            let renderer = if root.status == "ok_loadrestrictionsnone" { &lenient } else { &strict };
            let mut made = renderer.render(&root.folder);
            let mut within = &snapshot;
            if matches!(&made, Err(problem) if problem.reason == Reason::Missing) {
                let whole = || walk_all(&place, &[String::new()], &[String::new()], &|_| true).snapshot();
                within = all.get_or_insert_with(whole);
                made = Renderer::new(within, root.status == "ok_loadrestrictionsnone").render(&root.folder);
            }
            if let (Err(problem), true) = (&made, show.as_deref() == Some(&*root.folder)) {
                println!("{problem:?}");
            }
            let file = folder.join("dev").join(&root.repository).join(&root.folder).join("golden.yaml");
            tally.judge(&root, made, &file, within, show.as_deref())?;
        }
        tally.seconds += begun.elapsed().as_secs_f64();
    }
    tally.tell();
    Ok(())
}

/// The folder of repositories that the goldens were made of: `corpus` beside the goldens or beside the folder that they
/// stand in, else that of the tests.
fn corpus_beside(goldens: &Path) -> PathBuf {
    let goldens = fs::canonicalize(goldens).unwrap_or_else(|_| goldens.to_owned());
    let beside = goldens.ancestors().take(3).map(|folder| folder.join("corpus")).find(|corpus| corpus.is_dir());
    beside.unwrap_or_else(|| crate::project().join("target/corpus"))
}

#[derive(Default)]
struct Tally {
    built: usize,
    documents: usize,
    bytes: usize,
    refused: usize,
    agreed: usize,
    classes: Classes,
    failing: Vec<String>,
    reasons: BTreeMap<String, usize>,
    seconds: f64,
}

impl Tally {
    fn judge(
        &mut self,
        root: &Root,
        made: Result<Vec<Rendered>, plimsoll::overlay::kustomize::Problem>,
        file: &Path,
        snapshot: &Snapshot,
        show: Option<&str>,
    ) -> Result<(), String> {
        let name = format!("{}/{}", root.repository, root.folder);
        if root.status == "fail" {
            self.refused += 1;
            match made {
                Ok(_) => self.failing.push(format!("{name}: built, and Kustomize refuses: {}", root.reason)),
                Err(problem) if problem.reason.is_ours() => {
                    self.failing.push(format!("{name}: not rendered for another reason: {problem}"));
                }
                Err(problem) => {
                    self.agreed += 1;
                    let pair = format!("{} / {}", root.reason, problem.reason.word());
                    *self.reasons.entry(pair).or_default() += 1;
                }
            }
            return Ok(());
        }
        self.built += 1;
        let want = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let objects = match made {
            Ok(objects) => objects,
            Err(problem) => {
                let place = problem.place.and_then(|span| snapshot.entry(span.source)).map_or("", |entry| &entry.path);
                self.failing.push(format!("{name}: {}: {problem} ({place})", problem.reason.word()));
                return Ok(());
            }
        };
        self.classes.begin();
        for object in &objects {
            self.classes.add(object.draft(), snapshot);
        }
        let got = print(&objects, &mut |_, _| {});
        if show == Some(&*root.folder) {
            println!("{got}");
        }
        if got == want {
            self.documents += 1;
            self.bytes += 1;
            return Ok(());
        }
        let same = values(&got) == values(&want);
        if same {
            self.documents += 1;
        }
        let mut lines = got.lines().zip(want.lines()).enumerate();
        let first = lines.find(|(_, (ours, theirs))| ours != theirs);
        let told = first.map_or_else(
            || format!("{} lines, {} wanted", got.lines().count(), want.lines().count()),
            |(at, (ours, theirs))| format!("line {}: `{}`, wanted `{}`", at + 1, ours.trim(), theirs.trim()),
        );
        self.failing.push(format!("{name}: {}: {told}", if same { "BYTES" } else { "DOCUMENTS" }));
        Ok(())
    }

    fn tell(&self) {
        for line in &self.failing {
            println!("{line}");
        }
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        println!("\nof {} roots that Kustomize builds", self.built);
        println!("  equal as documents in order   {:5}  {:.2} %", self.documents, share(self.documents, self.built));
        println!("  equal byte for byte           {:5}  {:.2} %", self.bytes, share(self.bytes, self.built));
        println!("of {} roots that it refuses", self.refused);
        println!("  refused here too              {:5}  {:.2} %", self.agreed, share(self.agreed, self.refused));
        for (pair, count) in &self.reasons {
            println!("    {count:4}  {pair}");
        }
        self.classes.tell();
        println!("rendered in {:.2} s", self.seconds);
    }
}

/// The documents of an output as values.
fn values(text: &str) -> Vec<Value> {
    use plimsoll::source::{Source, SourceId};
    let source = std::sync::Arc::new(Source::new(SourceId(0), "golden.yaml", text.as_bytes().to_vec()));
    let documents = plimsoll::yaml::documents(&source);
    documents.into_iter().filter_map(|one| one.tree).map(|tree| tree.root().to_json()).collect()
}
