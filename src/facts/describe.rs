//! What schemas say to people: of each schema the first sentence of its description, packed apart from what is judged by,
//! so that who judges never reads it. A pack of descriptions has the shape of the schemas and none of their rules, and both
//! are walked side by side. Leaves out whole descriptions.

use serde_json::{Map, Value};

use super::draft::{Draft, NodeId, TextId};
use super::format::Field;
use super::openapi::Dialect;
use super::pack::Pack;
use super::packer::Packer;
use super::schema::Type;

/// The keyword under which a default travels that the schemas themselves do not carry.
pub const DEFAULT_KEYWORD: &str = "x-default";

/// Schemas nested deeper than this say nothing, so that hostile input cannot use up the stack.
const DEEPEST: u32 = 200;

/// A sentence longer than this many characters is cut between words.
const LONGEST: usize = 300;

/// Puts what a schema says into a packer: descriptions, and defaults under [`DEFAULT_KEYWORD`].
pub fn read_descriptions(packer: &mut Packer, dialect: &mut impl Dialect, schema: &Value) -> NodeId {
    node(packer, dialect, schema, DEEPEST)
}

/// Packs what an `openAPIV3Schema` says; [`Pack::root`] has it.
pub fn pack_crd_descriptions(openapi_v3_schema: &Value) -> Pack {
    let mut packer = Packer::new();
    let root = read_crd_descriptions(&mut packer, openapi_v3_schema);
    packer.set_root(root);
    Pack::open(packer.finish()).unwrap_or_else(|_| Pack::empty())
}

/// Puts what an `openAPIV3Schema` says into a packer, among others.
pub fn read_crd_descriptions(packer: &mut Packer, openapi_v3_schema: &Value) -> NodeId {
    read_descriptions(packer, &mut super::crd::Crd, openapi_v3_schema)
}

fn node(packer: &mut Packer, dialect: &mut impl Dialect, schema: &Value, depth: u32) -> NodeId {
    let (Some(schema), Some(depth)) = (schema.as_object(), depth.checked_sub(1)) else {
        return packer.node(Draft::new(Type::Any));
    };
    if let Some(node) = dialect.instead(packer, schema) {
        return node;
    }
    let mut draft = Draft::new(Type::Any);
    draft.properties(properties(packer, dialect, schema, depth));
    for (keyword, field) in [("items", Field::Items), ("additionalProperties", Field::Additional)] {
        if let Some(below) = schema.get(keyword).filter(|below| below.is_object()) {
            let below = node(packer, dialect, below, depth);
            draft.node(field, below);
        }
    }
    let sentence = schema.get("description").and_then(Value::as_str).map(first_sentence);
    if let Some(sentence) = sentence.filter(|sentence| !sentence.is_empty()) {
        draft.text(Field::Description, packer.text(&sentence));
    }
    if let Some(default) = schema.get(DEFAULT_KEYWORD) {
        draft.text(Field::Default, packer.text(&default.to_string()));
    }
    packer.node(draft)
}

fn properties(
    packer: &mut Packer,
    dialect: &mut impl Dialect,
    schema: &Map<String, Value>,
    depth: u32,
) -> Vec<(TextId, NodeId)> {
    let mut named: Vec<(&String, &Value)> =
        schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
    named.sort_unstable_by_key(|(name, _)| *name);
    named.into_iter().map(|(name, schema)| (packer.text(name), node(packer, dialect, schema, depth))).collect()
}

/// The first sentence of a description, and after it the one that tells the default, on one line.
#[must_use]
pub fn first_sentence(text: &str) -> String {
    // what follows an empty line or a list is another thought
    let first: Vec<&str> =
        text.trim_start().lines().map(str::trim).take_while(|line| !line.is_empty() && !is_item(line)).collect();
    let line = first.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
    let mut rest = line.as_str();
    let mut kept = String::new();
    while let Some((sentence, after)) = split(rest) {
        let tells = sentence.starts_with("Default") && sentence.len() < 160;
        if kept.is_empty() {
            kept = shortened(sentence);
        } else if tells {
            kept.push(' ');
            kept.push_str(sentence);
            break;
        }
        rest = after;
    }
    kept
}

fn is_item(line: &str) -> bool {
    ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
}

/// Parts the first sentence from the rest; none of an empty text.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if text.is_empty() {
        return None;
    }
    for (at, _) in text.match_indices(". ") {
        let (before, after) = (text.get(..at).unwrap_or(""), text.get(at + 2..).unwrap_or(""));
        let word = before.rsplit([' ', '(', '"', '\'']).next().unwrap_or("");
        // `e.g. x`, `i.e. x`, `vs. x`, and a letter by itself
        let is_short = word.contains('.') || ["etc", "vs", "cf", "approx", "incl", "no"].contains(&word);
        let goes_on = after.chars().next().is_some_and(char::is_lowercase);
        if word.chars().count() > 1 && !(goes_on && is_short) && !matches!(word, "e.g" | "i.e" | "E.g" | "I.e") {
            return Some((text.get(..=at).unwrap_or(text), after));
        }
    }
    Some((text, ""))
}

fn shortened(sentence: &str) -> String {
    if sentence.chars().count() <= LONGEST {
        return sentence.to_owned();
    }
    let end = sentence.char_indices().nth(LONGEST).map_or(sentence.len(), |(at, _)| at);
    let cut = sentence.get(..end).unwrap_or(sentence);
    let cut = cut.rsplit_once(' ').map_or(cut, |(before, _)| before);
    format!("{} …", cut.trim_end_matches([',', ';', ':']))
}
