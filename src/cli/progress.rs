//! A bar on the terminal, when a run takes longer than half a second.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::Progress;

/// Watches a run from a thread of its own until dropped.
pub(super) struct Watch {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch, if anyone sits at the terminal.
    pub fn start(progress: &Arc<Progress>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel();
        let progress = Arc::clone(progress);
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(Duration::from_millis(500)) != Err(mpsc::RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
                bar.set_style(style);
            }
            loop {
                let load = |count: &std::sync::atomic::AtomicU32| u64::from(count.load(Ordering::Relaxed));
                let objects = load(&progress.objects);
                let (words, done, all) = if objects > 0 {
                    ("judging", load(&progress.judged), objects)
                } else {
                    ("reading", load(&progress.read), load(&progress.files))
                };
                bar.set_message(words);
                bar.set_length(all);
                bar.set_position(done);
                if stopped.recv_timeout(Duration::from_millis(80)) != Err(mpsc::RecvTimeoutError::Timeout) {
                    bar.finish_and_clear();
                    return;
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // a display that failed is no reason to fail
            let _ = thread.join();
        }
    }
}
