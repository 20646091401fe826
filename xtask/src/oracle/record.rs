//! The oracle's records: what a document was, and what the server said of it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::{group_of, is_own_group};

/// What the server would say, as far as it can be told from a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Accepted,
    Refused,
    /// Depends on what the server's cluster holds; the reason.
    Unknowable(&'static str),
}

/// Where the text of a record stands, when it is not in the record.
#[derive(Debug, Clone)]
pub struct Place {
    pub path: String,
    pub document: usize,
    /// The item of a List.
    pub item: Option<usize>,
}

/// One reason of a refusal.
#[derive(Debug, Clone)]
pub struct Cause {
    pub field: String,
    /// `FieldValueRequired`, …
    pub reason: String,
    pub message: String,
}

/// One document with the server's answer.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: String,
    pub class: String,
    pub repository: String,
    pub place: Option<Place>,
    pub text: Option<String>,
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub truth: Truth,
    pub stage: String,
    pub code: u64,
    pub message: String,
    /// The fields that the server blames.
    pub fields: Vec<String>,
    pub causes: Vec<Cause>,
    /// What was changed.
    pub note: String,
}

impl Record {
    /// Whether its kind is Kubernetes' own.
    pub fn is_own(&self) -> bool {
        is_own_group(group_of(&self.api_version))
    }

    /// Whether the server refused it for a rule that is in no schema.
    pub fn needs_a_rule(&self) -> bool {
        self.truth == Truth::Refused
            && self.code == 422
            && !self.causes.iter().any(|cause| cause.reason == "FieldValueTypeInvalid")
    }
}

/// Reads a file of records, compressed or not.
pub fn read(path: &Path) -> Result<Vec<Record>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
    let file = File::open(path).map_err(|error| failed(&error))?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut records = Vec::new();
    for line in BufReader::new(reader).lines() {
        let line = line.map_err(|error| failed(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(&line).map_err(|error| failed(&error))?;
        records.push(record(&value));
    }
    Ok(records)
}

fn record(value: &Value) -> Record {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |field: &str| value.get(field).and_then(Value::as_u64);
    let flag = |field: &str| value.get(field).and_then(Value::as_bool).unwrap_or(false);
    let small = |field: &str| number(field).and_then(|count| usize::try_from(count).ok());
    let from = text("base_src");
    let repository = match from.split_once('/') {
        Some((repository, _)) => repository.to_owned(),
        None => text("repo"),
    };
    let place = value.get("path").and_then(Value::as_str).map(|path| Place {
        path: path.to_owned(),
        document: small("doc").unwrap_or_default(),
        item: small("item"),
    });
    let id = match (&place, text("id")) {
        (Some(place), id) if id.is_empty() => {
            let item = place.item.map(|item| format!(" item {item}")).unwrap_or_default();
            format!("{repository}/{}#{}{item}", place.path, place.document)
        }
        (_, id) => id,
    };
    let class = match text("cls") {
        class if !class.is_empty() => class,
        _ if flag("sops") => "plain, SOPS".to_owned(),
        _ if flag("subst") => "plain, ${…}".to_owned(),
        _ if flag("tmpl") => "plain, {{…}}".to_owned(),
        _ => "plain".to_owned(),
    };
    let strings = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let causes = value
        .get("causes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|cause| {
            let text = |field: &str| cause.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            Cause { field: text("field"), reason: text("reason"), message: text("message") }
        })
        .collect();
    let code = number("code").unwrap_or_default();
    let api_version = text("apiVersion");
    // kubectl lets duplicate keys pass; the server and the controllers do not
    let doubled = value.get("dup_keys").is_some_and(|found| !found.is_null() && found != &Value::Bool(false));
    let strictly = text("yaml_strict");
    let doubled = doubled && !strictly.is_empty();
    let said = if doubled { strictly } else { text("verdict") };
    let truth = match said.as_str() {
        "accept" => Truth::Accepted,
        "reject" if code == 403 => Truth::Unknowable("admission by what the cluster holds"),
        "reject" => Truth::Refused,
        "nomatch" if is_own_group(group_of(&api_version)) => Truth::Refused,
        "nomatch" => Truth::Unknowable("the server had no CRD of its kind"),
        _ => Truth::Unknowable("no verdict"),
    };
    let message = if doubled { text("yaml_message") } else { text("message") };
    Record {
        id,
        class,
        repository,
        place,
        text: value.get("yaml").and_then(Value::as_str).map(str::to_owned),
        api_version,
        kind: text("kind"),
        name: text("name"),
        truth,
        stage: text("stage"),
        code,
        message,
        fields: strings(value.get("fields")),
        causes,
        note: text("note"),
    }
}
