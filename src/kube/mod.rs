//! What a document means to Kubernetes: which documents are objects and which are not, their names, quantities,
//! selectors and pod templates. Leaves out what is right or wrong about them.

mod class;
mod quantity;
mod resource;
mod selector;
mod workload;

pub use class::{
    Class, MANIFESTS, classify, classify_as, has_ending, is_kustomization_name, is_set_aside, looks_templated,
};
pub use quantity::Quantity;
pub use resource::{Gvk, Resource, nameless_items, objects_as, objects_of};
pub use selector::{Labels, Selector, labels_of};
pub use workload::{pod_labels, pod_spec_path};
