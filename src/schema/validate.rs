//! The validator: one walk over the tree and the schema side by side. Follows what the API server does when it decodes
//! strictly (unknown fields, types, quantities, base64, times, integer ranges) and, for custom resources, what their
//! structural schema asks beyond types. Nulls count as absent where they are no
//! value, as `kubectl apply` drops them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::check::Standing;
use crate::facts::{Additional, ListType, Schema, Type};
use crate::finding::{Pointer, Segment, Stated, nearest};
use crate::kube::Quantity;
use crate::source::Span;
use crate::yaml::{Node, NodeKind, Scalar, is_unknowable};

use super::demands::{Demands, Fits};
use super::effective::Effective;
use super::{Patterns, Problem, ProblemKind, formats};

/// After so many problems of one object, spellings are no longer looked for.
const MOST_SUGGESTIONS: usize = 100;

/// One step of the path, borrowed until a problem needs it.
enum Step<'t> {
    Key(Cow<'t, str>),
    Item(usize),
}

pub(super) struct Walk<'t, 's> {
    standing: Standing,
    builtin: bool,
    /// Whether fields that the schema does not name are kept.
    keeps_unknown: bool,
    /// Whether the server drops `status` before it validates, having looked for unknown fields in it.
    drops_status: bool,
    /// Whether a webhook may fill in fields before the server validates.
    is_filled: bool,
    demands: Demands<'s>,
    /// Whether a value may be one that another tool fills in: hardly any object has one.
    open: bool,
    path: Vec<Step<'t>>,
    /// The schemas above, to find where a misplaced field belongs.
    above: Vec<(usize, Schema<'s>)>,
    /// Places and causes of `problems`.
    told: FxHashSet<(Span, String)>,
    pub problems: Vec<Problem>,
}

impl<'t, 's> Walk<'t, 's> {
    pub fn new(standing: Standing, builtin: bool, patterns: &'s Patterns) -> Self {
        Self {
            standing,
            builtin,
            keeps_unknown: false,
            drops_status: false,
            is_filled: false,
            demands: Demands::new(builtin, patterns),
            open: true,
            path: Vec::with_capacity(16),
            above: Vec::with_capacity(16),
            told: FxHashSet::default(),
            problems: Vec::new(),
        }
    }

    /// For a kind whose definition keeps unknown fields.
    pub fn keeping_unknown(mut self, keeps: bool) -> Self {
        self.keeps_unknown = keeps;
        self
    }

    /// For a kind with a status of its own: `kubectl apply` cannot write it.
    pub fn dropping_status(mut self, drops: bool) -> Self {
        self.drops_status = drops;
        self
    }

    /// For objects that a webhook may fill in: what they lack is not known.
    pub fn filled(mut self, is_filled: bool) -> Self {
        self.is_filled = is_filled;
        self
    }

    /// The root of an object. A custom resource's schema does not speak of apiVersion, kind and metadata: those are
    /// judged as every object's are.
    pub fn object(&mut self, root: Node<'t>, schema: Schema<'s>, metadata: Option<Schema<'s>>) {
        self.open = root.may_be_unknowable();
        self.mapping(root, schema, root, Some(metadata));
    }

    fn segments(&self) -> Vec<Segment> {
        self.path
            .iter()
            .map(|step| match step {
                Step::Key(key) => Segment::Key(key.clone().into_owned()),
                Step::Item(index) => Segment::Item(*index, None),
            })
            .collect()
    }

    fn field(&self) -> String {
        Pointer(self.segments()).to_field_path()
    }

    fn is_in_status(&self) -> bool {
        matches!(self.path.first(), Some(Step::Key(key)) if key == "status")
    }

    fn problem(&mut self, kind: ProblemKind, place: Span, stated: Stated) {
        if self.drops_status && self.is_in_status() && !matches!(kind, ProblemKind::UnknownField { .. }) {
            return;
        }
        // what an alias repeats is wrong once
        if !self.told.insert((place, kind.cause())) {
            return;
        }
        let path = self.segments();
        self.problems.push(Problem {
            kind,
            path,
            place,
            related: Vec::new(),
            stated,
            versions: Vec::new(),
            origin: None,
        });
    }

    /// The handle of `shown` is where to point when something is missing below.
    fn value(&mut self, node: Node<'t>, schema: Schema<'s>, shown: Node<'t>) {
        if self.open && node.is_unknowable() {
            return;
        }
        let before = self.problems.len();
        match schema.ty() {
            Type::Any if !schema.has_properties() => {}
            Type::Any | Type::Object => match node.kind() {
                NodeKind::Mapping => self.mapping(node, schema, shown, None),
                _ if schema.ty() == Type::Any => {}
                _ => self.wrong_type(node, shown, "a mapping"),
            },
            Type::Array => match node.kind() {
                NodeKind::Sequence => self.sequence(node, schema),
                _ => self.wrong_type(node, shown, "a list"),
            },
            _ => match node.scalar() {
                Some(scalar) => self.scalar(node, scalar, schema),
                None => self.wrong_type(node, shown, wanted(schema.ty())),
            },
        }
        // of the rest, Kubernetes' own schemas say nothing
        if !self.builtin || schema.has_enum() {
            // what a misspelled field leads to is told with it
            let is_unknown = |problem: &Problem| matches!(problem.kind, ProblemKind::UnknownField { .. });
            let is_spoiled = self.problems.get(before..).unwrap_or_default().iter().any(is_unknown);
            self.constraints(node, schema, shown, self.is_filled || is_spoiled);
        }
    }

    fn mapping(&mut self, node: Node<'t>, schema: Schema<'s>, shown: Node<'t>, root: Option<Option<Schema<'s>>>) {
        let additional = schema.additional();
        let embedded = schema.is_embedded_resource();
        self.above.push((self.path.len(), schema));
        let (properties, odd, mut met) = (schema.by_name(), node.tree().may_have_odd_keys(), 0);
        for entry in node.entries() {
            let Some(text) = entry.key.text() else { continue };
            // no longer word is read as anything but text, where it begins with a letter
            let is_name = || {
                text.len() > 5 && entry.key.is_plain() && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            };
            let key = if !odd || is_name() { Cow::Borrowed(text) } else { entry.key.key_text() };
            if (self.open && is_unknowable(&key)) || (self.standing == Standing::Patch && is_directive(&key)) {
                continue;
            }
            let property = properties.get(&key);
            let need = property.map_or(0, |property| property.need);
            let child = match property {
                Some(property) => Some(property.schema),
                None => match root {
                    Some(Some(metadata)) if key == "metadata" => Some(metadata),
                    Some(_) if matches!(&*key, "apiVersion" | "kind" | "metadata") => None,
                    // SOPS keeps its own account in the file and takes it out again
                    Some(_) if key == "sops" => None,
                    _ if embedded && matches!(&*key, "apiVersion" | "kind" | "metadata") => None,
                    _ => match additional {
                        Additional::Of(child) => Some(child),
                        Additional::Anything => None,
                        Additional::Closed if self.keeps_unknown && !self.builtin => None,
                        Additional::Closed => {
                            self.unknown_field(schema, &key, entry.key);
                            None
                        }
                    },
                },
            };
            let Some(child) = child else { continue };
            // of two, the last counts
            if entry.value.is_null() {
                met &= !need;
                continue;
            }
            met |= need;
            self.path.push(Step::Key(key));
            // a custom resource's own word on metadata is only of its name; every object's is ObjectMeta
            match root {
                Some(Some(metadata)) if matches!(self.path.last(), Some(Step::Key(key)) if key == "metadata") => {
                    let builtin = std::mem::replace(&mut self.builtin, true);
                    self.value(entry.value, metadata, entry.key);
                    self.builtin = builtin;
                }
                _ => self.value(entry.value, child, entry.key),
            }
            self.path.pop();
        }
        if self.standing == Standing::Whole && !self.is_filled && met != properties.needs() {
            for field in schema.required() {
                if root.is_some_and(|metadata| metadata.is_some())
                    && matches!(field, "apiVersion" | "kind" | "metadata")
                {
                    continue;
                }
                let property = schema.property(field);
                let present = node.get(field).is_some_and(|value| !value.is_null() || self.is_value(property));
                let defaulted = !self.builtin && property.is_some_and(Schema::has_default);
                if !present && !defaulted {
                    let kind = ProblemKind::MissingField { field: field.to_owned(), parent: self.field() };
                    // a key without a value is where the value belongs
                    let place = match node.entry(field) {
                        Some(entry) => entry.key.span(),
                        None if root.is_some() => root_handle(node),
                        None => shown.handle(),
                    };
                    self.path.push(Step::Key(Cow::Owned(field.to_owned())));
                    self.problem(kind, place, Stated::Inferred);
                    self.path.pop();
                }
            }
        }
        self.above.pop();
    }

    /// Whether null is a value that the server keeps, so that the field is there.
    fn is_value(&self, property: Option<Schema<'s>>) -> bool {
        !self.builtin && (self.keeps_unknown || property.is_none_or(Schema::nullable))
    }

    fn sequence(&mut self, node: Node<'t>, schema: Schema<'s>) {
        let Some(items) = schema.items() else { return };
        for (index, item) in node.items().enumerate() {
            // nobody drops a null from a list; Go reads one as the zero of its type, and a custom resource has no such types
            let is_let_pass = self.builtin || items.ty() == Type::Any || items.nullable() || items.has_default();
            if item.is_null() && (is_let_pass || self.standing != Standing::Whole) {
                continue;
            }
            self.path.push(Step::Item(index));
            match item.is_null() {
                true => self.wrong_type(item, item, wanted(items.ty())),
                false => self.value(item, items, item),
            }
            self.path.pop();
        }
        if !self.builtin && self.standing == Standing::Whole && !self.is_filled {
            self.repeated(node, schema);
        }
    }

    /// Items that a list of a custom resource may hold once, and holds again.
    fn repeated(&mut self, node: Node<'t>, schema: Schema<'s>) {
        let keys: Vec<&str> = match schema.list_type() {
            Some(ListType::Set) => Vec::new(),
            Some(ListType::Map) => schema.list_map_keys().collect(),
            _ => return,
        };
        let list = Effective::written(node, schema, self.keeps_unknown);
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for (index, (item, written)) in list.items().zip(node.items()).enumerate() {
            if has_unknowable(written) {
                continue;
            }
            let value = match keys.as_slice() {
                [] => item.to_json().to_string(),
                keys => keys
                    .iter()
                    .map(|key| item.field(key).map_or_else(String::new, |field| field.to_json().to_string()))
                    .collect::<Vec<_>>()
                    .join("\n"),
            };
            match first.get(&value) {
                None => {
                    first.insert(value, index);
                }
                Some(other) => {
                    let list = self.field();
                    let named: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                    let why = match named.as_slice() {
                        [] => format!("is in the list already, as `{list}[{other}]`"),
                        named => format!("has the same {} as `{list}[{other}]`", named.join(" and ")),
                    };
                    self.path.push(Step::Item(index));
                    let shown = written.text().map(shorten).unwrap_or_default();
                    let place = match keys.as_slice() {
                        [key] => written.get(key).filter(|key| key.kind() == NodeKind::Scalar),
                        _ => Some(written).filter(|item| item.kind() == NodeKind::Scalar),
                    };
                    let place = place.map_or_else(|| written.handle(), Node::span);
                    let kind = ProblemKind::InvalidValue { field: self.field(), written: shown, why, help: None };
                    self.problem(kind, place, Stated::Stated);
                    self.path.pop();
                }
            }
        }
    }

    fn scalar(&mut self, node: Node<'t>, scalar: Scalar<'t>, schema: Schema<'s>) {
        if let (Type::String, Scalar::Str(_), false) = (schema.ty(), scalar, schema.has_format()) {
            return;
        }
        let fits = match (schema.ty(), scalar) {
            (Type::String, Scalar::Str(text)) => {
                let why = match schema.format() {
                    _ if !self.builtin => None,
                    Some("byte") if !formats::is_base64(text) => Some("is no base64"),
                    Some("date-time") if !formats::is_date_time(text) => {
                        Some("is no time of the form 2006-01-02T15:04:05Z")
                    }
                    _ => None,
                };
                if let Some(why) = why {
                    let in_data = matches!(self.path.first(), Some(Step::Key(key)) if key == "data");
                    let help = if why == "is no base64" && in_data {
                        Some("encode it, or move it to `stringData`, which takes plain text".to_owned())
                    } else {
                        None
                    };
                    self.invalid(node, text, why.to_owned(), help);
                }
                true
            }
            (Type::Integer, Scalar::Int(value)) => self.integer(node, value, schema),
            (Type::Integer, Scalar::Float(value)) if value.fract() == 0.0 => {
                #[expect(clippy::cast_possible_truncation, reason = "saturates, and the range is checked next")]
                let whole = value as i64;
                self.integer(node, whole, schema)
            }
            (Type::Integer, Scalar::UInt(value)) => {
                self.invalid(node, &value.to_string(), "is over the largest 64-bit integer".into(), None);
                true
            }
            (Type::Number, Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)) => true,
            (Type::Boolean, Scalar::Bool(_)) => true,
            (Type::IntOrString, Scalar::Str(_)) => true,
            (Type::IntOrString, Scalar::Int(value)) => {
                if self.builtin && i32::try_from(value).is_err() {
                    self.invalid(node, &value.to_string(), "is beyond a 32-bit integer".into(), None);
                }
                true
            }
            (Type::IntOrString, Scalar::Float(value)) => value.fract() == 0.0,
            (Type::Quantity, Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)) => true,
            (Type::Quantity, Scalar::Str(text)) => {
                // decoding trims blanks
                if Quantity::parse(text.trim_matches([' ', '\t'])).is_none() {
                    self.invalid(node, text, "is no quantity".into(), Some(quantity_help(text)));
                }
                true
            }
            (Type::Any | Type::Object | Type::Array, _) => true,
            _ => false,
        };
        if !fits {
            self.wrong_type(node, node, wanted(schema.ty()));
        }
    }

    /// Always fits the type; the range is the format's.
    fn integer(&mut self, node: Node<'t>, value: i64, schema: Schema<'s>) -> bool {
        if self.builtin && schema.format() == Some("int32") && i32::try_from(value).is_err() {
            self.invalid(node, &value.to_string(), "is beyond a 32-bit integer".into(), None);
        }
        true
    }

    fn wrong_type(&mut self, node: Node<'t>, shown: Node<'t>, wanted: &'static str) {
        let found = match node.kind() {
            NodeKind::Mapping => "a mapping",
            NodeKind::Sequence => "a list",
            NodeKind::Scalar => node.scalar().map_or("nothing", |scalar| scalar.type_name()),
        };
        let place = if node.kind() == NodeKind::Scalar { node.span() } else { shown.handle() };
        let (written, substituted) = (node.text().map(shorten), node.is_substituted());
        let kind = ProblemKind::WrongType { field: self.field(), wanted, found, written, substituted };
        self.problem(kind, place, Stated::Stated);
    }

    /// A build may still put another value in its place.
    fn invalid(&mut self, node: Node<'t>, written: &str, why: String, help: Option<String>) {
        if self.standing != Standing::Whole {
            return;
        }
        let kind = ProblemKind::InvalidValue { field: self.field(), written: shorten(written), why, help };
        let place = if node.kind() == NodeKind::Scalar { node.span() } else { node.handle() };
        self.problem(kind, place, Stated::Stated);
    }

    fn unknown_field(&mut self, schema: Schema<'s>, key: &str, node: Node<'t>) {
        // whoever made a hundred of them did not misspell a word
        let suggest = self.problems.len() < MOST_SUGGESTIONS;
        let names = schema.properties().map(|(name, _)| name);
        let near = suggest.then(|| nearest(key, names)).flatten().map(str::to_owned);
        let belongs = if near.is_some() || !suggest { None } else { self.belongs(schema, key) };
        let kind = ProblemKind::UnknownField { key: shorten(key), parent: self.field(), near, belongs };
        self.path.push(Step::Key(Cow::Owned(key.to_owned())));
        self.problem(kind, node.span(), Stated::Stated);
        self.path.pop();
    }

    /// Where a field of this very name belongs: further down, or in something that holds this one.
    fn belongs(&self, schema: Schema<'s>, key: &str) -> Option<String> {
        let at = |depth: usize| {
            let segments: Vec<Segment> = self.segments().into_iter().take(depth).collect();
            Pointer(segments).to_field_path()
        };
        let join = |base: String, rest: &str| if base.is_empty() { rest.to_owned() } else { format!("{base}.{rest}") };
        if let Some(below) = search(schema, key, 4) {
            return Some(join(self.field(), &below));
        }
        let above = self.above.iter().rev().skip(1);
        above
            .filter(|(_, schema)| schema.property(key).is_some())
            .map(|(depth, _)| at(*depth))
            .next()
            .map(|parent| if parent.is_empty() { "the root".to_owned() } else { parent })
    }

    /// What a structural schema asks beyond types, of the value as the server has it when it validates.
    /// Where it `may_grow`, a webhook or whoever mends a name may still add fields.
    fn constraints(&mut self, node: Node<'t>, schema: Schema<'s>, shown: Node<'t>, may_grow: bool) {
        if self.standing != Standing::Whole {
            return;
        }
        let value = Effective::written(node, schema, self.keeps_unknown);
        if let Some(why) = self.demands.refusal(&value, schema, may_grow) {
            let written = node.text().map_or_else(String::new, str::to_owned);
            let kind = ProblemKind::InvalidValue { field: self.field(), written: shorten(&written), why, help: None };
            let place = if node.kind() == NodeKind::Scalar { node.span() } else { shown.handle() };
            self.problem(kind, place, Stated::Stated);
        }
        if schema.has_logic() && !(may_grow && node.kind() == NodeKind::Mapping) && !has_unknowable(node) {
            for all in schema.all_of() {
                if self.demands.accepts(&value, all) == Some(false) {
                    self.logic(node, shown, "is not what its schema asks (`allOf`)", &[all]);
                }
            }
            let any: Vec<Schema<'s>> = schema.any_of().collect();
            if !any.is_empty() && any.iter().all(|one| self.demands.accepts(&value, *one) == Some(false)) {
                self.logic(node, shown, "is none of the forms that its schema allows (`anyOf`)", &any);
            }
            let one: Vec<Schema<'s>> = schema.one_of().collect();
            match self.demands.fits(&value, &one) {
                _ if one.is_empty() => {}
                Fits { surely: 0, perhaps: 0 } => {
                    self.logic(node, shown, "is none of the forms that its schema allows (`oneOf`)", &one);
                }
                Fits { surely: 2.., .. } => {
                    let why = "is several of the forms of which its schema allows one (`oneOf`)";
                    self.logic(node, shown, why, &one);
                }
                Fits { .. } => {}
            }
            if let Some(not) = schema.negated()
                && self.demands.accepts(&value, not) == Some(true)
            {
                self.logic(node, shown, "is a form that its schema rules out (`not`)", &[]);
            }
        }
    }

    fn logic(&mut self, node: Node<'t>, shown: Node<'t>, why: &str, forms: &[Schema<'s>]) {
        let fields: Vec<String> = forms
            .iter()
            .map(|form| form.required().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" with "))
            .filter(|fields| !fields.is_empty())
            .collect();
        let help = (!fields.is_empty()).then(|| format!("the forms are told apart by {}", fields.join(", ")));
        let kind = ProblemKind::InvalidValue {
            field: self.field(),
            written: node.text().map(shorten).unwrap_or_default(),
            why: why.to_owned(),
            help,
        };
        let place = if node.kind() == NodeKind::Scalar { node.span() } else { shown.handle() };
        self.problem(kind, place, Stated::Stated);
    }
}

/// The keys by which a strategic-merge patch says how to merge.
pub(super) fn is_directive(key: &str) -> bool {
    key == "$patch"
        || key == "$retainKeys"
        || key.starts_with("$setElementOrder/")
        || key.starts_with("$deleteFromPrimitiveList/")
}

pub(super) fn has_unknowable(node: Node<'_>) -> bool {
    match node.kind() {
        NodeKind::Scalar => node.is_unknowable(),
        NodeKind::Mapping => node.entries().any(|entry| entry.key.is_unknowable() || has_unknowable(entry.value)),
        NodeKind::Sequence => node.items().any(has_unknowable),
    }
}

/// An object as a whole is shown by its name.
pub(super) fn root_handle(root: Node<'_>) -> Span {
    root.at(&["metadata", "name"])
        .or_else(|| root.get("kind"))
        .filter(|node| node.kind() == NodeKind::Scalar)
        .map_or_else(|| root.handle(), Node::span)
}

/// The way to a field of a name below a schema, the shortest first.
fn search(schema: Schema<'_>, key: &str, depth: usize) -> Option<String> {
    let mut level: Vec<(String, Schema<'_>)> = vec![(String::new(), schema)];
    for _ in 0..depth {
        let mut next = Vec::new();
        for (path, schema) in &level {
            for (name, child) in schema.properties() {
                let mut here = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let mut child = child;
                if let Some(items) = child.items() {
                    here.push_str("[]");
                    child = items;
                }
                if child.property(key).is_some() {
                    return Some(here);
                }
                next.push((here, child));
            }
        }
        if next.len() > 4000 {
            return None;
        }
        level = next;
    }
    None
}

fn wanted(ty: Type) -> &'static str {
    match ty {
        Type::Any => "anything",
        Type::Object => "a mapping",
        Type::Array => "a list",
        Type::String => "a string",
        Type::Integer => "an integer",
        Type::Number => "a number",
        Type::Boolean => "a boolean",
        Type::IntOrString => "an integer or a string",
        Type::Quantity => "a quantity",
    }
}

fn quantity_help(text: &str) -> String {
    let trimmed = text.trim();
    let number: String = trimmed.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = trimmed.get(number.len()..).unwrap_or("").trim();
    let meant = match unit.to_lowercase().as_str() {
        "k" | "kb" => Some("k"),
        "ki" | "kib" => Some("Ki"),
        "mb" => Some("M"),
        "mi" | "mib" => Some("Mi"),
        "gb" | "g" => Some("G"),
        "gi" | "gib" => Some("Gi"),
        "tb" | "t" => Some("T"),
        "ti" | "tib" => Some("Ti"),
        _ => None,
    };
    match meant {
        Some(unit) if !number.is_empty() => {
            format!("write `{number}{unit}`; the suffixes are m, k, M, G, T, P, E and Ki, Mi, Gi, Ti, Pi, Ei")
        }
        _ => "a number with one of the suffixes m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or none".to_owned(),
    }
}

/// A value in a message, cut where nobody reads on.
pub(super) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut out: String = line.chars().take(60).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
