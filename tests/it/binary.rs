//! The real binary, run in folders made for it.

use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a run may take before it counts as one that never ends.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A folder that is there until the test ends. Outside the project, so that nothing above it counts.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty folder that no repository holds.
    pub fn bare() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-it-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path: path.canonicalize().unwrap() }
    }

    /// An empty repository.
    pub fn repository() -> Self {
        let folder = Self::bare();
        fs::create_dir(folder.path.join(".git")).unwrap();
        folder
    }

    /// With a file.
    pub fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs the binary here.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Plimsoll::new(&self.path, arguments).end()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A run of the binary that is not begun.
pub struct Plimsoll {
    command: Command,
    input: Vec<u8>,
    limit: Duration,
}

impl Plimsoll {
    pub fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).current_dir(folder).env_remove("NO_COLOR").env("TERM", "xterm-256color");
        Self { command, input: Vec::new(), limit: LIMIT }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With these bytes on standard input.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// With more time than others.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end. Panics when it panics or does not end.
    pub fn end(mut self) -> Ended {
        let mut child =
            self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = std::mem::take(&mut self.input);
        // a program that does not read its input is no failure
        thread::spawn(move || drop(stdin.write_all(&input)));
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > self.limit {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("not at its end after {} s: {:?}", self.limit.as_secs(), self.command);
            }
            thread::sleep(Duration::from_millis(5));
        };
        let ended = Ended { code: status.code(), out: out.join().unwrap(), err: err.join().unwrap() };
        assert!(!ended.err.contains("panicked"), "{:?} panicked:\n{}", self.command, ended.err);
        assert!(ended.code.is_some(), "{:?} was ended by a signal:\n{}", self.command, ended.err);
        ended
    }
}

fn collect(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8(bytes).expect("what is printed is UTF-8")
    })
}

/// What a run left behind.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn code(self, wanted: i32) -> Self {
        assert_eq!(self.code, Some(wanted), "the exit code is another\n{}\n{}", self.out, self.err);
        self
    }

    /// Standard output has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "`{text}` is not in\n{}\n{}", self.out, self.err);
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in\n{}\n(standard output:)\n{}", self.err, self.out);
        self
    }

    /// Neither has this text.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.out.contains(text) && !self.err.contains(text), "`{text}` is in\n{}\n{}", self.out, self.err);
        self
    }

    /// The JSON report.
    #[track_caller]
    pub fn json(&self) -> Report {
        match serde_json::from_str(&self.out) {
            Ok(value) => Report(value),
            Err(error) => panic!("no JSON: {error}\n{}\n{}", self.out, self.err),
        }
    }
}

/// A JSON report.
pub struct Report(pub Value);

impl Report {
    /// The members of a list of the report.
    pub fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// `path check` of each finding, in order.
    pub fn found(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let findings = self.list("findings").iter();
        findings.map(|one| format!("{} {}", text(&one["place"]["path"]), text(&one["check"]))).collect()
    }

    /// The paths of the documents, each once.
    pub fn documents(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.list("documents").iter().filter_map(|one| one["path"].as_str()).collect();
        paths.dedup();
        paths
    }
}
