//! Counting and printing. Leaves out what is right: the records say that.

use std::collections::BTreeMap;

use super::judge::Judged;
use super::record::{Record, Truth};
use super::{SIX, Wanted};

/// One row of the table.
#[derive(Default)]
struct Row {
    refused: usize,
    caught: usize,
    accepted: usize,
    wronged: usize,
    blamed: usize,
    lengths: Vec<u32>,
}

impl Row {
    fn add(&mut self, record: &Record, judged: &Judged) {
        match record.truth {
            Truth::Refused => {
                self.refused += 1;
                self.caught += usize::from(judged.refused);
                if let Some(place) = judged.place {
                    self.blamed += 1;
                    self.lengths.extend(place);
                }
            }
            Truth::Accepted => {
                self.accepted += 1;
                self.wronged += usize::from(judged.refused);
            }
            Truth::Unknowable(_) => {}
        }
    }

    fn cells(&self) -> [String; 8] {
        let share = |part: usize, whole: usize| {
            if whole == 0 { "-".to_owned() } else { format!("{:.1}%", percent(part, whole)) }
        };
        let balanced = match (self.refused, self.accepted) {
            (0, _) | (_, 0) => "-".to_owned(),
            (refused, accepted) => {
                let both = percent(self.caught, refused) + percent(accepted - self.wronged, accepted);
                format!("{:.1}%", both / 2.0)
            }
        };
        let mut lengths = self.lengths.clone();
        lengths.sort_unstable();
        let median = lengths.get(lengths.len() / 2).map_or("-".to_owned(), u32::to_string);
        [
            self.refused.to_string(),
            share(self.caught, self.refused),
            self.accepted.to_string(),
            self.wronged.to_string(),
            balanced,
            self.blamed.to_string(),
            share(self.lengths.len(), self.blamed),
            median,
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of records")]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

const HEAD: [&str; 9] = ["class", "refused", "recall", "accepted", "false", "balanced", "blamed", "placed", "bytes"];

/// Prints the tables and the lists that were asked for.
pub fn print(records: &[Record], judged: &[Judged], wanted: &Wanted) {
    let both = || records.iter().zip(judged);
    let mut unknowable: BTreeMap<&str, usize> = BTreeMap::new();
    let mut undefined = Row::default();
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let (mut six, mut six_by_schema, mut all) = (Row::default(), Row::default(), Row::default());
    for (record, judged) in both() {
        if let Truth::Unknowable(why) = record.truth {
            *unknowable.entry(why).or_default() += 1;
            continue;
        }
        if judged.undefined {
            undefined.add(record, judged);
            continue;
        }
        rows.entry(&record.class).or_default().add(record, judged);
        all.add(record, judged);
        if SIX.contains(&record.class.as_str()) {
            six.add(record, judged);
            if !record.needs_a_rule() {
                six_by_schema.add(record, judged);
            }
        }
    }
    for (why, count) in &unknowable {
        println!("  {count} left out: {why}");
    }
    println!(
        "  no CRD here: {} refused (we refuse {}), {} accepted (we refuse {}); in no table",
        undefined.refused, undefined.caught, undefined.accepted, undefined.wronged
    );
    println!();
    let has_six = six.refused > 0;
    let mut table: Vec<[String; 9]> = vec![HEAD.map(str::to_owned)];
    let mut line = |name: &str, row: &Row| {
        let [a, b, c, d, e, f, g, h] = row.cells();
        table.push([name.to_owned(), a, b, c, d, e, f, g, h]);
    };
    for (class, row) in rows.iter().filter(|(class, _)| SIX.contains(class)) {
        line(class, row);
    }
    if has_six {
        line("= the six", &six);
        line("= without later rules", &six_by_schema);
    }
    for (class, row) in rows.iter().filter(|(class, _)| !SIX.contains(class)) {
        line(class, row);
    }
    line("= all", &all);
    columns(&table);

    if has_six {
        println!("\nof the six, refused for a rule that is in no schema:");
        let later = both().filter(|(record, _)| SIX.contains(&record.class.as_str()) && record.needs_a_rule());
        let mut later: Vec<String> = later
            .map(|(record, judged)| {
                let ours = if judged.refused { "refused" } else { "passed" };
                let apart = if judged.undefined { ", no CRD here" } else { "" };
                format!("  {} ({ours}{apart}): {}", record.class, short(&record.message))
            })
            .collect();
        later.sort();
        later.iter().for_each(|line| println!("{line}"));
    }

    let plain = |record: &Record| record.class.starts_with("plain");
    // what a controller decrypts first, the server never sees so
    let encrypted = |record: &Record| record.class == "plain, SOPS";
    let wronged = |record: &Record, judged: &Judged| record.truth == Truth::Accepted && judged.refused;
    let missed = |record: &Record, judged: &Judged| record.truth == Truth::Refused && !judged.refused;
    list("plain documents that the server takes and we refuse", both().filter(|(r, j)| plain(r) && wronged(r, j)));
    list(
        "plain documents that cannot be decoded (400, YAML) and we take",
        both().filter(|(r, j)| plain(r) && !encrypted(r) && r.code != 422 && missed(r, j)),
    );
    if wanted.causes {
        causes(both().filter(|(r, j)| !j.undefined && missed(r, j)).map(|(record, _)| record));
    }
    for class in &wanted.lists {
        let chosen = |record: &Record| match class.as_str() {
            "all" => true,
            "six" => SIX.contains(&record.class.as_str()),
            class => record.class == class,
        };
        let defined = |judged: &Judged| !judged.undefined;
        list(&format!("{class}: missed"), both().filter(|(r, j)| chosen(r) && defined(j) && missed(r, j)));
        list(
            &format!("{class}: placed outside the field"),
            both().filter(|(r, j)| chosen(r) && defined(j) && j.place == Some(None)),
        );
        list(&format!("{class}: refused without cause"), both().filter(|(r, j)| chosen(r) && wronged(r, j)));
    }
}

/// What was missed, by the rule that the server named: the most frequent first.
fn causes<'r>(missed: impl Iterator<Item = &'r Record>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut total = 0;
    for record in missed {
        total += 1;
        *counts.entry(rule(record)).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    println!("\nmissed, by the rule that the server named: {total}");
    for (rule, count) in counts {
        println!("{count:>5}  {rule}");
    }
}

/// The server's first rule without names, values and indexes.
fn rule(record: &Record) -> String {
    let Some(cause) = record.causes.first() else {
        return format!("{} {}: {}", record.stage, record.code, short(&without_values(&record.message)));
    };
    let field: Vec<&str> = cause.field.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect();
    let end = field.get(field.len().saturating_sub(2)..).unwrap_or_default().join(".");
    format!("{end}: {}", short(&without_values(&cause.message)))
}

/// A message with `_` for whatever stands in quotes or braces and for numbers.
fn without_values(message: &str) -> String {
    let mut out = String::new();
    let mut chars = message.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                out.push('_');
            }
            '0'..='9' => {
                while chars.next_if(char::is_ascii_digit).is_some() {}
                out.push('_');
            }
            c => out.push(c),
        }
    }
    out
}

fn list<'r>(title: &str, found: impl Iterator<Item = (&'r Record, &'r Judged)>) {
    let found: Vec<_> = found.collect();
    println!("\n{title}: {}", found.len());
    for (record, judged) in found {
        let apart = if judged.undefined { " (no CRD here)" } else { "" };
        println!("  {} {} {} {}{apart}", record.class, record.id, record.api_version, record.kind);
        if !record.note.is_empty() {
            println!("    changed: {}", record.note);
        }
        if record.truth == Truth::Refused {
            println!("    server:  {} {} {:?} {}", record.stage, record.code, record.fields, short(&record.message));
        }
        for said in &judged.said {
            println!("    ours:    {}", short(said));
        }
        if let Some(why) = &judged.unjudged {
            println!("    account: {why}");
        }
    }
}

/// One line, of a length that can be read.
fn short(text: &str) -> String {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= 300 { flat } else { flat.chars().take(299).chain(['…']).collect() }
}

/// The first column to the left, the others to the right.
fn columns(table: &[[String; 9]]) {
    let mut widths = [0; 9];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in table {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(at, (cell, width))| if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        println!("{}", cells.join("  ").trim_end());
    }
}
