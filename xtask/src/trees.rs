//! Small trees of kustomizations made at random, built here and by the program `kustomize`: bytes and refusals must
//! agree. Tells the differences of a run, first those of the rarest words, with what makes each of them again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::made::{FEATURES, compare, program, tree};

pub fn run(args: &[String]) -> Result<(), String> {
    let (mut count, mut seed, mut show, mut feature) = (2000, 1u64, None, None);
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        let number = |text: Option<&String>| text.and_then(|text| text.parse().ok()).ok_or("a number is missing");
        match argument.as_str() {
            "--feature" => {
                let name = rest.next().ok_or("a feature is missing")?;
                if !FEATURES.contains(&name.as_str()) {
                    return Err(format!("{name}: no such feature; there are {}", FEATURES.join(", ")));
                }
                feature = Some(name.as_str());
            }
            "--count" => count = number(rest.next())?,
            "--seed" => seed = number(rest.next())? as u64,
            "--show" => show = Some(number(rest.next())?),
            other => return Err(format!("{other}: no such option")),
        }
    }
    let program = program().ok_or("kustomize is not installed")?;
    let folder = std::env::temp_dir().join(format!("plimsoll-trees-{}", std::process::id()));
    if let Some(number) = show {
        let tree = tree(number, seed);
        for (path, text) in &tree.files {
            println!("=== {path}\n{text}");
        }
        let told = compare(&tree, &program, &folder).map_or_else(|| "no difference".to_owned(), |one| one.told);
        println!("{} of {:?}: {told}", tree.root, tree.features);
        return Ok(());
    }
    let begun = Instant::now();
    let (next, looked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (next, looked, found, program, folder) = (&next, &looked, &found, &program, &folder);
            scope.spawn(move || {
                let folder = folder.join(worker.to_string());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let tree = tree(number, seed);
                    if feature.is_some_and(|feature| !tree.features.contains(&feature)) {
                        continue;
                    }
                    looked.fetch_add(1, Ordering::Relaxed);
                    if let Some(difference) = compare(&tree, program, &folder) {
                        let told = format!("{number} {:?}: {}", tree.features, difference.told);
                        if let Ok(mut found) = found.lock() {
                            found.insert(number, told);
                        }
                    }
                }
            });
        }
    });
    let _ = std::fs::remove_dir_all(&folder);
    let found = found.into_inner().map_err(|error| error.to_string())?;
    for told in found.values() {
        println!("{told}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{} trees of seed {seed}: {} differ ({seconds:.0} s)", looked.into_inner(), found.len());
    if found.is_empty() { Ok(()) } else { Err("some trees differ".to_owned()) }
}
