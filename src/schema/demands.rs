//! What a schema asks of a value beyond its type: enumerations, ranges, lengths, patterns, formats, and the groups of forms that
//! a structural schema may ask for. What the server checks and we do not is open, not refused. Leaves out where a value stands and
//! what is told of it.

use std::sync::Arc;

use regex::Regex;

use crate::facts::{Schema, Type};
use crate::yaml::{NodeKind, Scalar};

use super::effective::Effective;
use super::formats::{self, Fit};
use super::{Patterns, pattern};

/// So many values of an enumeration are named.
const MOST_VALUES: usize = 12;

/// The judge of single values.
pub(super) struct Demands<'s> {
    builtin: bool,
    patterns: &'s Patterns,
}

/// How many of several forms a value has; of some it may not be known.
pub(super) struct Fits {
    pub surely: usize,
    pub perhaps: usize,
}

impl Fits {
    /// Whether it has at least one.
    fn any(&self) -> Option<bool> {
        match self {
            Self { surely: 1.., .. } => Some(true),
            Self { perhaps: 0, .. } => Some(false),
            Self { .. } => None,
        }
    }

    /// Whether it has exactly one.
    fn one(&self) -> Option<bool> {
        match self {
            Self { surely: 2.., .. } => Some(false),
            Self { perhaps: 0, surely } => Some(*surely == 1),
            Self { .. } => None,
        }
    }
}

impl<'s> Demands<'s> {
    pub fn new(builtin: bool, patterns: &'s Patterns) -> Self {
        Self { builtin, patterns }
    }

    /// Whether a value satisfies a schema of a logical branch, whatever fields it does not name; nothing where that is not known.
    pub fn accepts(&self, value: &Effective<'_, 's>, schema: Schema<'s>) -> Option<bool> {
        let (kind, scalar) = (value.kind(), value.scalar());
        if value.is_null() {
            // the server asks no more of a null
            return Some((schema.ty() == Type::Any || schema.nullable()) && !schema.has_enum());
        }
        let is_whole = || match scalar {
            Some(Scalar::Int(_)) => true,
            Some(Scalar::Float(value)) => value.fract() == 0.0,
            _ => false,
        };
        let typed = match schema.ty() {
            Type::Any => true,
            Type::Object => kind == NodeKind::Mapping,
            Type::Array => kind == NodeKind::Sequence,
            Type::String => matches!(scalar, Some(Scalar::Str(_))),
            Type::Integer => is_whole(),
            Type::Number => matches!(scalar, Some(Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_))),
            Type::Boolean => matches!(scalar, Some(Scalar::Bool(_))),
            Type::IntOrString | Type::Quantity => is_whole() || matches!(scalar, Some(Scalar::Str(_))),
        };
        if !typed || self.refusal(value, schema, false).is_some() {
            return Some(false);
        }
        let mut known = self.is_judged(value, schema);
        let mut all = |accepted: Option<bool>| {
            known &= accepted.is_some();
            accepted != Some(false)
        };
        if kind == NodeKind::Mapping {
            if !schema.required().all(|field| value.field(field).is_some()) {
                return Some(false);
            }
            for (name, property) in schema.properties() {
                if let Some(field) = value.field(name)
                    && !all(self.accepts(&field, property))
                {
                    return Some(false);
                }
            }
        }
        if kind == NodeKind::Sequence
            && let Some(items) = schema.items()
            && !value.items().all(|item| all(self.accepts(&item, items)))
        {
            return Some(false);
        }
        if !schema.all_of().all(|one| all(self.accepts(value, one))) {
            return Some(false);
        }
        let any: Vec<Schema<'s>> = schema.any_of().collect();
        if !any.is_empty() && !all(self.fits(value, &any).any()) {
            return Some(false);
        }
        let one: Vec<Schema<'s>> = schema.one_of().collect();
        if !one.is_empty() && !all(self.fits(value, &one).one()) {
            return Some(false);
        }
        if !schema.negated().is_none_or(|not| all(self.accepts(value, not).map(|accepted| !accepted))) {
            return Some(false);
        }
        known.then_some(true)
    }

    /// How many of several forms a value has.
    pub fn fits(&self, value: &Effective<'_, 's>, forms: &[Schema<'s>]) -> Fits {
        let mut fits = Fits { surely: 0, perhaps: 0 };
        for form in forms {
            match self.accepts(value, *form) {
                Some(true) => fits.surely += 1,
                Some(false) => {}
                None => fits.perhaps += 1,
            }
        }
        fits
    }

    /// Whether we know of a string all that the server asks of it.
    fn is_judged(&self, value: &Effective<'_, 's>, schema: Schema<'s>) -> bool {
        let Some(text) = value.as_str() else { return true };
        let is_known = |format| formats::fit(format, text) != Fit::Unjudged;
        schema.format().is_none_or(is_known) && schema.pattern().is_none_or(|pattern| self.regex(pattern).is_some())
    }

    /// Enum, pattern, ranges and lengths of one value. Where it `may_grow`, fields may yet be added.
    pub fn refusal(&self, value: &Effective<'_, 's>, schema: Schema<'s>, may_grow: bool) -> Option<String> {
        if value.is_unknowable() {
            return None;
        }
        if schema.has_enum() {
            let allowed = match value.as_str() {
                Some(text) => schema.enum_contains_str(text).unwrap_or(true),
                None => schema.enum_values().any(|one| one == *value.to_json()),
            };
            if !allowed {
                let mut values: Vec<String> = schema
                    .enum_values()
                    .filter_map(|one| match one {
                        // let pass, but nothing to write
                        serde_json::Value::String(text) => (!text.is_empty()).then(|| format!("`{text}`")),
                        other => Some(format!("`{other}`")),
                    })
                    .collect();
                let more = values.len().saturating_sub(MOST_VALUES);
                values.truncate(MOST_VALUES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                return Some(match values.as_slice() {
                    [one] => format!("{} not {one}", is(value)),
                    values => format!("{} none of {}{more}", is(value), values.join(", ")),
                });
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are floats in the schema")]
        let number = match value.scalar() {
            Some(Scalar::Int(value)) => Some(value as f64),
            Some(Scalar::UInt(value)) => Some(value as f64),
            Some(Scalar::Float(value)) => Some(value),
            _ => None,
        };
        if let Some(value) = number {
            if let Some(least) = schema.minimum()
                && (value < least || (schema.exclusive_minimum() && value <= least))
            {
                return Some(format!("is below the least allowed, {least}"));
            }
            if let Some(most) = schema.maximum()
                && (value > most || (schema.exclusive_maximum() && value >= most))
            {
                return Some(format!("is over the most allowed, {most}"));
            }
            if let Some(step) = schema.multiple_of()
                && step > 0.0
                && (value / step).fract() != 0.0
            {
                return Some(format!("is no multiple of {step}"));
            }
        }
        if let Some(text) = value.as_str() {
            if schema.min_length().is_some() || schema.max_length().is_some() {
                let length = text.chars().count() as u64;
                if let Some(least) = schema.min_length().filter(|least| length < *least) {
                    let least = counted(least, "character");
                    return Some(match length {
                        0 => format!("is empty, and needs at least {least}"),
                        _ => format!("is shorter than {least}"),
                    });
                }
                if let Some(most) = schema.max_length().filter(|most| length > *most) {
                    return Some(format!("is longer than {}", counted(most, "character")));
                }
            }
            if let Some(pattern) = schema.pattern()
                && let Some(regex) = &*self.regex(pattern)
                && !regex.is_match(text)
            {
                return Some(format!("{} not of the form `{pattern}`", is(value)));
            }
            if !self.builtin
                && let Some(format) = schema.format()
                && let Fit::Refused(why) = formats::fit(format, text)
            {
                return Some(format!("{} {why}", is(value)));
            }
        }
        let (least, most, noun) = match value.kind() {
            NodeKind::Sequence => (schema.min_items(), schema.max_items(), "item"),
            NodeKind::Mapping => (schema.min_properties(), schema.max_properties(), "field"),
            NodeKind::Scalar => return None,
        };
        if least.is_none() && most.is_none() {
            return None;
        }
        let count = value.count();
        let put = if count.put > 0 { format!(", {} by default,", count.put) } else { String::new() };
        let has = format!("has {}{put}", counted(count.all, noun));
        if let Some(least) = least.filter(|least| count.all < *least && !may_grow) {
            return Some(match count.all {
                0 => format!("has no {noun}s, and needs at least {least}"),
                _ => format!("{}, and needs at least {least}", has.trim_end_matches(',')),
            });
        }
        if let Some(most) = most.filter(|most| count.all - count.open > *most) {
            return Some(format!("{}, more than the {most} allowed", has.trim_end_matches(',')));
        }
        None
    }

    fn regex(&self, pattern: &str) -> Arc<Option<Regex>> {
        if let Ok(known) = self.patterns.read()
            && let Some(found) = known.get(pattern)
        {
            return Arc::clone(found);
        }
        // a pattern that this engine cannot read is not judged
        let made = Arc::new(regex::RegexBuilder::new(&pattern::from_go(pattern)).size_limit(1 << 20).build().ok());
        if let Ok(mut known) = self.patterns.write() {
            known.insert(pattern.to_owned(), Arc::clone(&made));
        }
        made
    }
}

/// The verb of what is wrong with a value; nothing is shown of an empty string, so that it must be said.
fn is(value: &Effective<'_, '_>) -> &'static str {
    if value.as_str() == Some("") { "is empty, and" } else { "is" }
}

/// `1 field`, `2 fields`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
