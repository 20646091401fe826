//! What the embedded bundle says of things that are known from elsewhere, CRDs packed and read back, and damage
//! survived.

use serde_json::{Value, json};

use super::*;

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Follows field names from a schema; `*` goes into the items of a list or the values of a map.
fn at<'a>(schema: Option<Schema<'a>>, path: &str) -> Option<Schema<'a>> {
    path.split('.').try_fold(schema?, |schema, step| match (step, schema.additional()) {
        ("*", Additional::Of(values)) => Some(values),
        ("*", _) => schema.items(),
        _ => schema.property(step),
    })
}

fn built_in<'a>(group: &str, version: &str, kind: &str, minor: u16, path: &str) -> Option<Schema<'a>> {
    at(embedded().kind(group, version, kind, minor), path)
}

fn type_at(group: &str, version: &str, kind: &str, path: &str) -> Option<Type> {
    built_in(group, version, kind, 35, path).map(Schema::ty)
}

#[test]
fn a_deployment_has_containers_with_images_in_every_minor() {
    for minor in MINORS {
        let image = built_in("apps", "v1", "Deployment", minor, "spec.template.spec.containers.*.image");
        assert_eq!(image.map(Schema::ty), Some(Type::String), "1.{minor}");
    }
}

#[test]
fn minors_outside_the_bundle_have_nothing() {
    assert!(embedded().kind("apps", "v1", "Deployment", 19).is_none());
    assert!(embedded().kind("apps", "v1", "Deployment", 38).is_none());
}

#[test]
fn kinds_come_and_go_with_their_minors() {
    let served = |group, version, kind| embedded().served(group, version, kind);
    assert_eq!(served("apps", "v1", "Deployment"), [20..=37]);
    // https://kubernetes.io/docs/reference/using-api/deprecation-guide/
    assert_eq!(served("policy", "v1beta1", "PodDisruptionBudget"), [20..=24]);
    assert_eq!(served("policy", "v1", "PodDisruptionBudget"), [21..=37]);
    assert_eq!(served("autoscaling", "v2", "HorizontalPodAutoscaler"), [23..=37]);
    assert_eq!(served("autoscaling", "v2beta2", "HorizontalPodAutoscaler"), [20..=25]);
    assert_eq!(served("extensions", "v1beta1", "Ingress"), [20..=21]);
    assert_eq!(served("apps", "v1", "Deplyoment"), []);
}

#[test]
fn the_core_group_is_the_empty_one() {
    assert!(embedded().kind("", "v1", "Pod", 30).is_some());
    assert!(embedded().kind("core", "v1", "Pod", 30).is_none());
}

#[test]
fn messages_between_client_and_server_are_no_kinds() {
    assert!(embedded().served("", "v1", "Status").is_empty());
    assert!(embedded().served("apps", "v1", "DeleteOptions").is_empty());
}

#[test]
fn kinds_are_sorted_and_each_is_found_by_its_name() {
    let names: Vec<_> = embedded().kinds().map(|entry| (entry.group, entry.version, entry.kind)).collect();
    assert!(names.is_sorted());
    for (group, version, kind) in names {
        let entry = embedded().entry(group, version, kind);
        let last = entry.and_then(|entry| entry.served().last().map(|minors| *minors.end()));
        assert!(last.is_some_and(|last| embedded().kind(group, version, kind, last).is_some()), "{kind}");
    }
}

#[test]
fn quantities_and_int_or_strings_have_types_of_their_own() {
    let limits = "spec.containers.*.resources.limits";
    assert_eq!(type_at("", "v1", "Pod", limits), Some(Type::Object));
    assert_eq!(type_at("", "v1", "Pod", &format!("{limits}.*")), Some(Type::Quantity));
    assert_eq!(type_at("", "v1", "Service", "spec.ports.*.targetPort"), Some(Type::IntOrString));
    assert_eq!(type_at("policy", "v1", "PodDisruptionBudget", "spec.maxUnavailable"), Some(Type::IntOrString));
}

#[test]
fn times_are_strings_and_micro_times_are_told_apart() {
    let made = built_in("", "v1", "Pod", 35, "metadata.creationTimestamp").unwrap();
    assert_eq!((made.ty(), made.format(), made.is_micro_time()), (Type::String, Some("date-time"), false));
    let renewed = built_in("coordination.k8s.io", "v1", "Lease", 35, "spec.renewTime").unwrap();
    assert_eq!((renewed.ty(), renewed.format(), renewed.is_micro_time()), (Type::String, Some("date-time"), true));
}

#[test]
fn objects_close_open_and_map() {
    let pod = built_in("", "v1", "Pod", 35, "spec").unwrap();
    assert!(matches!(pod.additional(), Additional::Closed));
    let labels = built_in("", "v1", "Pod", 35, "metadata.labels").unwrap();
    assert!(matches!(labels.additional(), Additional::Of(values) if values.ty() == Type::String));
    let raw = built_in("apps", "v1", "ControllerRevision", 35, "data").unwrap();
    assert_eq!(raw.ty(), Type::Any);
    assert!(matches!(raw.additional(), Additional::Anything));
}

#[test]
fn nothing_built_in_is_nullable_or_has_enums() {
    let deployment = embedded().kind("apps", "v1", "Deployment", 37).unwrap();
    let api_version = deployment.property("apiVersion").unwrap();
    assert_eq!((api_version.ty(), api_version.nullable(), api_version.has_enum()), (Type::String, false, false));
}

#[test]
fn merge_keys_and_list_types_are_there() {
    let containers = built_in("", "v1", "Pod", 35, "spec.containers").unwrap();
    assert_eq!(containers.patch_merge_key(), Some("name"));
    assert_eq!(containers.patch_strategy(), Some("merge"));
    assert_eq!(containers.list_type(), Some(ListType::Map));
    assert_eq!(containers.list_map_keys().collect::<Vec<_>>(), ["name"]);
    let ports = built_in("", "v1", "Pod", 35, "spec.containers.*.ports").unwrap();
    assert_eq!(ports.list_map_keys().collect::<Vec<_>>(), ["containerPort", "protocol"]);
    let selector = built_in("apps", "v1", "Deployment", 35, "spec.selector").unwrap();
    assert_eq!(selector.map_type(), Some(MapType::Atomic));
    // Said beside the reference, not in what it refers to.
    let strategy = built_in("apps", "v1", "Deployment", 35, "spec.strategy").unwrap();
    assert_eq!(strategy.patch_strategy(), Some("retainKeys"));
}

#[test]
fn required_fields_are_sorted() {
    let spec = built_in("apps", "v1", "StatefulSet", 20, "spec").unwrap();
    assert_eq!(spec.required().collect::<Vec<_>>(), ["selector", "serviceName", "template"]);
}

#[test]
fn the_schema_of_schemas_contains_itself() {
    let path = "spec.versions.*.schema.openAPIV3Schema";
    let schema = built_in("apiextensions.k8s.io", "v1", "CustomResourceDefinition", 30, path).unwrap();
    let deep = at(Some(schema), "properties.*.not.allOf.*.properties.*").unwrap();
    assert_eq!(deep.id(), schema.id());
    assert_eq!(at(Some(deep), "maxLength").and_then(Schema::format), Some("int64"));
    assert_eq!(at(Some(deep), "items").map(Schema::ty), Some(Type::Any));
}

#[test]
fn definitions_are_found_by_name_and_minor() {
    let meta = embedded().definition(OBJECT_META, 28).unwrap();
    let of_pod = built_in("", "v1", "Pod", 28, "metadata").unwrap();
    assert_eq!(meta.id(), of_pod.id());
    assert!(meta.property("annotations").is_some());
    assert!(embedded().definition("io.k8s.api.core.v1.PodTemplateSpec", 37).is_some());
    assert!(embedded().definition(OBJECT_META, 19).is_none());
    assert!(embedded().definition("io.k8s.no.such.Thing", 28).is_none());
    assert!(embedded().definitions().any(|name| name == OBJECT_META));
}

#[test]
fn a_crd_schema_comes_back_as_it_was_written() {
    let pack = pack_crd_schema(&json!({
        "type": "object",
        "description": "left out",
        "required": ["spec", "spec"],
        "minProperties": 1, "maxProperties": 9.0,
        "properties": {
            "spec": {
                "type": "object", "nullable": true, "default": {"size": 3},
                "x-kubernetes-map-type": "granular",
                "properties": {
                    "size": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 10.5,
                             "exclusiveMaximum": true, "multipleOf": 0.5},
                    "mode": {"type": "string", "enum": ["B", "A"], "pattern": "^[AB]$", "minLength": 1,
                             "maxLength": u64::MAX},
                    "level": {"enum": [1, "one", null, {"a": []}]},
                    "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                    "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true,
                             "minItems": 1, "maxItems": 5,
                             "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["z", "a"]},
                    "object": {"type": "object", "x-kubernetes-embedded-resource": true,
                               "x-kubernetes-preserve-unknown-fields": true}
                },
                "x-kubernetes-validations": [
                    {"rule": "self.size > 1", "message": "too small", "fieldPath": ".size"},
                    {"rule": "true", "messageExpression": "'no'", "reason": "FieldValueForbidden",
                     "optionalOldSelf": true},
                    {"message": "no rule, no validation"}
                ]
            }
        }
    }));
    let root = pack.root().unwrap();
    assert_eq!((root.min_properties(), root.max_properties()), (Some(1), Some(9)));
    assert_eq!(root.required().collect::<Vec<_>>(), ["spec"]);
    let spec = root.property("spec").unwrap();
    assert!(spec.nullable());
    assert_eq!(spec.default_value(), Some(json!({"size": 3})));
    assert_eq!(spec.map_type(), Some(MapType::Granular));
    let names: Vec<_> = spec.properties().map(|(name, _)| name).collect();
    assert_eq!(names, ["level", "mode", "object", "port", "size", "tags"]);

    let size = spec.property("size").unwrap();
    assert_eq!((size.ty(), size.format()), (Type::Integer, Some("int32")));
    assert_eq!((size.minimum(), size.maximum(), size.multiple_of()), (Some(1.0), Some(10.5), Some(0.5)));
    assert_eq!((size.exclusive_minimum(), size.exclusive_maximum()), (false, true));

    let mode = spec.property("mode").unwrap();
    assert_eq!(mode.enum_values().collect::<Vec<_>>(), [json!("B"), json!("A")]);
    assert_eq!((mode.enum_contains_str("A"), mode.enum_contains_str("C")), (Some(true), Some(false)));
    assert_eq!((mode.pattern(), mode.min_length(), mode.max_length()), (Some("^[AB]$"), Some(1), Some(u64::MAX)));

    let level = spec.property("level").unwrap();
    assert_eq!(level.enum_values().collect::<Vec<_>>(), [json!(1), json!("one"), Value::Null, json!({"a": []})]);
    assert_eq!((level.enum_contains_str("one"), level.enum_contains_str("1")), (Some(true), Some(false)));
    assert_eq!(size.enum_contains_str("A"), None);

    let port = spec.property("port").unwrap();
    assert_eq!((port.ty(), port.has_logic()), (Type::IntOrString, false));

    let tags = spec.property("tags").unwrap();
    assert_eq!((tags.min_items(), tags.max_items(), tags.unique_items()), (Some(1), Some(5), true));
    assert_eq!((tags.list_type(), tags.list_map_keys().collect()), (Some(ListType::Map), vec!["z", "a"]));
    assert_eq!(tags.items().map(Schema::ty), Some(Type::String));

    let object = spec.property("object").unwrap();
    assert!(object.is_embedded_resource() && object.preserves_unknown_fields());
    assert!(matches!(object.additional(), Additional::Anything));

    let rules: Vec<_> = spec.validations().collect();
    assert_eq!(rules.len(), 2);
    assert_eq!(
        (rules[0].rule, rules[0].message, rules[0].field_path),
        ("self.size > 1", Some("too small"), Some(".size"))
    );
    assert_eq!((rules[0].reason, rules[0].message_expression, rules[0].optional_old_self), (None, None, false));
    assert_eq!((rules[1].message_expression, rules[1].reason), (Some("'no'"), Some("FieldValueForbidden")));
    assert!(rules[1].optional_old_self);
}

#[test]
fn objects_of_a_crd_are_closed_unless_they_say_otherwise() {
    let pack = pack_crd_schema(&json!({
        "type": "object",
        "properties": {
            "empty": {"type": "object"},
            "any": {"type": "object", "additionalProperties": true},
            "none": {"type": "object", "additionalProperties": false},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
            "kept": {"type": "object", "properties": {"a": {"type": "object"}},
                     "x-kubernetes-preserve-unknown-fields": true},
            "either": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                       "oneOf": [{"properties": {"a": {"type": "object", "properties": {"x": {}}}}, "required": ["a"]},
                                 {"required": ["b"]}],
                       "not": {"required": ["a", "b"]}}
        }
    }));
    let field = |name| pack.root().unwrap().property(name).unwrap();
    assert!(matches!(pack.root().unwrap().additional(), Additional::Closed));
    assert!(matches!(field("empty").additional(), Additional::Closed));
    assert!(!field("empty").additional_is_stated());
    assert!(matches!(field("any").additional(), Additional::Anything));
    assert!(field("none").additional_is_stated() && matches!(field("none").additional(), Additional::Closed));
    assert!(matches!(field("map").additional(), Additional::Of(values) if values.ty() == Type::Integer));
    assert!(matches!(field("kept").additional(), Additional::Anything));
    assert!(matches!(field("kept").property("a").unwrap().additional(), Additional::Closed));
    let either = field("either");
    assert!(matches!(either.additional(), Additional::Closed));
    let conditions: Vec<_> = either.one_of().chain(either.negated()).collect();
    assert_eq!(conditions.len(), 3);
    assert!(conditions.iter().all(|condition| matches!(condition.additional(), Additional::Anything)));
    assert!(matches!(conditions[0].property("a").unwrap().additional(), Additional::Anything));
}

#[test]
fn odd_crd_schemas_take_anything() {
    let odd = [
        json!(null),
        json!(3),
        json!([]),
        json!({}),
        json!({"type": 4}),
        json!({"type": ["string", "integer"]}),
        json!({"$ref": "#/elsewhere"}),
        json!({"type": "no such type"}),
    ];
    for schema in odd {
        assert_eq!(pack_crd_schema(&schema).root().map(Schema::ty), Some(Type::Any), "{schema}");
    }
    let odd = json!({"type": "object", "properties": [], "required": "a", "enum": 3, "minLength": -1,
                     "allOf": {}, "not": []});
    let pack = pack_crd_schema(&odd);
    let root = pack.root().unwrap();
    assert!(!root.has_properties() && !root.has_enum() && !root.has_logic());
    assert_eq!((root.required().count(), root.min_length()), (0, None));
}

#[test]
fn null_among_types_is_nullable() {
    let pack = pack_crd_schema(&json!({"type": ["null", "string"]}));
    assert_eq!(pack.root().map(|root| (root.ty(), root.nullable())), Some((Type::String, true)));
}

#[test]
fn nesting_without_end_ends() {
    let nest =
        |items| Value::Object([("type".to_owned(), json!("array")), ("items".to_owned(), items)].into_iter().collect());
    let deep = (0..5000).fold(json!({"type": "string"}), |items, _| nest(items));
    let pack = pack_crd_schema(&deep);
    let (mut schema, mut depth) = (pack.root().unwrap(), 0);
    while let Some(items) = schema.items() {
        (schema, depth) = (items, depth + 1);
    }
    assert_eq!(schema.ty(), Type::Any);
    assert!(depth < 300);
    // serde_json drops a value by recursion, which is not what is tested here.
    std::mem::forget(deep);
}

#[test]
fn equal_schemas_are_one_node() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let pack = pack_crd_schema(&json!({"type": "object", "properties": {"x": schema, "y": schema}}));
    let root = pack.root().unwrap();
    assert_eq!(root.property("x").unwrap().id(), root.property("y").unwrap().id());
    assert_eq!(pack.node_count(), 3);
}

#[test]
fn the_order_of_adding_does_not_show() {
    let add = |order: &[(&str, u16)]| {
        let mut packer = Packer::new();
        for (kind, minor) in order {
            let node = packer.node(Draft::new(if *kind == "A" { Type::Object } else { Type::Array }));
            packer.add_kind("g", "v1", kind, *minor, node);
        }
        packer.finish()
    };
    assert_eq!(add(&[("A", 20), ("B", 21), ("A", 21)]), add(&[("B", 21), ("A", 21), ("A", 20)]));
}

#[test]
fn knots_that_say_the_same_become_one_and_untied_ones_take_anything() {
    let mut packer = Packer::new();
    for minor in 20..23 {
        let knot = packer.knot();
        let mut draft = Draft::new(Type::Array);
        draft.node(super::format::Field::Items, knot);
        let list = packer.node(draft);
        packer.tie(knot, list);
        packer.add_kind("g", "v1", "ListOfItself", minor, list);
    }
    let untied = packer.knot();
    packer.add_kind("g", "v1", "Untied", 20, untied);
    let pack = Pack::open(packer.finish()).unwrap();
    assert_eq!(pack.node_count(), 2);
    let list = pack.kind("g", "v1", "ListOfItself", 22).unwrap();
    assert_eq!(list.items().map(Schema::id), Some(list.id()));
    assert_eq!(pack.kind("g", "v1", "Untied", 20).map(Schema::ty), Some(Type::Any));
}

#[test]
fn a_gap_in_the_minors_is_a_gap_in_what_is_served() {
    let mut packer = Packer::new();
    let (object, list) = (packer.node(Draft::new(Type::Object)), packer.node(Draft::new(Type::Array)));
    for (minor, node) in [(20, object), (21, list), (23, list)] {
        packer.add_kind("g", "v1", "K", minor, node);
    }
    let pack = Pack::open(packer.finish()).unwrap();
    assert_eq!(pack.served("g", "v1", "K"), [20..=21, 23..=23]);
    assert!(pack.kind("g", "v1", "K", 22).is_none());
}

#[test]
fn sections_that_are_not_known_are_passed_over() {
    let mut bytes = pack_crd_schema(&json!({"type": "string"})).into_bytes();
    // One more entry in the table moves every section by the entry's twelve bytes.
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let count = word(&bytes, 12);
    bytes[12..16].copy_from_slice(&(count + 1).to_le_bytes());
    for entry in 0..count as usize {
        let at = 16 + entry * 12 + 4;
        let moved = word(&bytes, at) + 12;
        bytes[at..at + 4].copy_from_slice(&moved.to_le_bytes());
    }
    let unknown: Vec<u8> = [4711u32, 0, 4].iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.splice(16..16, unknown);
    assert_eq!(Pack::open(bytes).unwrap().root().map(Schema::ty), Some(Type::String));
}

/// Asks a pack for everything, as deep as a damaged one lets it.
fn read_all(pack: &Pack) -> usize {
    let mut met = std::collections::HashSet::new();
    let mut open: Vec<Schema<'_>> = pack.root().into_iter().collect();
    for entry in pack.kinds() {
        open.extend(MINORS.filter_map(|minor| entry.schema(minor)));
    }
    for name in pack.definitions() {
        open.extend(MINORS.filter_map(|minor| pack.definition(name, minor)));
    }
    while let Some(schema) = open.pop() {
        if !met.insert(schema.id()) {
            continue;
        }
        let texts = schema.required().chain(schema.list_map_keys()).chain(schema.enum_strings()).count();
        std::hint::black_box((
            texts,
            schema.enum_values().count(),
            schema.default_value(),
            schema.validations().count(),
        ));
        std::hint::black_box((schema.format(), schema.pattern(), schema.patch_merge_key(), schema.patch_strategy()));
        std::hint::black_box((schema.minimum(), schema.max_length(), schema.list_type(), schema.map_type()));
        if let Additional::Of(values) = schema.additional() {
            open.push(values);
        }
        open.extend(schema.items().into_iter().chain(schema.negated()));
        open.extend(schema.properties().map(|(_, child)| child));
        open.extend(schema.all_of().chain(schema.any_of()).chain(schema.one_of()));
    }
    std::hint::black_box(pack.kind("apps", "v1", "Deployment", 30).and_then(|schema| schema.property("spec")));
    met.len()
}

fn sample() -> Vec<u8> {
    pack_crd_schema(&json!({
        "type": "object",
        "properties": {
            "a": {"type": "string", "enum": ["x", "y"], "default": "x", "pattern": "."},
            "b": {"type": "array", "items": {"type": "integer", "minimum": 1, "enum": [1, 2]},
                  "x-kubernetes-list-type": "set"},
            "c": {"type": "object", "additionalProperties": {"type": "boolean"}, "allOf": [{"required": ["z"]}],
                  "x-kubernetes-validations": [{"rule": "true", "message": "m"}]}
        }
    }))
    .into_bytes()
}

#[test]
fn every_node_of_the_bundle_can_be_read() {
    assert_eq!(read_all(embedded()), embedded().node_count() as usize);
}

#[test]
fn cut_packs_are_refused_or_read_without_a_panic() {
    let bundle = include_bytes!("../../schemas/kubernetes.bin");
    for length in (0..bundle.len()).step_by(97) {
        assert!(Pack::open(&bundle[..length]).is_err(), "cut at {length}");
    }
    let sample = sample();
    for length in 0..sample.len() {
        if let Ok(pack) = Pack::open(sample[..length].to_vec()) {
            read_all(&pack);
        }
    }
}

#[test]
fn packs_with_changed_bits_are_read_without_a_panic() {
    let sample = sample();
    for at in 0..sample.len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut damaged = sample.clone();
            damaged[at] ^= bits;
            if let Ok(pack) = Pack::open(damaged) {
                read_all(&pack);
            }
        }
    }
    let mut bundle = include_bytes!("../../schemas/kubernetes.bin").to_vec();
    for at in (0..bundle.len()).step_by(4001) {
        bundle[at] ^= 0xff;
        if let Ok(pack) = Pack::open(bundle.clone()) {
            read_all(&pack);
        }
        bundle[at] ^= 0xff;
    }
}

#[test]
fn what_is_no_pack_says_why() {
    assert_eq!(Pack::open(&b""[..]).err(), Some(PackError::NotAPack));
    assert_eq!(Pack::open(&b"kind: Deployment"[..]).err(), Some(PackError::NotAPack));
    let mut later = sample();
    later[8] = 2;
    assert_eq!(Pack::open(later).err(), Some(PackError::Version(2)));
    assert_eq!(Pack::open(sample()[..40].to_vec()).err(), Some(PackError::Damaged));
}

/// Removal, deprecation and replacement as the deprecation guide has them, and where other tables are wrong.
#[test]
fn kinds_live_as_the_deprecation_guide_says() {
    // group, version, kind, deprecated, removed, replacement
    type Row = (&'static str, &'static str, &'static str, Option<u16>, Option<u16>, Option<&'static str>);
    let table: [Row; 24] = [
        ("extensions", "v1beta1", "Ingress", Some(14), Some(22), Some("networking.k8s.io/v1")),
        ("extensions", "v1beta1", "Deployment", Some(8), Some(16), Some("apps/v1")),
        ("apps", "v1beta2", "StatefulSet", Some(9), Some(16), Some("apps/v1")),
        ("networking.k8s.io", "v1beta1", "IngressClass", Some(19), Some(22), Some("networking.k8s.io/v1")),
        ("policy", "v1beta1", "PodDisruptionBudget", Some(21), Some(25), Some("policy/v1")),
        ("policy", "v1beta1", "PodSecurityPolicy", Some(21), Some(25), None),
        ("batch", "v1beta1", "CronJob", Some(21), Some(25), Some("batch/v1")),
        ("batch", "v2alpha1", "CronJob", None, Some(21), Some("batch/v1")),
        ("discovery.k8s.io", "v1beta1", "EndpointSlice", Some(21), Some(25), Some("discovery.k8s.io/v1")),
        ("events.k8s.io", "v1beta1", "Event", Some(22), Some(25), Some("events.k8s.io/v1")),
        ("autoscaling", "v2beta1", "HorizontalPodAutoscaler", Some(22), Some(25), Some("autoscaling/v2")),
        ("autoscaling", "v2beta2", "HorizontalPodAutoscaler", Some(23), Some(26), Some("autoscaling/v2")),
        (
            "apiextensions.k8s.io",
            "v1beta1",
            "CustomResourceDefinition",
            Some(16),
            Some(22),
            Some("apiextensions.k8s.io/v1"),
        ),
        ("apiregistration.k8s.io", "v1beta1", "APIService", Some(19), Some(22), Some("apiregistration.k8s.io/v1")),
        ("rbac.authorization.k8s.io", "v1beta1", "Role", Some(17), Some(22), Some("rbac.authorization.k8s.io/v1")),
        ("rbac.authorization.k8s.io", "v1alpha1", "Role", Some(17), Some(23), Some("rbac.authorization.k8s.io/v1")),
        ("scheduling.k8s.io", "v1alpha1", "PriorityClass", Some(14), Some(23), Some("scheduling.k8s.io/v1")),
        ("storage.k8s.io", "v1beta1", "CSIStorageCapacity", Some(24), Some(27), Some("storage.k8s.io/v1")),
        (
            "flowcontrol.apiserver.k8s.io",
            "v1beta1",
            "FlowSchema",
            Some(23),
            Some(26),
            Some("flowcontrol.apiserver.k8s.io/v1beta3"),
        ),
        (
            "flowcontrol.apiserver.k8s.io",
            "v1beta3",
            "FlowSchema",
            Some(29),
            Some(32),
            Some("flowcontrol.apiserver.k8s.io/v1"),
        ),
        (
            "admissionregistration.k8s.io",
            "v1alpha1",
            "ValidatingAdmissionPolicy",
            Some(29),
            Some(32),
            Some("admissionregistration.k8s.io/v1"),
        ),
        // planned beyond the bundle
        ("resource.k8s.io", "v1beta1", "ResourceClaim", Some(35), Some(38), Some("resource.k8s.io/v1")),
        // deprecated for good, never to be removed
        ("", "v1", "Endpoints", Some(33), None, Some("discovery.k8s.io/v1")),
        ("apps", "v1", "Deployment", None, None, None),
    ];
    for (group, version, kind, deprecated, removed, replacement) in table {
        let life = life(group, version, kind).unwrap_or_else(|| panic!("{group}/{version} {kind} is not in the table"));
        let found = (life.deprecated, life.removed, life.replacement.map(|(to, _)| to));
        assert_eq!(found, (deprecated, removed, replacement), "{group}/{version} {kind}");
    }
    // pluto lists these, and no server had them
    assert!(life("apps", "v1beta1", "ReplicaSet").is_none());
    assert!(life("audit.k8s.io", "v1beta1", "Event").is_none());
}

/// Where pluto's table of versions says something else of a removal, and why ours stands.
#[test]
fn removals_that_pluto_dates_otherwise() {
    // group, version, kind, ours, pluto's; the bundle has the kind in the minor before ours and not in ours
    let differs = [
        ("rbac.authorization.k8s.io", "v1alpha1", "ClusterRole", 23, Some(22)),
        ("scheduling.k8s.io", "v1alpha1", "PriorityClass", 23, Some(17)),
        ("flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema", 26, Some(29)),
        ("admissionregistration.k8s.io", "v1alpha1", "ValidatingAdmissionPolicy", 32, Some(33)),
        ("storage.k8s.io", "v1beta1", "VolumeAttributesClass", 37, None),
    ];
    for (group, version, kind, ours, plutos) in differs {
        assert_eq!(life(group, version, kind).and_then(|life| life.removed), Some(ours), "{group}/{version} {kind}");
        assert_ne!(plutos, Some(ours));
        assert!(embedded().kind(group, version, kind, ours - 1).is_some(), "{kind} is there in 1.{}", ours - 1);
        assert!(embedded().kind(group, version, kind, ours).is_none(), "{kind} is gone in 1.{ours}");
    }
    // still served in the last minor, which pluto says it left before
    assert!(embedded().kind("resource.k8s.io", "v1beta1", "ResourceClaim", 37).is_some());
    // gone before the bundle begins, as pluto has them
    for (group, version, kind) in [
        ("extensions", "v1beta1", "Deployment"),
        ("extensions", "v1beta1", "DaemonSet"),
        ("extensions", "v1beta1", "ReplicaSet"),
        ("extensions", "v1beta1", "NetworkPolicy"),
        ("extensions", "v1beta1", "PodSecurityPolicy"),
        ("apps", "v1beta1", "Deployment"),
        ("apps", "v1beta1", "StatefulSet"),
        ("apps", "v1beta2", "Deployment"),
        ("apps", "v1beta2", "StatefulSet"),
        ("apps", "v1beta2", "DaemonSet"),
        ("apps", "v1beta2", "ReplicaSet"),
    ] {
        assert_eq!(life(group, version, kind).and_then(|life| life.removed), Some(16), "{group}/{version} {kind}");
    }
}

#[test]
fn the_table_of_lives_agrees_with_the_bundle() {
    let (oldest, newest) = (*MINORS.start(), *MINORS.end());
    let kinds = embedded().kinds().filter(|entry| !entry.kind.ends_with("List"));
    for entry in kinds {
        let life =
            life(entry.group, entry.version, entry.kind).unwrap_or_else(|| panic!("{entry:?} is not in the table"));
        let (first, last) = (*entry.served()[0].start(), *entry.served()[entry.served().len() - 1].end());
        assert_eq!(entry.served().len(), 1, "{entry:?} left and came back: the checks know one life only");
        assert!(if first > oldest {
            life.since == Some(first)
        } else {
            life.since.is_none_or(|since| since <= oldest)
        });
        assert!(if last < newest { life.removed == Some(last + 1) } else { life.removed.is_none_or(|it| it > newest) });
    }
    for life in lives() {
        let is_here = embedded().entry(life.group, life.version, life.kind).is_some();
        assert!(is_here || life.removed.is_some_and(|removed| removed <= oldest), "{life:?}");
        if let Some((to, kind)) = life.replacement {
            let (group, version) = to.split_once('/').unwrap_or(("", to));
            assert!(super::life(group, version, kind).is_some(), "{life:?} leads nowhere");
        }
    }
}

#[test]
fn every_migration_is_of_a_kind_that_goes() {
    let rows = include_str!("../../schemas/migrations.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let cells: Vec<&str> = row.split('\t').collect();
        let [api_version, kind, text] = cells[..] else { panic!("three columns: {row}") };
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let life = life(group, version, kind).unwrap_or_else(|| panic!("{api_version} {kind} is not in the table"));
        assert!(life.removed.is_some() && life.migration == Some(text), "{row}");
    }
}

#[test]
fn betas_after_1_24_are_off_by_default() {
    let is_off = |group, version, kind| life(group, version, kind).is_some_and(Life::is_off_by_default);
    assert!(is_off("networking.k8s.io", "v1beta1", "ServiceCIDR"));
    assert!(is_off("resource.k8s.io", "v1alpha3", "DeviceTaintRule"));
    assert!(!is_off("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema"), "its group had a beta that was on");
    assert!(!is_off("batch", "v1beta1", "CronJob") && !is_off("apps", "v1", "Deployment"));
}

#[test]
fn versions_are_ordered_by_how_settled_they_are() {
    let mut versions = ["v1beta1", "v1", "v2alpha1", "v1alpha2", "v2beta2", "v2", "v1beta10"];
    versions.sort_by_key(|version| stability(version));
    assert_eq!(versions, ["v1alpha2", "v2alpha1", "v1beta1", "v1beta10", "v2beta2", "v1", "v2"]);
}

#[test]
fn every_field_is_found_by_its_name_and_none_by_another() {
    let mut asked = 0;
    for pack in [embedded(), projects()] {
        let mut open: Vec<Schema<'_>> = pack
            .kinds()
            .filter_map(|kind| kind.served().last().and_then(|minors| kind.schema(*minors.end())))
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(schema) = open.pop() {
            if !seen.insert(schema.id()) {
                continue;
            }
            for (name, field) in schema.properties() {
                asked += 1;
                assert_eq!(schema.property(name).map(Schema::id), Some(field.id()), "{name}");
                // as long, and begins or ends as it does
                let (first, last) = (name.chars().next().unwrap(), name.chars().last().unwrap());
                for other in [
                    format!("{name}\0"),
                    format!("{}\u{1}", &name[..name.len() - last.len_utf8()]),
                    format!("\u{1}{}", &name[first.len_utf8()..]),
                ] {
                    assert!(schema.property(&other).is_none(), "{other}");
                }
                open.push(field);
            }
            open.extend(schema.items());
        }
    }
    assert!(asked > 5_000, "{asked}");
}
