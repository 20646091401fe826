//! What one schema says: a cheap, copyable view of a node in a [`Pack`]. It judges nothing.
//!
//! The words are OpenAPI's as Kubernetes uses them in structural schemas
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema>).

use std::fmt;

use serde_json::Value;

use super::fields::{BEYOND, Fields, Properties};
use super::format::{Field, NO_STRING, VALIDATION_WORDS, head};
use super::pack::{List, Pack};

/// A schema in a pack. Its children are looked up when they are asked for.
#[derive(Clone, Copy)]
pub struct Schema<'a> {
    pub(super) pack: &'a Pack,
    pub(super) id: u32,
    pub(super) at: u32,
    pub(super) head: u32,
    pub(super) mask: u32,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// No type is asked for: RawExtension, FieldsV1, JSON, and schemas that say nothing.
    Any = 0,
    /// A mapping.
    Object = 1,
    /// A list.
    Array = 2,
    /// A string.
    String = 3,
    /// A number without a fraction.
    Integer = 4,
    /// Any number.
    Number = 5,
    /// True or false.
    Boolean = 6,
    /// `x-kubernetes-int-or-string`, and `intstr.IntOrString` of built-in kinds.
    IntOrString = 7,
    /// `resource.Quantity` of built-in kinds: a number, or a string such as `500m`.
    Quantity = 8,
}

/// What an object does with fields that its properties do not name.
#[derive(Debug, Clone, Copy)]
pub enum Additional<'a> {
    /// Strict validation refuses them.
    Closed,
    /// They may be there and be anything.
    Anything,
    /// They may be there and must be this: the object is a map.
    Of(Schema<'a>),
}

/// `x-kubernetes-list-type`: what makes two items of a list the same item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListType {
    /// The list is replaced as a whole.
    Atomic = 1,
    /// Items are scalars, each at most once.
    Set = 2,
    /// Items are objects with unique values of their [`Schema::list_map_keys`].
    Map = 3,
}

/// `x-kubernetes-map-type`: whether an object is replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MapType {
    /// The object is replaced as a whole.
    Atomic = 1,
    /// Its fields are merged one by one.
    Granular = 2,
}

/// One entry of `x-kubernetes-validations`: a rule in CEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation<'a> {
    /// The CEL expression that must be true.
    pub rule: &'a str,
    /// What to say where it is not.
    pub message: Option<&'a str>,
    /// A CEL expression that makes the message; it goes before `message`.
    pub message_expression: Option<&'a str>,
    /// `FieldValueInvalid` where it is absent, or `FieldValueForbidden`, `FieldValueRequired`, `FieldValueDuplicate`.
    pub reason: Option<&'a str>,
    /// The field that the finding is about, relative to the schema with the rule.
    pub field_path: Option<&'a str>,
    /// The rule may be judged where there is no old value.
    pub optional_old_self: bool,
}

impl<'a> Schema<'a> {
    /// The type that the value must have.
    pub fn ty(self) -> Type {
        match self.head & head::TYPE {
            1 => Type::Object,
            2 => Type::Array,
            3 => Type::String,
            4 => Type::Integer,
            5 => Type::Number,
            6 => Type::Boolean,
            7 => Type::IntOrString,
            8 => Type::Quantity,
            _ => Type::Any,
        }
    }

    /// The node's number in its pack: a key for caches. Equal schemas of one pack have equal ids.
    pub fn id(self) -> u32 {
        self.id
    }

    /// The pack that the schema is in.
    pub fn pack(self) -> &'a Pack {
        self.pack
    }

    /// Whether there is a `format`.
    pub fn has_format(self) -> bool {
        self.mask & (1 << Field::Format as u32) != 0
    }

    /// `int32`, `int64`, `double`, `byte`, `date-time`, or what a CRD says.
    pub fn format(self) -> Option<&'a str> {
        self.text(Field::Format)
    }

    /// A `date-time` of `meta/v1.MicroTime`, which Kubernetes reads with exactly six digits of a second's fraction.
    pub fn is_micro_time(self) -> bool {
        self.head & head::MICRO_TIME != 0
    }

    /// Whether `null` is a value (`nullable`); of CRDs only, since for built-in kinds null means absent.
    pub fn nullable(self) -> bool {
        self.head & head::NULLABLE != 0
    }

    /// The schema of a named field.
    pub fn property(self, name: &str) -> Option<Schema<'a>> {
        self.by_name().get(name).map(|field| field.schema)
    }

    /// The named fields, for one who asks for several of them.
    #[inline]
    pub fn by_name(self) -> Properties<'a> {
        let fields = if self.mask & (1 << Field::Properties as u32) != 0 {
            let made = || Some(Fields::of(self.pack, self.list(Field::Properties, 2)?, self.required()));
            self.pack.fields(self.id, made)
        } else {
            None
        };
        let needs = if self.mask & (1 << Field::Required as u32) != 0 { BEYOND } else { 0 };
        Properties { pack: self.pack, fields, needs }
    }

    /// The named fields, sorted by name.
    pub fn properties(self) -> impl Iterator<Item = (&'a str, Schema<'a>)> {
        self.rows(Field::Properties, 2)
            .filter_map(|(list, row)| Some((list.pack.text(list.get(row, 0)?)?, list.pack.node(list.get(row, 1)?)?)))
    }

    /// Whether any field is named.
    pub fn has_properties(self) -> bool {
        self.list(Field::Properties, 2).is_some_and(|list| list.len() > 0)
    }

    /// The names of the fields that must be there, sorted.
    pub fn required(self) -> impl Iterator<Item = &'a str> {
        self.texts(Field::Required)
    }

    /// What happens to fields that are not named.
    ///
    /// For built-in kinds an object that names fields and says nothing more is closed, as `kubectl apply` with its
    /// default `--validate=strict` has it. So is every object of a CRD, even one that names no field, unless it says
    /// `additionalProperties` or `x-kubernetes-preserve-unknown-fields`: what is not named there is pruned
    /// (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning>),
    /// and strict validation refuses what would be pruned. Schemas under `allOf`, `anyOf`, `oneOf` and `not` never
    /// close.
    pub fn additional(self) -> Additional<'a> {
        if let Some(values) = self.child(Field::Additional) {
            Additional::Of(values)
        } else if self.head & head::CLOSED != 0 {
            Additional::Closed
        } else {
            Additional::Anything
        }
    }

    /// Whether `additionalProperties` was written out, and [`Schema::additional`] is not inferred from its absence.
    pub fn additional_is_stated(self) -> bool {
        self.head & head::ADDITIONAL_STATED != 0
    }

    /// `x-kubernetes-preserve-unknown-fields`.
    pub fn preserves_unknown_fields(self) -> bool {
        self.head & head::PRESERVE_UNKNOWN != 0
    }

    /// `x-kubernetes-embedded-resource`: the object has `apiVersion`, `kind` and `metadata` beside its named fields.
    pub fn is_embedded_resource(self) -> bool {
        self.head & head::EMBEDDED_RESOURCE != 0
    }

    /// The schema of a list's items.
    pub fn items(self) -> Option<Schema<'a>> {
        self.child(Field::Items)
    }

    /// Whether there is an `enum`.
    pub fn has_enum(self) -> bool {
        self.mask & (1 << Field::EnumStrings as u32 | 1 << Field::EnumJson as u32) != 0
    }

    /// The values of `enum`, in the order of the source; none where there is no enum.
    pub fn enum_values(self) -> impl Iterator<Item = Value> {
        let json = self.texts(Field::EnumJson).filter_map(|text| serde_json::from_str(text).ok());
        self.enum_strings().map(|text| Value::String(text.to_owned())).chain(json)
    }

    /// The values of an `enum` that has strings only, without copies.
    pub fn enum_strings(self) -> impl Iterator<Item = &'a str> {
        self.texts(Field::EnumStrings)
    }

    /// Whether `enum` has this string; nothing where there is no enum.
    pub fn enum_contains_str(self, value: &str) -> Option<bool> {
        if let Some(list) = self.list(Field::EnumStrings, 1) {
            return Some(list.values().any(|id| self.pack.text_bytes(id) == Some(value.as_bytes())));
        }
        self.has_enum().then(|| self.enum_values().any(|found| found.as_str() == Some(value)))
    }

    /// `pattern`: a regular expression in Go's RE2 syntax that must match somewhere in the string.
    pub fn pattern(self) -> Option<&'a str> {
        self.text(Field::Pattern)
    }

    /// `minimum`, allowed itself unless [`Schema::exclusive_minimum`].
    pub fn minimum(self) -> Option<f64> {
        self.number(Field::Minimum)
    }

    /// `maximum`, allowed itself unless [`Schema::exclusive_maximum`].
    pub fn maximum(self) -> Option<f64> {
        self.number(Field::Maximum)
    }

    /// `exclusiveMinimum`, a boolean in OpenAPI v3.0.
    pub fn exclusive_minimum(self) -> bool {
        self.head & head::EXCLUSIVE_MINIMUM != 0
    }

    /// `exclusiveMaximum`, a boolean in OpenAPI v3.0.
    pub fn exclusive_maximum(self) -> bool {
        self.head & head::EXCLUSIVE_MAXIMUM != 0
    }

    /// `multipleOf`.
    pub fn multiple_of(self) -> Option<f64> {
        self.number(Field::MultipleOf)
    }

    /// `minLength`, in code points.
    pub fn min_length(self) -> Option<u64> {
        self.count(Field::MinLength)
    }

    /// `maxLength`, in code points.
    pub fn max_length(self) -> Option<u64> {
        self.count(Field::MaxLength)
    }

    /// `minItems`.
    pub fn min_items(self) -> Option<u64> {
        self.count(Field::MinItems)
    }

    /// `maxItems`.
    pub fn max_items(self) -> Option<u64> {
        self.count(Field::MaxItems)
    }

    /// `minProperties`.
    pub fn min_properties(self) -> Option<u64> {
        self.count(Field::MinProperties)
    }

    /// `maxProperties`.
    pub fn max_properties(self) -> Option<u64> {
        self.count(Field::MaxProperties)
    }

    /// `uniqueItems`. The API server refuses a CRD with `true` here, so it says what its author meant only.
    pub fn unique_items(self) -> bool {
        self.head & head::UNIQUE_ITEMS != 0
    }

    /// `default`, which the server puts in before it validates.
    pub fn default_value(self) -> Option<Value> {
        serde_json::from_str(self.text(Field::Default)?).ok()
    }

    /// Whether there is a `default`, without making it.
    pub fn has_default(self) -> bool {
        self.mask & (1 << Field::Default as u32) != 0
    }

    /// What the schema says to people, in a sentence; of a pack of descriptions only.
    pub fn description(self) -> Option<&'a str> {
        self.text(Field::Description)
    }

    /// `allOf`.
    pub fn all_of(self) -> impl Iterator<Item = Schema<'a>> {
        self.children(Field::AllOf)
    }

    /// `anyOf`.
    pub fn any_of(self) -> impl Iterator<Item = Schema<'a>> {
        self.children(Field::AnyOf)
    }

    /// `oneOf`.
    pub fn one_of(self) -> impl Iterator<Item = Schema<'a>> {
        self.children(Field::OneOf)
    }

    /// `not`: the schema that a value must not satisfy.
    pub fn negated(self) -> Option<Schema<'a>> {
        self.child(Field::Not)
    }

    /// Whether there is any of `allOf`, `anyOf`, `oneOf`, `not`.
    pub fn has_logic(self) -> bool {
        let logic = [Field::AllOf, Field::AnyOf, Field::OneOf, Field::Not];
        logic.iter().any(|field| self.mask & (1 << *field as u32) != 0)
    }

    /// `x-kubernetes-list-type`. Sparse for built-in kinds before 1.30.
    pub fn list_type(self) -> Option<ListType> {
        match self.head >> head::LIST_TYPE_SHIFT & head::CHOICE {
            1 => Some(ListType::Atomic),
            2 => Some(ListType::Set),
            3 => Some(ListType::Map),
            _ => None,
        }
    }

    /// `x-kubernetes-list-map-keys`, in the order of the source. Sparse for built-in kinds before 1.30.
    pub fn list_map_keys(self) -> impl Iterator<Item = &'a str> {
        self.texts(Field::ListMapKeys)
    }

    /// `x-kubernetes-map-type`.
    pub fn map_type(self) -> Option<MapType> {
        match self.head >> head::MAP_TYPE_SHIFT & head::CHOICE {
            1 => Some(MapType::Atomic),
            2 => Some(MapType::Granular),
            _ => None,
        }
    }

    /// `x-kubernetes-patch-merge-key`: what strategic merge finds the items of a list by.
    pub fn patch_merge_key(self) -> Option<&'a str> {
        self.text(Field::PatchMergeKey)
    }

    /// `x-kubernetes-patch-strategy`: `merge`, `replace`, `retainKeys` or two of them with a comma.
    pub fn patch_strategy(self) -> Option<&'a str> {
        self.text(Field::PatchStrategy)
    }

    /// `x-kubernetes-validations`
    /// (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules>).
    pub fn validations(self) -> impl Iterator<Item = Validation<'a>> {
        self.rows(Field::Validations, VALIDATION_WORDS as u32).filter_map(|(list, row)| {
            let text = |column| match list.get(row, column)? {
                NO_STRING => None,
                id => list.pack.text(id),
            };
            Some(Validation {
                rule: text(0)?,
                message: text(1),
                message_expression: text(2),
                reason: text(3),
                field_path: text(4),
                optional_old_self: list.get(row, 5)? & 1 != 0,
            })
        })
    }

    /// The word of a field, which follows those of the lower bits that are set.
    fn field(self, field: Field) -> Option<u32> {
        let bit = 1 << field as u32;
        if self.mask & bit == 0 {
            return None;
        }
        let before = (self.mask & (bit - 1)).count_ones();
        self.pack.word(self.at.checked_add(2 + before)?)
    }

    fn text(self, field: Field) -> Option<&'a str> {
        self.pack.text(self.field(field)?)
    }

    fn child(self, field: Field) -> Option<Schema<'a>> {
        self.pack.node(self.field(field)?)
    }

    fn count(self, field: Field) -> Option<u64> {
        self.pack.long(self.field(field)?)
    }

    fn number(self, field: Field) -> Option<f64> {
        self.count(field).map(f64::from_bits)
    }

    fn list(self, field: Field, stride: u32) -> Option<List<'a>> {
        self.pack.list(self.field(field)?, stride)
    }

    fn rows(self, field: Field, stride: u32) -> impl Iterator<Item = (List<'a>, u32)> + use<'a> {
        self.list(field, stride).into_iter().flat_map(|list| (0..list.len()).map(move |row| (list, row)))
    }

    fn texts(self, field: Field) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rows(field, 1).filter_map(|(list, row)| list.pack.text(list.get(row, 0)?))
    }

    fn children(self, field: Field) -> impl Iterator<Item = Schema<'a>> + use<'a> {
        self.rows(field, 1).filter_map(|(list, row)| list.pack.node(list.get(row, 0)?))
    }
}

impl fmt::Debug for Schema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schema({} {:?})", self.id, self.ty())
    }
}
