//! Packing the schema of one version of a CustomResourceDefinition, so that it is read as the built-in kinds are. It
//! does not read the definition around it (names, scope, conversion), nor does it say whether the API server would
//! take the schema.

use serde_json::{Map, Value};

use super::draft::{Draft, NodeId};
use super::openapi::{Dialect, Unnamed, read_schema};
use super::pack::Pack;
use super::packer::Packer;
use super::schema::Type;

/// Packs an `openAPIV3Schema`; [`Pack::root`] has it.
///
/// Odd input never fails: a construct that is unknown takes anything. Objects are closed unless they say otherwise,
/// as [`super::Schema::additional`] has it. The root's `apiVersion`, `kind` and `metadata` are kept as the schema has
/// them, if it does; the API server takes them in any case, and judges `metadata` as ObjectMeta.
pub fn pack_crd_schema(openapi_v3_schema: &Value) -> Pack {
    let mut packer = Packer::new();
    let root = read_crd_schema(&mut packer, openapi_v3_schema);
    packer.set_root(root);
    Pack::open(packer.finish()).unwrap_or_else(|_| Pack::empty())
}

/// Puts an `openAPIV3Schema` into a packer, among others.
pub fn read_crd_schema(packer: &mut Packer, openapi_v3_schema: &Value) -> NodeId {
    read_schema(packer, &mut Crd, openapi_v3_schema)
}

pub(super) struct Crd;

impl Dialect for Crd {
    /// Structural schemas have no `$ref`; one that is there all the same leads nowhere and takes anything.
    fn instead(&mut self, packer: &mut Packer, schema: &Map<String, Value>) -> Option<NodeId> {
        schema.contains_key("$ref").then(|| packer.node(Draft::new(Type::Any)))
    }

    fn unsaid(&self, _has_properties: bool) -> Unnamed {
        Unnamed::Refused
    }
}
